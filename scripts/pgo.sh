#!/usr/bin/env bash
# Makes cmd/gopahole/default.pgo, the profile that `go build` optimises the command by, from runs on the kernels of the
# peers, on all modules of one of them, and from the benchmarks of what is printed of BTF. -trimpath keeps the paths of
# this machine out of it. Usage: scripts/pgo.sh; GO names the go command.
set -euo pipefail
cd "$(dirname "$0")/.."
peers=$(scripts/peers.sh --dir)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
CGO_ENABLED=0 ${GO:-go} build -pgo=off -trimpath -o "$dir/gopahole" ./cmd/gopahole
for kernel in 612c 61c; do
  for round in 1 2 3 4 5 6 7 8; do
    "$dir/gopahole" -J -j1 --btf_features=default --cpuprofile "$dir/$kernel.$round.prof" \
      --btf_encode_detached="$dir/out" "$peers/k/$kernel/vmlinux"
  done
done
for round in 1 2; do
  "$dir/gopahole" encode -j1 -q --base="$peers/k/612c/vmlinux" --features=default \
    --cpuprofile "$dir/modules.$round.prof" -o "$dir/modules" "$peers"/k/612c/usr/lib/debug/lib/modules/*/kernel
done
for package in btf inspect/cheader inspect/layout; do
  ${GO:-go} test -trimpath -run='^$' -bench='^Benchmark(Dump|DumpJSON|Write|All)$' -o "$dir/bench.test" \
    -cpuprofile="$dir/${package//\//.}.prof" "./$package" >"$dir/bench.txt"
done
${GO:-go} tool pprof -proto "$dir/gopahole" "$dir"/*.prof >"$dir/default.pgo" 2>/dev/null
cp "$dir/default.pgo" cmd/gopahole/default.pgo
