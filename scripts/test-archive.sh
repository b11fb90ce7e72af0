#!/usr/bin/env bash
# make test-archive: the debug packages of Debian's kernels through `gopahole archive run`, killed at random moments on the
# way, and once more undisturbed. Both have to leave the same bytes, no package may be told of as failed, and nothing is
# unpacked to the disk. Time, memory, temporary files and bytes stored are printed.
#
# Needs 2 cores, curl, and with the defaults 20 GB of disk and an hour: less of them with SUITES or FLAVOURS.
#   PACKAGES       a directory of packages to take as they are, in place of what follows
#   SUITES         of Debian; of each the newest kernel is taken. Security suites count as suites
#   ARCHITECTURES  amd64 arm64
#   FLAVOURS       cloud, full and rt, of which "cloud full" is the default
#   KILLS, SEED    how often the first run is killed (10), and by which random numbers; SEED is printed
#   PAUSE          how many seconds it takes at most from a package that is done to a kill (60)
#   LAYOUTS        "cas btfhub": the runs are made with the first one; the others are undisturbed runs for their size
#   MEMORY         2G, for --max_memory
#   WORK           a directory that is kept, so that a test that was ended goes on
set -euo pipefail
cd "$(dirname "$0")/.."
suites=${SUITES:-bullseye bookworm bookworm-security trixie-security sid}
architectures=${ARCHITECTURES:-amd64 arm64}
flavours=${FLAVOURS:-cloud full}
kills=${KILLS:-10}
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
pause=${PAUSE:-60}
memory=${MEMORY:-2G}
read -ra layouts <<<"${LAYOUTS:-cas btfhub}"
say() { echo "test-archive: $*"; }
fail() { echo "test-archive: FAILED: $*" >&2; exit 1; }

work=${WORK:-}
if [ -z "$work" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work"
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true; [ -n "${WORK:-}" ] || rm -rf "$work"' EXIT

# mirror SUITE: where its packages are. That for security is beside the one of the peers.
mirror() {
  local main=${GOPAHOLE_MIRROR:-$(sed -n 's/^URIs: //p' "$(scripts/peers.sh --dir)/apt/sources/all.sources" 2>/dev/null | head -n 1)}
  [ -n "$main" ] || fail "no mirror: set GOPAHOLE_MIRROR, or PACKAGES"
  main=${main%/}
  case $1 in *-security) echo "$main-security" ;; *) echo "$main" ;; esac
}

# newest SUITE ARCHITECTURE PATTERN: the file and the SHA-256 of the newest package whose name matches.
newest() {
  curl -sSf --retry 3 "$(mirror "$1")/dists/$1/main/binary-$2/Packages.xz" | xz -dc |
    awk -v want="^Package: linux-image-$3-dbg\$" '
      /^Package: / { take = $0 ~ want; name = $2 } /^Filename: / { file = $2 } /^SHA256: / { sum = $2 }
      /^$/ { if (take) print name, file, sum; take = 0 } END { if (take) print name, file, sum }' |
    sort -V | tail -n 1 | cut -d' ' -f2-
}

packages=${PACKAGES:-$work/packages}
if [ -z "${PACKAGES:-}" ]; then
  mkdir -p "$packages"
  for suite in $suites; do
    for arch in $architectures; do
      for flavour in $flavours; do
        case $flavour in full) name="[0-9][^-]*(-[0-9][^-]*)?-$arch" ;; *) name="[0-9][^-]*(-[0-9][^-]*)?-$flavour-$arch" ;; esac
        read -r path sum < <(newest "$suite" "$arch" "$name") || fail "$suite has no $flavour kernel for $arch"
        file=$packages/$(basename "$path")
        [ -e "$file" ] && continue
        curl -sSf --retry 3 -o "$file.part" "$(mirror "$suite")/$path" || fail "no download of $path"
        echo "$sum  $file.part" | sha256sum -c --quiet || fail "$path: damaged on the way"
        mv "$file.part" "$file"
      done
    done
  done
fi
say "$(find -L "$packages" -name '*.deb' | wc -l) packages, $(du -shL --apparent-size "$packages" | cut -f1)B, seed $seed"
find -L "$packages" -name '*.deb' -printf '%f %s\n' | LC_ALL=C sort >"$work/list"
sed 's/^/  /' "$work/list"

gopahole=$work/gopahole
[ -n "${WORK:-}" ] && [ -x "$gopahole" ] || CGO_ENABLED=0 go build -trimpath -o "$gopahole" ./cmd/gopahole
mkdir -p "$work/tmp"

