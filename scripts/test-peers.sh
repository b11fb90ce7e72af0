#!/usr/bin/env bash
# make test-peers: sets up the peers (scripts/peers.sh: root, apt, 7 GB) and runs the tests that compare with them. Tests
# that never ask for the peers come out of go's cache, if make test ran before.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOFLAGS="${GOFLAGS:-} -pgo=off"
started=$SECONDS
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "make test-peers: needs root and a machine with apt-get, to set up a Debian tree with pahole" >&2
  exit 1
fi
scripts/peers.sh
GOPAHOLE_PEERS=$(scripts/peers.sh --dir)
export GOPAHOLE_PEERS

go test -json -timeout 40m ./... | go run ./internal/testreport
GORACE=atexit_sleep_ms=0 go test -race -short -json -timeout 40m ./internal/e2e ./dwarf2btf ./verify/... | go run ./internal/testreport
GOPAHOLE_PEERS=none scripts/race.sh command # the rest of make race is part of make test

# A passing test says nothing, and whether the kernel was asked depends on the machine.
asked=$(go test -count=1 -run '^TestLoadRaw$' -v ./verify | grep -oE '(NOT COMPARED|compared) with BPF_BTF_LOAD.*' || true)
echo "make test-peers: verify: ${asked:-NOT COMPARED with BPF_BTF_LOAD: not on Linux}"
echo "make test-peers: the comparisons with pahole, bpftool and kernels passed in $((SECONDS - started)) s"
