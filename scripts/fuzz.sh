#!/usr/bin/env bash
# Runs every fuzz target of the tree for a short time each, FUZZ_SECONDS (240) in all but at most 10 each, beside what
# it takes to build them. Targets are found, not listed. What a target finds is in its package's testdata/fuzz and
# belongs into the repository.
set -euo pipefail
cd "$(dirname "$0")/.."
total=${FUZZ_SECONDS:-240}

targets=()
while read -r package name; do targets+=("$package $name"); done < <(
  go list -f '{{.ImportPath}} {{.Dir}}' ./... | while read -r package dir; do
    { grep -hoE '^func Fuzz\w+' "$dir"/*_test.go 2>/dev/null || true; } | awk -v p="$package" '{ print p, $2 }'
  done
)
[ ${#targets[@]} -gt 0 ] || { echo "fuzz: no targets found" >&2; exit 1; }
each=$((total / ${#targets[@]}))
[ "$each" -le 10 ] || each=10
[ "$each" -ge 1 ] || each=1
echo "fuzz: ${#targets[@]} targets, $each s each"
for target in "${targets[@]}"; do
  read -r package name <<<"$target"
  echo "fuzz: $name in $package"
  go test -run '^$' -fuzz "^$name\$" -fuzztime "${each}s" "$package"
done
