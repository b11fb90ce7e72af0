#!/usr/bin/env bash
# make cross: everything builds and passes go vet, tests included, on Linux for all machines that Debian has releases
# for, and on the other systems that gopahole may be used on. ONLY is a pattern such as linux/ or windows.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0

# Debian's amd64, arm64, armel, armhf, i386, loong64, mips64el, mipsel, ppc64el, riscv64 and s390x.
targets=(
  linux/amd64 linux/arm64 linux/arm,GOARM=5 linux/arm,GOARM=7 linux/386 linux/loong64 linux/mips64le linux/mipsle
  linux/ppc64le linux/riscv64 linux/s390x
  darwin/amd64 darwin/arm64 freebsd/amd64 windows/amd64 windows/arm64
)
failed=()
for target in "${targets[@]}"; do
  [[ $target =~ ${ONLY:-.} ]] || continue
  IFS=/, read -r os arch more <<<"$target"
  echo "cross: $target"
  env GOOS="$os" GOARCH="$arch" ${more:+"$more"} bash -c 'go build -pgo=off ./... && go vet ./... && go vet -tags gopahole_net ./cmd/gopahole' || failed+=("$target")
done
[ ${#failed[@]} -eq 0 ] || { echo "cross: FAILED: ${failed[*]}" >&2; exit 1; }
