#!/usr/bin/env bash
# make test-release: whether what make release makes is what a user wants. It is made twice, from two directories, and
# compared; the .deb is installed in fresh roots of Debian, used and removed, and nothing may be left of it; the .rpm
# is looked at with Debian's rpm and unpacked; the binary and the sources of the archives are built, installed, used and
# uninstalled. Needs root, the roots of scripts/peers.sh (PEERS), and the network for Debian's rpm. ROOTS is a list.
set -euo pipefail
cd "$(dirname "$0")/.."
tree=$PWD
peers=${GOPAHOLE_PEERS:-$(scripts/peers.sh --dir)}
arch=$(go env GOARCH)
work=$(mktemp -d)
mounted=()
cleanup() {
  local m
  for m in "${mounted[@]}"; do umount -R "$m" 2>/dev/null || umount -l "$m" || true; done
  rm -rf "$work"
}
trap cleanup EXIT

say() { echo "test-release: $*"; }
fail() { echo "test-release: FAILED: $*" >&2; exit 1; }

# A release of the same commit from somewhere else, some seconds later.
git clone -q --no-local "$tree" "$work/elsewhere"
git -C "$work/elsewhere" checkout -q "$(git rev-parse HEAD)"
ONLY="^$arch$" DIST=$work/one scripts/release.sh
ONLY="^$arch$" DIST=$work/two "$work/elsewhere/scripts/release.sh"
diff -r "$work/one" "$work/two" || fail "two releases of one commit differ"
(cd "$work/one" && sha256sum --quiet -c SHA256SUMS) || fail "the checksums"
grep -q '"name": "github.com/spf13/pflag"' "$work/one"/*.cdx.json || fail "the list of parts has no pflag"
say "two releases are equal, byte for byte"

cat >"$work/use.sh" <<'EOF'
set -eu
PATH=$PREFIX/bin:/usr/bin:/bin
gopahole version | grep -qF "gopahole $VERSION ("
cd /tmp
gopahole example point >/dev/null
cp point/point.elf k.elf
gopahole -J --btf_features=default k.elf
gopahole dump k.elf | grep -q "STRUCT 'point' size=8"
gopahole verify --kernel=6.12 k.elf >/dev/null
[ "$("$PREFIX/lib/gopahole/pahole" --version)" = v1.32 ]
"$PREFIX/lib/gopahole/resolve_btfids" --help | grep -q '^Usage: resolve_btfids'
AWS_ENDPOINT_URL=nowhere gopahole archive run -o s3://bucket/x k.elf 2>&1 | grep -q 'AWS_ENDPOINT_URL is "nowhere"' # says gopahole-net
[ -x "$PREFIX/share/gopahole/dkms/gopahole-dkms" ]
(MAKE=(true) kernelver=6.12.0; . "$PREFIX/share/gopahole/dkms/gopahole.conf"; [ "${MAKE[0]}" = "true && $PREFIX/share/gopahole/dkms/gopahole-dkms 6.12.0" ])
(. "$PREFIX/share/bash-completion/completions/gopahole"; complete -p gopahole >/dev/null)
rm -rf point k.elf

# A newcomer's two commands, on a kernel and a module for it.
cd "$(mktemp -d)"
mkdir new
cp "$GUIDE"/vmlinux-6.12 new/vmlinux
cp "$GUIDE"/driver.ko new/
gopahole encode --in_place new/vmlinux
gopahole gen --base=new/vmlinux new/driver.ko
gopahole verify --base=new/vmlinux new/driver.ko | grep -q ': accepted by Linux 6.12'
rm -r "$PWD"
EOF

name=$(basename "$work"/one/*.cdx.json .cdx.json)
version=$(tar -xOzf "$work/one/$name.tar.gz" "$name/VERSION" | sed -n 1p)
listing() { (cd "$1" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./p -o -path ./tmp \) -prune -o -type d -printf '%p %y %m\n' -o -printf '%p %y %m %s %l\n' |
  grep -v -e '^\./var/\(log\|cache\|lib/dpkg\)' -e '^\. ' -e '^\./\(var\|var/lib\) ' | sort); }

# fresh ROOT: a copy of a root of the peers that is thrown away; its path is in $at
fresh() {
  at=$work/root-$1
  mkdir -p "$at" "$work/layers"
  mountpoint -q "$work/layers" || { mount -t tmpfs tmpfs "$work/layers"; mounted=("$work/layers" "${mounted[@]}"); }
  mkdir -p "$work/layers/$1/up" "$work/layers/$1/work"
  mount -t overlay overlay -o "lowerdir=$peers/$1,upperdir=$work/layers/$1/up,workdir=$work/layers/$1/work" "$at"
  mounted=("$at" "${mounted[@]}")
  cp "$work/use.sh" "$at/tmp/"
}

for root in ${ROOTS:-bookworm trixie sid}; do
  [ -d "$peers/$root" ] || fail "no $root in $peers: scripts/peers.sh"
  fresh "$root"
  cp "$work"/one/*.deb "$at/tmp/"
  listing "$at" >"$work/before"
  chroot "$at" sh -c 'dpkg -i /tmp/*.deb' >/dev/null
  cp -r testdata/guide "$at/tmp/"
  chroot "$at" env PREFIX=/usr VERSION="$version" GUIDE=/tmp/guide bash /tmp/use.sh || fail "$root: the package cannot be used"
  for page in gopahole gopahole-encode gopahole-gen-core; do
    zcat "$at/usr/share/man/man1/$page.1.gz" | grep -q '^\.TH' || fail "$root: the manual page $page"
  done
  chroot "$at" dpkg --purge gopahole >/dev/null
  listing "$at" >"$work/after"
  diff "$work/before" "$work/after" || fail "$root: removal does not leave the root as it was"
  say "$root: the package was installed, used and removed"
done

if [ "${RPM:-1}" = 1 ]; then
  fresh_rpm=trixie
  at=$work/root-$fresh_rpm
  [ -d "$at/usr" ] || fresh "$fresh_rpm"
  cp "$work"/one/*.rpm "$at/tmp/"
  cp /etc/resolv.conf "$at/etc/resolv.conf" 2>/dev/null || true
  chroot "$at" sh -c 'command -v rpm2cpio >/dev/null || { apt-get update && apt-get install -y --no-install-recommends rpm rpm2cpio cpio; }' >"$work/log" 2>&1 ||
    { cat "$work/log"; fail "rpm cannot be installed in the root"; }
  chroot "$at" sh -c 'rpm -K --nosignature /tmp/*.rpm >/dev/null && rpm -qp --scripts /tmp/*.rpm && rpm -qlp /tmp/*.rpm' >"$work/rpm"
  for file in /usr/bin/gopahole /usr/lib/gopahole/gopahole-net /usr/lib/gopahole/pahole /usr/share/man/man1/gopahole.1.gz \
    /usr/share/man/man1/gopahole-gen-core.1.gz /usr/share/zsh/site-functions/_gopahole \
    /usr/share/gopahole/dkms/gopahole-dkms /usr/share/licenses/gopahole/LICENSE; do
    grep -qx "$file" "$work/rpm" || fail "the .rpm has no $file"
  done
  chroot "$at" sh -c 'mkdir /tmp/u && cd /tmp/u && rpm2cpio /tmp/*.rpm | cpio -id --quiet && usr/bin/gopahole version' | grep -qF "$version" ||
    fail "the command of the .rpm"
  say "the .rpm has all files"
fi

# From the archives of the binary and of the sources.
mkdir "$work/bin" "$work/src" "$work/prefix"
tar -C "$work/bin" --strip-components=1 -xzf "$work/one/$name-linux-$arch.tar.gz"
"$work/bin/gopahole" version | grep -qF "gopahole $version (" || fail "the command of the archive"
tar -C "$work/src" --strip-components=1 -xzf "$work/one/$name.tar.gz"
make -s -C "$work/src" build
cmp "$work/src/gopahole" "$work/bin/gopahole" && cmp "$work/src/gopahole-net" "$work/bin/gopahole-net" || fail "a build of the sources is another one than that of the archive"
env PATH=/usr/bin:/bin make -s -C "$work/src" install PREFIX="$work/prefix"
env PREFIX="$work/prefix" VERSION="$version" GUIDE="$tree/testdata/guide" bash "$work/use.sh" || fail "what make install installs"
make -s -C "$work/src" uninstall PREFIX="$work/prefix"
left=$(find "$work/prefix" ! -type d)
[ -z "$left" ] || fail "make uninstall leaves $left"
say "sources: built, installed without Go, used, uninstalled"

# go install, in the last of the roots, which has neither the repository nor anything of Go but Go itself.
mkdir -p "$at/go-root" "$at/go-modules" "$at/tmp/src"
mount --bind "$(go env GOROOT)" "$at/go-root"
mounted=("$at/go-root" "${mounted[@]}")
mount --bind "$(go env GOMODCACHE)" "$at/go-modules"
mounted=("$at/go-modules" "${mounted[@]}")
mount --bind /proc "$at/proc" # by which go finds itself
mounted=("$at/proc" "${mounted[@]}")
tar -C "$at/tmp/src" --strip-components=1 -xzf "$work/one/$name.tar.gz"
cat >"$at/tmp/install.sh" <<'EOF'
set -eu
cd /tmp/src
export PATH=/go-root/bin:/usr/bin:/bin GOMODCACHE=/go-modules GOFLAGS=-mod=readonly GOPROXY=off GOTOOLCHAIN=local HOME=/root GOBIN=/root/bin
go install github.com/gopahole/gopahole/cmd/gopahole
cp -r testdata/guide /tmp/first
cd /tmp/first
/root/bin/gopahole version
/root/bin/gopahole encode --in_place vmlinux-6.12
/root/bin/gopahole gen --base=vmlinux-6.12 driver.ko
/root/bin/gopahole verify --base=vmlinux-6.12 driver.ko
EOF
chroot "$at" sh /tmp/install.sh >"$work/log" 2>&1 || { cat "$work/log"; fail "go install"; }
grep -q '^driver\.ko: accepted by Linux 6.12' "$work/log" || { cat "$work/log"; fail "what go install installed"; }
say "go install: a kernel and a module encoded"
say "passed"
