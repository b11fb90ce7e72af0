#!/usr/bin/env bash
# Sets up the programs and the real input that gopahole is compared with, from Debian packages alone, below one
# directory: $GOPAHOLE_PEERS, or the one that --dir prints.
#
#   sid            a Debian tree with pahole, bpftool and compilers for the tests; the directory itself appears inside as /p
#   k/61c, k/612c  vmlinux and all modules with DWARF of Debian's 6.1 and 6.12 kernels for cloud machines
#   k/612          vmlinux and the largest modules of Debian's 6.12 kernel for all machines, for make bench-modules (1 GB to fetch)
#   k/612all       vmlinux and all modules of that kernel (1 GB to fetch, 7 GB on disk), for make bench-build
#   k/72c          vmlinux and some modules with DWARF of a 7.2 kernel for cloud machines (350 MB to fetch), for verdicts
#   73c            vmlinux and some modules with DWARF of a 7.3 kernel that Debian builds for its stable release, in k, and
#                  the pahole that built it, in pahole-trixie (350 MB to fetch)
#   libbpf18       libbpf.so from the sources of a newer Linux, for pahole without the defects of the packaged one
#   resolve612, resolve72   the program resolve_btfids of Linux 6.12 and of a newer one, from their sources
#   images         k/61c/vmlinuz and k/612c/vmlinuz, what boot loaders start of these kernels
#   boot           boot/NAME, what boot loaders start of 17 kernels more: of other machines, and with other options (500 MB
#                  to fetch), for make test-dumps
#   dkms           (inside sid) dkms, and what modules for kernels 61c and 612c are built with
#   debuginfod     (inside sid) debuginfod, the server
#   rpm            (inside sid) rpmbuild, which makes packages
#   compilers      (inside sid) all compilers of testdata/dwarf
#   matrix         (inside sid, and in trees of older Debians, bullseye, bookworm and trixie) all compilers of make matrix
#   pahole-tests   (inside sid) what pahole's own tests run, see scripts/pahole-tests.sh
#   linux-6.12     (and -6.1, -7.2) the sources of Linux as Debian patches them, in linux/6.12, and what is needed to
#                  build and to boot kernels
#
# Usage: peers.sh [--dir] [tools|61c|612c|612|612all|72c|73c|libbpf18|resolve612|resolve72|images|boot|dkms|debuginfod|rpm|compilers|matrix|pahole-tests|linux-VERSION]...
# Default: all but 612, 612all, 73c, boot, compilers, matrix, pahole-tests and linux-VERSION.
#
# Needs root, a machine with apt, 7 GB (and 3 more for all compilers, 15 for those of the matrix, 1.5 for each Linux), and
# three to five minutes.
# What is there already is kept, so the script can be run again at any time: after an interruption it goes on with what
# is missing, after a restart of the machine it mounts again. Several runs at once wait for each other. Packages come
# from the mirror that the machine's own apt uses; GOPAHOLE_MIRROR names another one.
set -euo pipefail
peers=${GOPAHOLE_PEERS:-/var/tmp/gopahole-peers}
if [ "${1:-}" = --dir ]; then
  echo "$peers"
  exit
fi
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(tools 61c 612c 72c libbpf18 resolve72 resolve612 dkms debuginfod rpm images)

say() { echo "peers: $*"; }
die() { echo "peers: $*" >&2; exit 1; }

# run COMMAND...: silently; what it printed is shown only if it fails.
run() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  [ $status -eq 0 ] || { echo "peers: $* (exit status $status)"; tail -n 25 "$log"; } >&2
  rm -f "$log"
  return $status
}

# retry COMMAND...: mirrors and networks have bad moments.
retry() {
  local wait
  for wait in 5 15 45 90 0; do
    run "$@" && return
    [ "$wait" -eq 0 ] || { say "again in $wait s" >&2; sleep "$wait"; }
  done
  return 1
}

[ "$(id -u)" -eq 0 ] || die "needs root, to install packages and to use chroot"
command -v apt-get >/dev/null || die "needs a machine with apt-get"
mkdir -p "$peers"/{k,apt/sources,apt/lists/partial,apt/debs}
chmod 755 "$peers"
peers=$(cd "$peers" && pwd)
exec 9>"$peers/.lock"
flock -n 9 || { say "another run is at work, waiting"; flock 9; }

