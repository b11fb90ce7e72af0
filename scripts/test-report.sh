#!/usr/bin/env bash
# Looks at pages of `gopahole report` in a headless Chromium (scripts/report/check.mjs): errors, network, accessibility
# (axe), keyboard, both themes, a phone, paper. It makes pages of what is in testdata, and of PAGE... that are named.
# It needs Go, node and npm, and fetches the pinned packages of scripts/report/package-lock.json; Chromium is the
# system's, or Debian's, which root installs. Screenshots stay in SHOTS, a directory below the system's for temporary
# files by default, to be looked at.
set -euo pipefail
cd "$(dirname "$0")/.."

chromium=${CHROMIUM:-$(command -v chromium-headless-shell || command -v chromium || command -v google-chrome || true)}
if [ -z "$chromium" ]; then
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || {
    echo "test-report: no Chromium; install one, or name it: CHROMIUM=/path/to/it"
    exit 1
  }
  apt-get update >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium-headless-shell fonts-dejavu-core >/dev/null
  chromium=$(command -v chromium-headless-shell)
fi
command -v npm >/dev/null || { echo "test-report: no npm"; exit 1; }

# The packages, once for each state of the lock file.
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gopahole/report-$(sha256sum scripts/report/package-lock.json | cut -c1-16)
if [ ! -e "$cache/complete" ]; then
  rm -rf "$cache"
  mkdir -p "$cache"
  cp scripts/report/package.json scripts/report/package-lock.json "$cache"
  (cd "$cache" && npm ci --no-audit --no-fund --ignore-scripts >/dev/null)
  touch "$cache/complete"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/gopahole" ./cmd/gopahole
objects=$PWD/testdata/dwarf
(
  # A module that relocates, one that does not, one without BTF; functions that are left out; bit-fields and unions.
  cd "$work"
  mkdir modules kernels pages
  cp "$objects/kfuncs-gcc-dwarf5.elf" vmlinux
  ./gopahole -J vmlinux
  ./gopahole -J --btf_encode_detached=kernels/other.btf "$objects/bitfields-gcc-dwarf5.elf"
  for name in fits distilled bare; do cp "$objects/module-gcc-dwarf5.o" modules/$name.ko; done
  ./gopahole encode --in_place --features=default --base=vmlinux modules/fits.ko
  ./gopahole encode --in_place --features=default,distilled_base --base=vmlinux modules/distilled.ko
  ./gopahole report -o pages/modules.html --kernel=6.12 vmlinux modules --kernels=kernels 2>/dev/null || [ $? = 3 ] # bare.ko is no module
  ./gopahole report -o pages/functions.html "$objects/clones-gcc-dwarf5.elf"
  ./gopahole report -o pages/structs.html kernels/other.btf
)
go test ./inspect/report -run 'TestPages$' -count=1 -pages="$work/pages" >/dev/null # small, and with hostile names
cp scripts/report/check.mjs "$cache/"
shots=${SHOTS:-${TMPDIR:-/tmp}/gopahole-report-shots}
(cd "$cache" && node check.mjs "$chromium" "$shots" "$work"/pages/*.html ${PAGE:+$(realpath $PAGE)})
echo "test-report: screenshots are in $shots"
