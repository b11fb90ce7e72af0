#!/usr/bin/env bash
# make licenses: writes LICENSES, the licences of all modules that are linked into gopahole or gopahole-net on some system,
# and of Go's own library. With --check it only says whether the file is what it would write.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT

modules() {
  local os
  for os in linux darwin freebsd windows; do
    GOOS=$os GOARCH=amd64 CGO_ENABLED=0 go list -deps \
      -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' -tags gopahole_net ./cmd/gopahole
  done | sort -u
}

{
  echo "The programs gopahole and gopahole-net are under the licence in LICENSE. They contain these modules and Go's own library, under theirs."
  echo "This file is made by make licenses."
  modules | while read -r path version dir; do
    found=
    for file in "$dir"/LICENSE* "$dir"/LICENCE* "$dir"/COPYING* "$dir"/UNLICEN* "$dir"/NOTICE*; do
      [ -f "$file" ] || continue
      found=yes
      printf '\n================ %s %s: %s\n\n' "$path" "$version" "$(basename "$file")"
      tr -d '\r' <"$file"
    done
    [ -n "$found" ] || { echo "licenses: no licence of $path $version" >&2; exit 1; }
  done
  printf '\n================ Go: LICENSE\n\n'
  cat "$(go env GOROOT)/LICENSE"
} >"$out"

if [ "${1:-}" = --check ]; then
  diff -q "$out" LICENSES >/dev/null || { echo "licenses: LICENSES is not current: make licenses" >&2; exit 1; }
else
  cp "$out" LICENSES
fi