# --- the mirror, and an apt of our own that knows the suites we need -------------------------------------------------

find_mirror() {
  local mirror=${GOPAHOLE_MIRROR:-}
  # What apt itself makes of its configuration; it needs lists that were fetched once.
  # shellcheck disable=SC2016 # the variables are of apt
  [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | awk '$1 == "Debian" { print $2; exit }')
  # Otherwise the first source of its files.
  [ -n "$mirror" ] || mirror=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '$1 == "URIs:" && $2 ~ /debian\/?$/ { print $2; exit }')
  [ -n "$mirror" ] || mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /debian\/?$/) { print $i; exit } }')
  [ -n "$mirror" ] || die "no Debian mirror in the configuration of apt (set GOPAHOLE_MIRROR)"
  echo "${mirror%/}"
}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
apt=(-o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$peers/apt/sources" -o "Dir::State::lists=$peers/apt/lists"
  -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache=" -o "Acquire::Retries=3" -o "Acquire::Languages=none" -o "APT::Sandbox::User=root")
apt_ready='' more_suites=''
prepare_apt() {
  [ -z "$apt_ready" ] || return 0
  mirror=$(find_mirror)
  [ -e "$keyring" ] || { retry apt-get update; retry apt-get install -y --no-install-recommends debian-archive-keyring; }
  cat >"$peers/apt/sources/all.sources" <<S
Types: deb
URIs: $mirror
Suites: bookworm trixie sid$more_suites
Components: main
Signed-By: $keyring
S
  retry apt-get "${apt[@]}" update || die "no package lists from $mirror"
  apt_ready=1
}

# fetch PATTERN: downloads the newest package whose name matches and prints the path of its file.
fetch() {
  local package file
  package=$(apt-cache "${apt[@]}" search --names-only "$1" | awk '{print $1}' | sort -V | tail -n 1)
  [ -n "$package" ] || die "no package matches $1"
  rm -f "$peers/apt/debs/$package"_*.deb
  (cd "$peers/apt/debs" && retry apt-get "${apt[@]}" download "$package") || die "no download of $package"
  file=$(echo "$peers/apt/debs/$package"_*.deb)
  echo "$file"
}

# --- the Debian trees -----------------------------------------------------------------------------------------------

tree=sid # in which commands run and packages are installed
in_tree() { chroot "$peers/$tree" env DEBIAN_FRONTEND=noninteractive "$@"; }

mount_tree() {
  mkdir -p "$peers/$tree/p"
  mountpoint -q "$peers/$tree/p" || mount --bind "$peers" "$peers/$tree/p"
  mountpoint -q "$peers/$tree/proc" || mount --bind /proc "$peers/$tree/proc"
}

# make_tree: the tree is there, and what it needs is mounted. Its name is that of its Debian.
make_tree() {
  if [ ! -e "$peers/$tree/etc/debian_version" ]; then
    prepare_apt
    command -v debootstrap >/dev/null || { run apt-get update || true; retry apt-get install -y --no-install-recommends debootstrap; }
    # Under another name until it is whole, and never removed while something is mounted in it.
    ! mountpoint -q "$peers/$tree/p" || die "$peers/$tree is broken but still mounted; unmount $tree/p and $tree/proc and remove $tree"
    rm -rf --one-file-system "$peers/$tree.part"
    say "debootstrap of a Debian tree, $tree"
    retry debootstrap --variant=minbase --keyring="$keyring" "$tree" "$peers/$tree.part" "$mirror" || die "no Debian tree"
    # The tree fetches packages in the same way as the machine does.
    apt-config dump | grep -E '^Acquire::https?::(Proxy|Verify-Peer|CaInfo)' >"$peers/$tree.part/etc/apt/apt.conf.d/99machine" || true
    mv "$peers/$tree.part" "$peers/$tree"
  fi
  mount_tree
}

# installed PACKAGE...: all are there.
installed() {
  local package
  for package; do
    # shellcheck disable=SC2016 # the variable is of dpkg-query
    [ "$(in_tree dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = 'ii ' ] || return 1
  done
}

install_in_tree() {
  retry in_tree apt-get install -y --no-install-recommends "$@" || {
    # The lists of the tree may be older than the mirror.
    retry in_tree apt-get update
    retry in_tree apt-get install -y --no-install-recommends "$@"
  } || die "cannot install $*"
}

tools() {
  make_tree
  # The peers themselves; what the tests build programs with (dedup has one that calls libbpf); and the
  # compilers of machines of another byte order or size, with which elffile's files are made and read.
  # dwz makes supplementary files.
  local want=(pahole bpftool binutils dwz gcc libc6-dev libbpf-dev gcc-mips-linux-gnu gcc-s390x-linux-gnu gcc-arm-linux-gnueabihf)
  installed "${want[@]}" && in_tree pahole --version >/dev/null && return
  say "installing pahole, bpftool and compilers for the tests"
  install_in_tree "${want[@]}"
}

compilers() {
  tools
  # Compilers for the host and by architecture, clang for all others, and what the unusual objects need.
  local want=(gcc g++ libc6-dev clang lld llvm dwz rustc gcc-avr gcc-xtensa-lx106) arch
  for arch in aarch64-linux-gnu arm-linux-gnueabihf s390x-linux-gnu powerpc64le-linux-gnu powerpc-linux-gnu riscv64-linux-gnu mips-linux-gnu \
    mips64el-linux-gnuabi64 loongarch64-linux-gnu sh4-linux-gnu hppa-linux-gnu; do
    want+=("gcc-$arch")
  done
  installed "${want[@]}" && return
  say "installing the compilers of the test data"
  install_in_tree "${want[@]}"
}

# What Debian has of gcc 11 to 16 and clang 14 to 23, of cross compilers, and of assemblers and linkers for machines that
# no compiler of its is for.
matrix() {
  tools
  local want=(gcc-{11..16} g++-16 clang-{19,21,22,23} lld-23 llvm-23 libc6-dev dwz) arch
  for arch in aarch64-linux-gnu alpha-linux-gnu arc-linux-gnu arm-linux-gnueabihf hppa-linux-gnu hppa64-linux-gnu i686-linux-gnu \
    loongarch64-linux-gnu m68k-linux-gnu mips-linux-gnu mips64el-linux-gnuabi64 mips64-linux-gnuabi64 powerpc-linux-gnu \
    powerpc64-linux-gnu powerpc64le-linux-gnu riscv64-linux-gnu s390x-linux-gnu sh4-linux-gnu sparc64-linux-gnu x86-64-linux-gnux32; do
    want+=("gcc-$arch")
  done
  want+=(gcc-avr gcc-bpf gcc-h8300-hms gcc-or1k-elf gcc-sh-elf gcc-xtensa-lx106 binutils-msp430-unknown-elf)
  installed "${want[@]}" || {
    say "installing the compilers of the matrix"
    install_in_tree "${want[@]}"
  }
  # The oldest that there are; kernels of the time before 5.4 are as old as gcc 4.8. avr has gcc 5.4, two others gcc 8.3.
  tree=bullseye make_matrix_tree {gcc,g++}-{9,10} clang-{9,11,13} lld-13 libc6-dev dwz \
    gcc-9-{aarch64,alpha,m68k,powerpc,powerpc64,powerpc64le,riscv64,s390x,sparc64,i686}-linux-gnu gcc-9-arm-linux-gnueabihf \
    gcc-10-mips-linux-gnu gcc-10-mips64-linux-gnuabi64 gcc-avr gcc-arm-none-eabi gcc-riscv64-unknown-elf
  tree=bookworm make_matrix_tree clang-{14,15,16}
  tree=trixie make_matrix_tree clang-{17,18}
}

make_matrix_tree() { # PACKAGE...
  make_tree
  installed "$@" && return
  say "installing $* in a tree of $tree"
  install_in_tree "$@"
}

# --- kernels and libbpf --------------------------------------------------------------------------------------------

kernel() { # NAME PATTERN [MODULE...]: all of the package, or vmlinux and these modules
  local dir=$peers/k/$1 pattern=$2 deb vmlinux module
  [ ! -e "$dir/vmlinux" ] || return 0
  prepare_apt
  say "fetching kernel $1"
  deb=$(fetch "$pattern")
  rm -rf "$dir" "$dir.part"
  mkdir "$dir.part"
  if [ $# -eq 2 ]; then
    run dpkg-deb -x "$deb" "$dir.part"
  else
    local wanted='/vmlinux[^/]*$' list=$dir.part/list
    for module in "${@:3}"; do wanted+="|/$module\.ko$"; done
    dpkg-deb --fsys-tarfile "$deb" | tar -t | grep -E "$wanted" >"$list"
    for module in "${@:3}"; do grep -q "/$module\.ko$" "$list" || die "no $module.ko in $deb"; done
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir.part" -T "$list" || die "cannot unpack $deb"
    rm "$list"
  fi
  vmlinux=$(cd "$dir.part" && find . -name 'vmlinux*' -type f -size +1M | head -n 1)
  [ -n "$vmlinux" ] || die "no vmlinux in $deb"
  ln -s "$vmlinux" "$dir.part/vmlinux"
  basename "$deb" .deb >"$dir.part/package"
  mv "$dir.part" "$dir"
  rm -f "$deb"
}

# Debian builds Linux 7.3 for its stable release, trixie, with the pahole of that.
kernel73() {
  local dir=$peers/pahole-trixie deb
  [ ! -e "$peers/k/73c/vmlinux" ] || [ ! -e "$dir/usr/bin/pahole" ] || return 0
  more_suites=' trixie-backports' apt_ready=''
  kernel 73c '^linux-image-7\.3\.[0-9]+\+deb13-cloud-amd64-dbg$' virtio_net nf_conntrack nf_nat tcp_bbr tun kvm btrfs xfs
  prepare_apt
  rm -rf "$dir" "$dir.part"
  mkdir "$dir.part"
  rm -f "$peers"/apt/debs/{pahole,libbpf1}_*.deb
  (cd "$peers/apt/debs" && retry apt-get "${apt[@]}" download pahole/trixie libbpf1/trixie) || die "no pahole of trixie"
  for deb in "$peers"/apt/debs/{pahole,libbpf1}_*.deb; do run dpkg-deb -x "$deb" "$dir.part"; done
  rm -f "$peers"/apt/debs/{pahole,libbpf1}_*.deb
  mv "$dir.part" "$dir"
  more_suites='' apt_ready=''
}

# unpack_linux PATTERN DIRECTORY ARGUMENT...: unpacks the sources of the Linux whose package matches, those that the
# arguments of tar select, below the directory, whose path is relative to $peers.
unpack_linux() {
  local pattern=$1 dir=$2 deb archive
  shift 2
  tools
  prepare_apt
  install_in_tree xz-utils
  deb=$(fetch "$pattern")
  rm -rf "${peers:?}/$dir" "$peers/$dir.part"
  mkdir -p "$peers/$dir.part/deb"
  run dpkg-deb -x "$deb" "$peers/$dir.part/deb"
  archive=$(basename "$peers/$dir.part"/deb/usr/src/linux-source-*.tar.xz)
  run in_tree tar -xJf "/p/$dir.part/deb/usr/src/$archive" -C "/p/$dir.part" --strip-components=1 "$@" || die "cannot unpack $deb"
  rm -rf "$peers/$dir.part/deb" "$deb"
  mv "$peers/$dir.part" "$peers/$dir"
}

# sources PATTERN: what is needed to build tools of the Linux whose package matches is below $peers/src/linux afterwards;
# the end of the script removes it.
unpacked=
sources() {
  [ "$unpacked" != "$1" ] || return 0
  tools
  install_in_tree make libelf-dev zlib1g-dev rsync python3
  unpack_linux "$1" src/linux --wildcards --no-wildcards-match-slash '*/tools' '*/scripts' '*/include' '*/arch/x86'
  unpacked=$1
}

linux7='^linux-source-7\.[0-9]+$'
linux612='^linux-source-6\.12$'

libbpf18() {
  [ ! -e "$peers/libbpf18/libbpf.so" ] || return 0
  say "building libbpf"
  sources "$linux7"
  rm -rf "$peers/libbpf18"
  mkdir "$peers/libbpf18"
  run in_tree make -s -C /p/src/linux/tools/lib/bpf OUTPUT=/p/libbpf18/ || die "libbpf does not build"
}

resolve() { # NAME PATTERN
  [ ! -e "$peers/$1/resolve_btfids" ] || return 0
  say "building $1"
  sources "$2"
  rm -rf "$peers/src/out" "${peers:?}/$1"
  mkdir "$peers/src/out" "$peers/$1"
  run in_tree make -s -j2 -C /p/src/linux/tools/bpf/resolve_btfids OUTPUT=/p/src/out/ || die "resolve_btfids does not build"
  mv "$peers/src/out/resolve_btfids" "$peers/$1/"
}

# The images that boot loaders start, of both kernels, as vmlinuz beside vmlinux.
images() {
  local name release deb
  for name in 61c 612c; do
    [ ! -e "$peers/k/$name/vmlinuz" ] || continue
    [ -e "$peers/k/$name/vmlinux" ] || continue
    prepare_apt
    release=$(basename "$(readlink "$peers/k/$name/vmlinux")")
    release=${release#vmlinux-}
    say "fetching the image of kernel $name"
    deb=$(fetch "^linux-image-${release//+/\\+}(-unsigned)?\$")
    dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards '*/boot/vmlinuz-*' >"$peers/k/$name/vmlinuz.part" || die "no image in $deb"
    mv "$peers/k/$name/vmlinuz.part" "$peers/k/$name/vmlinuz"
    rm -f "$deb"
  done
}

# boot_image NAME MACHINE PATTERN: the image in the newest package for a machine whose name matches.
boot_image() {
  local name=$1 machine=$2 deb package lists=$peers/apt/lists-$2 native=("${apt[@]}")
  [ ! -e "$peers/boot/$name" ] || return 0
  prepare_apt
  local apt=("${native[@]}" -o "Dir::State::lists=$lists" -o "APT::Architecture=$machine" -o "APT::Architectures=$machine")
  if [ ! -e "$lists/.ready" ]; then
    mkdir -p "$lists/partial"
    retry apt-get "${apt[@]}" update || die "no package lists for $machine from $mirror"
    touch "$lists/.ready"
  fi
  say "fetching the image of kernel $name"
  deb=$(fetch "$3")
  dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards '*/vmlinu[xz]*' >"$peers/boot/$name.part" || die "no image in $deb"
  mv "$peers/boot/$name.part" "$peers/boot/$name"
  rm -f "$deb"
}

boot() {
  local flavour
  mkdir -p "$peers/boot"
  for flavour in amd64/rt-amd64 amd64/amd64 arm64/arm64 arm64/arm64-16k arm64/cloud-arm64 arm64/rt-arm64 ppc64el/powerpc64le \
    ppc64el/powerpc64le-64k riscv64/riscv64 s390x/s390x; do
    boot_image "7.2-${flavour#*/}" "${flavour%/*}" "^linux-binary-7\.2\.[0-9]+\+deb[0-9]+-${flavour#*/}\$"
  done
  for flavour in amd64/rt-amd64 arm64/cloud-arm64; do
    boot_image "6.12-${flavour#*/}" "${flavour%/*}" "^linux-image-6\.12\.[0-9]+\+deb13-${flavour#*/}\$"
  done
  for flavour in amd64/amd64 amd64/rt-amd64 arm64/arm64 arm64/cloud-arm64 arm64/rt-arm64; do
    boot_image "6.1-${flavour#*/}" "${flavour%/*}" "^linux-image-6\.1\.0-[0-9]+-${flavour#*/}\$"
  done
  rm -rf "$peers"/apt/lists-*
}

# The files with which modules for kernels 61c and 612c are built are in /usr/src of the tree. Debian's come with a vmlinux
# that has BTF and nothing else; those of most distributions do not, and that is what the test is about.
dkms() {
  tools
  local kernel release version package deb
  installed dkms make || {
    say "installing dkms"
    install_in_tree dkms make
  }
  for kernel in 61c 612c; do
    [ -e "$peers/k/$kernel/vmlinux" ] || continue
    release=$(basename "$(readlink "$peers/k/$kernel/vmlinux")")
    release=${release#vmlinux-}
    [ ! -e "$peers/sid/usr/src/linux-headers-$release/.ready" ] || continue
    say "fetching what modules for $release are built with"
    prepare_apt
    version=${release%-cloud-amd64}
    rm -rf "$peers/debs"
    for package in "linux-headers-$release" "linux-headers-$version-common"; do
      deb=$(fetch "^${package//+/\\+}$")
      run dpkg-deb -x "$deb" "$peers/debs"
      [ "$package" != "linux-headers-$release" ] || # linux-kbuild-6.12.1+deb13, but linux-kbuild-6.1
        package=$(dpkg-deb -f "$deb" Depends | grep -o 'linux-kbuild-[^ ,]*')
      rm -f "$deb"
      case $package in linux-kbuild-*)
        deb=$(fetch "^${package//+/\\+}$")
        run dpkg-deb -x "$deb" "$peers/debs"
        rm -f "$deb"
        ;;
      esac
    done
    run cp -a "$peers"/debs/usr/src/. "$peers/sid/usr/src/"
    run cp -a "$peers"/debs/usr/lib/linux-kbuild-* "$peers/sid/usr/lib/"
    rm -rf "$peers/debs" "$peers/sid/usr/src/linux-headers-$release/vmlinux"
    touch "$peers/sid/usr/src/linux-headers-$release/.ready"
  done
}

rpm() {
  tools
  installed rpm && return
  say "installing rpmbuild"
  install_in_tree rpm
}

debuginfod() {
  tools
  installed debuginfod || {
    say "installing debuginfod"
    install_in_tree debuginfod
  }
}

pahole_tests() {
  tools
  local want=(gawk procps clang bc make)
  installed "${want[@]}" && return
  say "installing what the tests of pahole run"
  install_in_tree "${want[@]}"
}

linux() { # VERSION
  tools
  # The last one is the emulator.
  local want=(make flex bison bc libelf-dev libssl-dev zlib1g-dev xz-utils rsync python3 kmod qemu-system-x86)
  installed "${want[@]}" || {
    say "installing what builds and boots kernels"
    install_in_tree "${want[@]}"
  }
  [ ! -e "$peers/linux/$1/Makefile" ] || return 0
  say "fetching the sources of Linux $1"
  # Documents and drivers of graphics are not built, and a third of all.
  unpack_linux "^linux-source-${1/./\\.}\$" "linux/$1" --exclude='linux-source-*/Documentation/*/*' \
    --exclude='linux-source-*/drivers/gpu/*.[ch]'
}

for name in "${names[@]}"; do
  case $name in
    tools | libbpf18 | compilers | matrix | dkms | debuginfod | rpm) "$name" ;;
    pahole-tests) pahole_tests ;;
    resolve612) resolve "$name" "$linux612" ;;
    resolve72) resolve "$name" "$linux7" ;;
    images | boot) "$name" ;;
    61c) kernel "$name" '^linux-image-6\.1\.0-[0-9]+-cloud-amd64-dbg$' ;;
    612c) kernel "$name" '^linux-image-6\.12\.[0-9]+\+deb13-cloud-amd64-dbg$' ;;
    612) kernel "$name" '^linux-image-6\.12\.[0-9]+\+deb13-amd64-dbg$' xfs amdgpu i915 btrfs ;;
    612all) kernel "$name" '^linux-image-6\.12\.[0-9]+\+deb13-amd64-dbg$' ;;
    72c) kernel "$name" '^linux-image-7\.2\.[0-9]+\+deb[0-9]+-cloud-amd64-dbg$' virtio_net nf_conntrack fat ;;
    73c) kernel73 ;;
    linux-*) linux "${name#linux-}" ;;
    *) die "unknown peer $name" ;;
  esac
done
rm -rf "$peers/src"
tools

say "in $peers: pahole $(in_tree pahole --version), $(in_tree bpftool version | head -n 1)"
for dir in "$peers"/k/*/; do
  [ ! -e "$dir/vmlinux" ] || say "kernel $(basename "$dir"): $(basename "$(readlink -f "$dir/vmlinux")")"
done
for name in resolve612 resolve72; do
  [ ! -e "$peers/$name/resolve_btfids" ] || say "$name: resolve_btfids"
done
[ ! -e "$peers/libbpf18/libbpf.so" ] || say "libbpf18: $(basename "$(readlink -f "$peers/libbpf18/libbpf.so")")"
