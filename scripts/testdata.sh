#!/usr/bin/env bash
# Makes the objects of testdata/dwarf and testdata/guide again, as their files COMMANDS say, with the compilers of the
# peers' Debian tree,
# and writes the compilers' versions into testdata/README.md. The goldens are made anew by
#   go test ./internal/e2e -run Golden -update
# Usage: testdata.sh [PATTERN]      only the objects whose names match the shell pattern
set -euo pipefail
cd "$(dirname "$0")/.."
pattern=${1:-*}
peers=${GOPAHOLE_PEERS:-$(scripts/peers.sh --dir)}
scripts/peers.sh compilers

# The tree cannot see this directory: work on a copy below the peers.
work=$peers/testdata
rm -rf "$work"
mkdir "$work"
for dir in dwarf guide; do
  mkdir "$work/$dir"
  for file in testdata/$dir/COMMANDS testdata/$dir/*.{c,cc,rs,S}; do
    [ ! -e "$file" ] || cp "$file" "$work/$dir"
  done
done

cat > "$work/make.sh" <<'INNER'
set -eu
cd "/p/testdata/$1"
link="-nostdlib -static -no-pie -Wl,-e,0 -Wl,--unresolved-symbols=ignore-all -Wl,-z,max-page-size=4096 -Wl,--build-id=none"
lld="-fuse-ld=lld -nostdlib -static -Wl,-e,0 -Wl,--unresolved-symbols=ignore-all -Wl,--build-id=none"
rel="-nostdlib -r -Wl,--build-id=none"
lldrel="-fuse-ld=lld -nostdlib -r"
prefix="-ffile-prefix-map=$PWD=."
small="-gno-record-gcc-switches $prefix"
while IFS="$(printf '\t')" read -r name command; do
  case $name in ''|'#'*) continue ;; esac
  case $name in $2) ;; *) continue ;; esac
  case $command in
    *'$name'*) ;;
    clang*) command="$command $prefix -o $name" ;;
    *) command="$command $small -o $name" ;;
  esac
  eval "$command" || { echo "$name: $command" >&2; exit 1; }
done < COMMANDS
INNER
n=0
for dir in dwarf guide; do
  chroot "$peers/sid" env LC_ALL=C SOURCE_DATE_EPOCH=0 sh /p/testdata/make.sh $dir "$pattern"
  for file in "$work/$dir"/*; do
    case $file in */COMMANDS | *.c | *.cc | *.rs | *.S) continue ;; esac
    cmp -s "$file" "testdata/$dir/${file##*/}" || { cp "$file" testdata/$dir/; echo "made $dir/${file##*/}"; }
    n=$((n + 1))
  done
done
rm -rf "$work"

# The list of compilers in testdata/README.md, between its two marks; it is about all objects.
[ "$pattern" = '*' ] || { echo "$n objects"; exit; }
# shellcheck disable=SC2016 # the variables are of the inner shell
versions=$(chroot "$peers/sid" sh -c 'for tool in /usr/bin/gcc /usr/bin/*-linux-gnu*-gcc clang rustc ld ld.lld dwz; do
  case $tool in *x86_64*) continue ;; esac
  printf -- "- %s: %s\n" "${tool##*/}" "$($tool --version | head -n 1)"
done')
awk -v versions="$versions" '/^<!-- end -->/ { skip = 0 } !skip { print } /^<!-- compilers -->/ { print versions; skip = 1 }' \
  testdata/README.md >testdata/README.md.new
mv testdata/README.md.new testdata/README.md
echo "$n objects"
