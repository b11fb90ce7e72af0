#!/usr/bin/env bash
# make race: the race detector on what has goroutines, all of it found by its words: the tests of packages that start some,
# in others those tests that do, in whose files they are started, and those of the command that run something in parallel.
# The rest finds nothing and takes long: the other tests of the command run one program after another, and those of stores
# on servers, which start goroutines as well, bring two hundred packages to build with them. It needs a C compiler, except
# on macOS.
#
# With "packages" or "command" it runs a part: the command alone takes as long to build with the race detector as all others.
set -euo pipefail
cd "$(dirname "$0")/.."
# go vet has run, or runs without the race detector.
export GOFLAGS="${GOFLAGS:-} -pgo=off -vet=off"
export GORACE=atexit_sleep_ms=0 # the default is a second for each program

# start GREP_OPTIONS: files that start goroutines.
start() {
  grep -rlE --include='*.go' '\bgo func|\.Go\(|internal/workers"' "$@" . |
    grep -vE '^\./(cmd|archive/store|internal/(bench|e2e|kerneltest|layering|matrix|peer|toolfuzz))/'
}
whole=() tests=()
while read -r dir; do whole+=("$dir"); done < <(start --exclude='*_test.go' | xargs -n1 dirname | sort -u)
while read -r file; do
  case " ${whole[*]} " in *" $(dirname "$file") "*) ;; *) tests+=("$file") ;; esac
done < <(start | grep '_test\.go$')
[ ${#whole[@]} -ge 4 ] && [ ${#tests[@]} -ge 10 ] || { echo "race: found only ${whole[*]} ${tests[*]}" >&2; exit 1; }

if [ "${1:-packages}" = packages ]; then
  names=$(sed -nE 's/^func (Test[A-Za-z0-9_]+).*/\1/p' "${tests[@]}" | sort -u | paste -sd'|')
  dirs=$(dirname "${tests[@]}" | sort -u | xargs)
  echo "race: all of ${whole[*]}; of $dirs: $names"
  go test -race -short -timeout 40m "${whole[@]}"
  # shellcheck disable=SC2086 # directories
  go test -race -short -timeout 40m -run "^($names)\$" $dirs
fi
if [ "${1:-command}" = command ]; then
  go test -race -short -timeout 40m ./cmd/gopahole \
    -run 'Batch|Jobs|Signal|Stuck|Beside|ManyFiles|SeveralFiles|TestScript/(directory|several|encode|jobs|gen|distill)'
fi
