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

# Go before 1.27 sometimes calls a run that found nothing a failure, "context deadline exceeded", because its time was
# over (golang/go#75804). A finding has a message or an input besides. A run without either is repeated.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
fuzz() { # NAME PACKAGE
  local try
  for try in 1 2 3; do
    if go test -run '^$' -fuzz "^$1\$" -fuzztime "${each}s" "$2" 2>&1 | tee "$log"; then return 0; fi
    out_of_time "$1" || return 1
    echo "fuzz: $1 ran out of time while it was stopped (try $try of 3)"
  done
  return 1
}

out_of_time() { # NAME: whether the log has no failure but the end of the time
  awk -v name="$1" '
    $0 ~ "^--- FAIL: " name " \\(" { failed = 1; next }
    failed && /^    context deadline exceeded$/ { late = 1; next }
    failed && !/^(FAIL|exit status 1|FAIL\t.*)$/ { other = 1 }
    END { exit !(late && !other) }
  ' "$log"
}

for target in "${targets[@]}"; do
  read -r package name <<<"$target"
  echo "fuzz: $name in $package"
  fuzz "$name" "$package"
done
