#!/usr/bin/env bash
# make release: all that a release consists of, into the directory dist: the sources, the static command for all
# machines that Debian has releases for, .deb and .rpm of them, the parts that the command is made of (SBOM), and
# checksums. It is made of the commit that is checked out. The same commit gives the same bytes, wherever and whenever.
# ONLY is a pattern of machines, such as amd64; DIST another directory.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dist=$(realpath -m "${DIST:-dist}")
go=${GO:-go}
nfpm=github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.1
sbom=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

# Debian's amd64, arm64, armel, armhf, i386, loong64, mips64el, mipsel, ppc64el, riscv64 and s390x, in Go's words, and
# in nfpm's, which translates them for each kind of package.
targets=(
  'amd64 amd64' 'arm64 arm64' 'arm,GOARM=5 arm5' 'arm,GOARM=7 arm7' '386 386' 'loong64 loong64' 'mips64le mips64le'
  'mipsle mipsle' 'ppc64le ppc64le' 'riscv64 riscv64' 's390x s390x'
)

[ -z "$(git status --porcelain)" ] || { echo "release: there are changes that are not committed" >&2; exit 1; }
version=$(git describe --tags --match 'v[0-9]*' 2>/dev/null) || version=v0.0.0-$(git rev-list --count HEAD)-g$(git rev-parse --short=12 HEAD)
commit=$(git rev-parse HEAD)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH CGO_ENABLED=0 GOFLAGS=-mod=readonly LC_ALL=C TZ=UTC
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=gopahole-${version#v}
rm -rf "$dist"
mkdir -p "$dist" "$work/$name"

# archive TAR DIR...: directories below work, with nothing in it of this place and time.
archive() {
  local out=$1
  shift
  tar -C "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime -cf - "$@" | gzip -n -9 >"$dist/$out"
}

# quietly COMMAND...: shows what it prints if it fails.
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; }

# Everything is made of the archive of the sources, as whoever gets that would make it.
git archive --format=tar "$commit" | tar -C "$work/$name" -xf -
printf '%s\n%s\n' "$version" "$commit" >"$work/$name/VERSION"
archive "$name.tar.gz" "$name"
cd "$work/$name"
mkdir -p packaging/built/man # what packaging/nfpm.yaml takes
cp contrib/man/*.1 packaging/built/man/
gzip -n -9 packaging/built/man/*

for target in "${targets[@]}"; do
  read -r machine package <<<"$target"
  [[ $package =~ ${ONLY:-.} ]] || continue
  IFS=, read -r arch more <<<"$machine"
  echo "release: $package"
  bin=$work/$name-linux-$package
  mkdir "$bin"
  for program in gopahole gopahole-net; do
    tags=${program#gopahole}
    env GOOS=linux GOARCH="$arch" ${more:+"$more"} "$go" build -trimpath -buildvcs=false ${tags:+-tags gopahole_net} \
      -ldflags="-s -w -buildid= -X main.version=$version -X main.commit=$commit" -o "$bin/$program" ./cmd/gopahole
  done
  cp -r contrib docs LICENSE LICENSES CHANGELOG.md README.md "$bin/"
  archive "$name-linux-$package.tar.gz" "$name-linux-$package"
  cp "$bin/gopahole" "$bin/gopahole-net" packaging/built/
  for format in deb rpm; do
    PACKAGE_ARCH=$package PACKAGE_VERSION=${version#v} \
      quietly "$go" run "$nfpm" package -f packaging/nfpm.yaml -p "$format" -t "$dist"
  done
  rm -rf "$bin"
done

echo "release: parts"
quietly "$go" run "$sbom" mod -licenses -std -json -noserial -notimestamp -type application \
  -output "$dist/$name.cdx.json" .
cd "$dist"
sha256sum -- * >SHA256SUMS
cd "$root"
echo "release: $version in $dist"
