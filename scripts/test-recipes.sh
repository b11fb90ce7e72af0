#!/usr/bin/env bash
# make test-recipes: the recipes of packaging. That for Arch builds its package, with Debian's makepkg, from an archive of
# the sources of this commit, and the package is looked at; those for Nix parse, and their hash of the modules is what Nix
# would compute. With --update the hash is written anew. Needs root, the roots of scripts/peers.sh, and the network.
set -euo pipefail
cd "$(dirname "$0")/.."
peers=${GOPAHOLE_PEERS:-$(scripts/peers.sh --dir)}
root=trixie
work=$(mktemp -d)
at=$work/root
cleanup() {
  for m in "$at/go-root" "$at/go-modules" "$at/dev" "$at/proc" "$at"; do ! mountpoint -q "$m" || umount "$m" || umount -l "$m"; done
  ! mountpoint -q "$work/layers" || umount "$work/layers"
  rm -rf "$work"
}
trap cleanup EXIT
say() { echo "test-recipes: $*"; }
fail() { echo "test-recipes: FAILED: $*" >&2; exit 1; }

[ -d "$peers/$root" ] || fail "no $root in $peers: scripts/peers.sh"
mkdir "$at" "$work/layers"
mount -t tmpfs tmpfs "$work/layers"
mkdir "$work/layers/up" "$work/layers/work"
mount -t overlay overlay -o "lowerdir=$peers/$root,upperdir=$work/layers/up,workdir=$work/layers/work" "$at"
mkdir -p "$at/go-root" "$at/go-modules"
mount --bind /proc "$at/proc"
mount --bind /dev "$at/dev"
mount --bind "$(go env GOROOT)" "$at/go-root"
go mod download
mount --bind "$(go env GOMODCACHE)" "$at/go-modules"
cp /etc/resolv.conf "$at/etc/resolv.conf" 2>/dev/null || true
chroot "$at" sh -c 'apt-get update && apt-get install -y --no-install-recommends makepkg pacman-package-manager fakeroot libarchive-tools make git zstd nix-bin' >"$work/log" 2>&1 ||
  { tail -n 20 "$work/log"; fail "the tools cannot be installed in the root"; }

# What Nix takes for a version, and what is not committed either, is no matter of recipes.
version=$(sed -n 's/^pkgver=//p' packaging/arch/PKGBUILD)
mkdir -p "$at/build/gopahole-$version"
git ls-files -z | xargs -0 tar -cf - | tar -xf - -C "$at/build/gopahole-$version"
printf 'v%s\n%s\n' "$version" "$(git rev-parse HEAD)" >"$at/build/gopahole-$version/VERSION"
tar -C "$at/build" -czf "$at/build/gopahole-$version.tar.gz" "gopahole-$version"

cp packaging/arch/PKGBUILD "$at/build/"
chroot "$at" useradd --create-home builder
chroot "$at" chown -R builder /build
cat >"$at/build/run.sh" <<'EOF'
set -eu
cd /build
export PATH=/go-root/bin:/usr/bin:/bin GOMODCACHE=/go-modules GOFLAGS=-mod=readonly GOPROXY=off GOTOOLCHAIN=local HOME=/home/builder
makepkg --printsrcinfo >.SRCINFO
makepkg --nodeps --noconfirm
EOF
chroot "$at" su builder -s /bin/sh -c 'sh /build/run.sh' >"$work/log" 2>&1 || { tail -n 60 "$work/log"; fail "makepkg"; }
grep -q "pkgver = $version" "$at/build/.SRCINFO" || fail ".SRCINFO"
package=$(find "$at/build" -name "gopahole-$version-1-*.pkg.tar*")
[ -n "$package" ] || fail "makepkg made no package"
mkdir "$work/unpacked"
chroot "$at" bsdtar -cf - "@${package#"$at"}" | tar -xf - -C "$work/unpacked"
"$work/unpacked/usr/bin/gopahole" version | grep -qF "gopahole v$version (" || fail "the command of the package"
for file in usr/lib/gopahole/pahole usr/share/man/man1/gopahole.1 usr/share/licenses/gopahole/LICENSE usr/share/gopahole/dkms/gopahole-dkms; do
  [ -e "$work/unpacked/$file" ] || [ -e "$work/unpacked/$file.gz" ] || fail "the package for Arch has no $file"
done
say "Arch: built and looked at, $(basename "$package")"

for file in packaging/nix/*.nix; do
  chroot "$at" nix-instantiate --parse - <"$file" >/dev/null || fail "$file"
done
go mod vendor -o "$at/build/vendor"
hash=$(chroot "$at" nix-hash --type sha256 --sri /build/vendor)
case $hash in sha256-*) ;; *) hash=sha256-$hash ;; esac
if [ "${1:-}" = --update ]; then
  echo "$hash" >packaging/nix/vendor-hash
fi
[ "$hash" = "$(cat packaging/nix/vendor-hash)" ] || fail "packaging/nix/vendor-hash has to be $hash (make test-recipes UPDATE=--update writes it)"
say "Nix: the recipes parse, and the hash of the modules is right"
say "passed"
