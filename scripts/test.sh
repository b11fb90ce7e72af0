#!/usr/bin/env bash
# make test: checks, all tests, and the race detector on what has goroutines. It needs Go alone, with the modules that
# go.mod names, and a C compiler for the race detector. The comparison with pahole and real kernels is make test-peers.
set -euo pipefail
cd "$(dirname "$0")/.."
# The profile is for the program, and builds everything a second time.
export GOFLAGS="${GOFLAGS:-} -pgo=off" GOPAHOLE_PEERS=none
started=$SECONDS

make check
export GOFLAGS="$GOFLAGS -vet=off" # go vet has run
# Of the tests that kill the command, or change its files, at each of its system calls, and of those that try all ways in
# which two archives or a disk can get in each other's way, a part; make test-peers has all. They run one program after
# another, most of which wait, so the others run beside them.
long=$(go list ./cmd/gopahole ./archive)
log=$(mktemp) beside=
trap '[ -z "$beside" ] || kill -- "-$beside" 2>/dev/null || true; rm -f "$log"' EXIT
set -m # a process group of its own, to be ended as a whole
# shellcheck disable=SC2086 # two packages
(go test -json -short -timeout 40m $long | go run ./internal/testreport) >"$log" 2>&1 &
beside=$!
set +m
others=0
go list ./... | grep -vFx "$long" | xargs go test -json -timeout 40m | go run ./internal/testreport || others=$?

# The race detector is for 64-bit machines, and needs cgo, except on macOS.
raced="and the race detector" race=0
if [ "$(go env CGO_ENABLED)" = 1 ] && command -v "$(go env CC)" >/dev/null; then
  make race || race=$?
elif [ "${CI:-}" = true ]; then
  echo "make test: the race detector needs a C compiler, and CI=true" >&2
  race=1
else
  raced="BUT WITHOUT the race detector, which needs a C compiler"
fi
status=0
wait "$beside" || status=$?
beside=
cat "$log"
[ "$others" -eq 0 ] && [ "$race" -eq 0 ] && [ "$status" -eq 0 ] || exit 1
echo "make test: checks and all tests that need no peers passed, $raced, in $((SECONDS - started)) s"