# begin LAYOUT DEST LOG: a run, whose process is $pid.
begin() {
  cpu=$((cpu + ${ticks:-0})) ticks=0
  TMPDIR=$work/tmp "$gopahole" archive run --modules --layout="$1" --distribution=debian/0 -j2 --max_memory="$memory" -o "$2" "$packages" >>"$3" 2>&1 &
  pid=$!
}

# watch SECONDS: until the run ends or that time is over; notes its peak memory, CPU time and temporary files of all runs.
peak=0 spooled=0 cpu=0 ticks=0
watch_run() {
  local until=$((SECONDS + $1)) rss files
  while [ "$SECONDS" -lt "$until" ] && [ -r "/proc/$pid/stat" ]; do
    rss=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || rss=
    [ -n "$rss" ] || break # it has ended
    [ "$rss" -le "$peak" ] || peak=$rss
    ticks=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | awk '{ print $12 + $13 + $14 + $15 }') || true # and of xz, once it has ended
    files=$(for fd in "/proc/$pid/fd"/*; do
      case $(readlink "$fd" 2>/dev/null) in *' (deleted)') stat -L -c '%b %B' "$fd" 2>/dev/null || true ;; esac
    done | awk '{ n += $1 * $2 } END { print int(n / 1024) }')
    [ "$files" -le "$spooled" ] || spooled=$files
    [ -z "$(find "$work/tmp" -type f -print -quit)" ] || fail "there is a file in the directory for temporary ones: $(ls "$work/tmp")"
    sleep 0.5
  done
}

digest() { (cd "$1" && find . -type f ! -name '.*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1); }

report() { # NAME LAYOUT DEST SECONDS
  say "$1, $2: $4 s, CPU $(((cpu + ${ticks:-0}) / $(getconf CLK_TCK))) s, peak $((peak / 1024)) MB, temporary files up to $((spooled / 1024)) MB," \
    "$(find "$3" -type f ! -path '*/index/*' | wc -l) objects of $(find "$3" -type f ! -path '*/index/*' -printf '%s\n' | awk '{ n += $1 } END { printf "%.1f", n / 1e6 }') MB"
}

packages_done() { find "$work/killed/index" -name '*.jsonl' 2>/dev/null | wc -l; }

# finish NAME LAYOUT DEST SINCE: a run to its end, and what was measured since a time.
finish() {
  local status=0
  begin "$2" "$3" "$work/log"
  watch_run 1000000
  wait "$pid" || status=$?
  pid=
  [ $status -eq 0 ] || { tail -n 5 "$work/log" >&2; fail "$1: status $status"; }
  report "$1" "$2" "$3" $((SECONDS - $4))
}

# The run that is killed: each time so many packages are done, and some seconds later. RANDOM gives the same numbers for one
# seed; where in the work they hit depends on the machine.
first=${layouts[0]}
RANDOM=$((seed % 32768))
count=$(wc -l <"$work/list")
plan=() # made here: a subshell has random numbers of its own
for ((i = 0; i < kills; i++)); do plan+=("$((RANDOM % count)) $((1 + RANDOM % pause))"); done
from=$SECONDS killed=0
while read -r done after; do
  begin "$first" "$work/killed" "$work/log"
  while [ "$(packages_done)" -lt "$done" ] && [ -n "$(jobs -pr)" ]; do watch_run 2; done
  watch_run "$after"
  kill -KILL "$pid" 2>/dev/null || { wait "$pid" || true; say "ended before kill $((killed + 1))"; break; }
  wait "$pid" 2>/dev/null || true
  killed=$((killed + 1))
  say "kill $killed, with $(packages_done) packages done"
done < <([ "$kills" -eq 0 ] || printf '%s\n' "${plan[@]}" | sort -n)
pid=
finish "killed $killed times" "$first" "$work/killed" "$from"

for layout in "${layouts[@]}"; do
  peak=0 spooled=0 cpu=0 ticks=0
  finish undisturbed "$layout" "$work/whole-$layout" "$SECONDS"
done
left=$(find "$work/killed" "$work/whole-$first" -name '.*' -type f | wc -l)
[ "$left" -eq 0 ] || fail "$left half-written files are left"
[ "$(digest "$work/killed")" = "$(digest "$work/whole-$first")" ] || fail "the digests differ: $(digest "$work/killed") and $(digest "$work/whole-$first")"
say "killed $killed times and undisturbed: the same bytes, $(digest "$work/killed")"
