#!/usr/bin/env bash
# make test: checks, all tests, and the race detector on what has goroutines. It needs Go alone, with the modules that
# go.mod names, and a C compiler for the race detector. The comparison with pahole and real kernels is make test-peers.
set -euo pipefail
cd "$(dirname "$0")/.."
# The profile is for the program, and builds everything a second time.
export GOFLAGS="${GOFLAGS:-} -pgo=off" GOPAHOLE_PEERS=none
started=$SECONDS

pids=() logs=()
trap 'for pid in ${pids[@]+"${pids[@]}"}; do kill -- "-$pid" 2>/dev/null || true; done; rm -f ${logs[@]+"${logs[@]}"}' EXIT

# beside COMMAND...: runs it beside what follows. What it says is printed in the end.
beside() {
  local log
  log=$(mktemp)
  logs+=("$log")
  set -m # a process group of its own, to be ended as a whole
  "$@" >"$log" 2>&1 &
  pids+=($!)
  set +m
}

tests() { # ARGUMENTS of go test
  go test -json -timeout 40m "$@" | go run ./internal/testreport
}

make vet # builds what the others need
export GOFLAGS="$GOFLAGS -vet=off"
beside make lint
# Of the tests that kill the command, or change its files, at each of its system calls, and of those that try all ways in
# which two archives or a disk can get in each other's way, a part; make test-peers has all. They run one program after
# another, most of which wait.
long=$(go list ./cmd/gopahole ./archive)
# shellcheck disable=SC2086 # two packages
beside tests -short $long
failed=
# shellcheck disable=SC2046 # packages
tests $(go list ./... | grep -vFx "$long") || failed=yes

# The race detector is for 64-bit machines, and needs cgo, except on macOS.
raced="and the race detector"
if [ "$(go env CGO_ENABLED)" = 1 ] && command -v "$(go env CC)" >/dev/null; then
  scripts/race.sh packages || failed=yes
elif [ "${CI:-}" = true ]; then
  echo "make test: the race detector needs a C compiler, and CI=true" >&2
  failed=yes
else
  raced="BUT WITHOUT the race detector, which needs a C compiler"
fi
for i in "${!pids[@]}"; do
  wait "${pids[i]}" || failed=yes
  cat "${logs[i]}"
done
pids=()
[ -z "$failed" ] || { echo "make test: FAILED, see above" >&2; exit 1; }
echo "make test: checks and all tests that need no peers passed, $raced, in $((SECONDS - started)) s"
