#!/usr/bin/env bash
# make race: the tests of packages that start goroutines, found by their words, with the race detector, and those of the
# command that run something in parallel. The others of the command run one program after another, which takes long with
# the race detector and finds nothing. It needs a C compiler, except on macOS.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOFLAGS="${GOFLAGS:-} -pgo=off"
export GORACE=atexit_sleep_ms=0 # the default is a second for each program

packages=()
while read -r dir; do packages+=("$dir"); done < <(
  grep -rlE --include='*.go' '\bgo func|\.Go\(|t\.Parallel\(' . | xargs -n1 dirname | sort -u |
    grep -vE '^\./(cmd|internal/(bench|e2e|kerneltest|matrix|peer|toolfuzz))'
)
[ ${#packages[@]} -gt 5 ] || { echo "race: found only ${packages[*]}" >&2; exit 1; }
echo "race: ${packages[*]}"
go test -race -short -timeout 40m "${packages[@]}"
go test -race -short -timeout 40m ./cmd/gopahole \
  -run 'Batch|Jobs|Signal|Stuck|Beside|ManyFiles|SeveralFiles|TestScript/(directory|several|encode|jobs|gen|distill)'
