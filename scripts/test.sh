#!/usr/bin/env bash
# make test: checks, the tests with the race detector, and then all tests with the peers, which are set up first.
# Where that is impossible (no root, no apt) everything else runs, and the last line says what was left out; with
# CI=true that is an error.
set -euo pipefail
cd "$(dirname "$0")/.."

make check

peers=
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  scripts/peers.sh
  GOPAHOLE_PEERS=$(scripts/peers.sh --dir)
  export GOPAHOLE_PEERS
  peers=yes
elif [ "${CI:-}" = true ]; then
  echo "make test: the comparison with pahole needs root and apt-get, and CI=true" >&2
  exit 1
fi

make race
go test -timeout 40m ./...

# A passing test says nothing, and whether the kernel was asked depends on the machine.
asked=$(go test -count=1 -run '^TestLoadRaw$' -v ./verify | grep -oE '(NOT COMPARED|compared) with BPF_BTF_LOAD.*' || true)
echo "make test: verify: ${asked:-NOT COMPARED with BPF_BTF_LOAD: not on Linux}"

if [ -n "$peers" ]; then
  echo "make test: passed"
else
  echo "make test: passed, BUT WITHOUT the comparison with pahole on kernels, which needs root and a machine with apt"
fi
