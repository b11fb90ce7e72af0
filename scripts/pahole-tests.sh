#!/usr/bin/env bash
# Runs pahole's own tests twice: with pahole, and with gopahole wherever a test encodes BTF, while pahole still prints.
#
# Usage: pahole-tests.sh DWARVES [TEST]...
#
# DWARVES is a checkout of pahole's sources, which are called dwarves; the tests are those with their figures that are
# there. They run in the Debian tree of the peers (scripts/peers.sh pahole-tests), on the kernel VMLINUX, by default the
# one of make kernel-test: with those of distributions some tests take very long. A table says what became of each.
#
# It is a failure if a test ends in another way than with pahole, prints other figures, or if an encoding fails: some
# tests do not look at that.
set -euo pipefail
cd "$(dirname "$0")/.."
die() { echo "pahole-tests: $*" >&2; exit 1; }
[ $# -ge 1 ] || die "usage: pahole-tests.sh DWARVES [TEST]..."
dwarves=$1
shift
only=" $* "
[ -e "$dwarves/tests/test_lib.sh" ] || die "$dwarves/tests has no tests of pahole"
peers=${GOPAHOLE_PEERS:-$(scripts/peers.sh --dir)}
vmlinux=${VMLINUX:-$peers/kernel-test/6.12/build/vmlinux}
[ -e "$vmlinux" ] || die "no kernel $vmlinux: make kernel-test builds it, or VMLINUX names another one"

# What cannot end as with pahole, and why.
expected() { # TEST
  case $1 in
    reproducible_build) echo "counts the threads of a process called pahole" ;;
  esac
}

dir=$peers/pahole-tests
rm -rf "$dir"
mkdir -p "$dir"/bin/{pahole,gopahole}
cp "$vmlinux" "$dir/vmlinux"
cp -r "$dwarves/tests" "$dir/tests"
CGO_ENABLED=0 go build -trimpath -o "$dir/bin/encoder" ./cmd/gopahole
# Both programs note how often they encode, the second one also how that ends.
for program in pahole gopahole; do
  cat >"$dir/bin/$program/pahole" <<S
#!/bin/sh
for arg do
  case \$arg in
    -J | --btf_encode*)
      echo "\$*" >>"\$CALLS"
      [ $program = gopahole ] || exec /usr/bin/pahole "\$@"
      /p/pahole-tests/bin/encoder "\$@"
      status=\$?
      [ \$status = 0 ] || echo "\$status: \$*" >>"\$CALLS.failed"
      exit \$status
      ;;
  esac
done
exec /usr/bin/pahole "\$@"
S
  chmod 755 "$dir/bin/$program/pahole"
done

# attempt PROGRAM TEST: prints pass, skip or FAIL; what the test prints, without random names, is in PROGRAM/TEST.
attempt() {
  local out=$dir/$1-$2 status=0
  : >"$out.calls"
  chroot "$peers/sid" env "PATH=/p/pahole-tests/bin/$1:$PATH" VERBOSE=1 "CALLS=/p/pahole-tests/$1-$2.calls" \
    timeout 1800 bash -c 'cd /p/pahole-tests/tests && "./$1.sh" /p/pahole-tests/vmlinux' - "$2" >"$out.out" 2>&1 </dev/null || status=$?
  sed -E 's/(\/tmp\/[^ ]*\.sh\.)[A-Za-z0-9]{6}/\1/g' "$out.out" >"$out"
  case $status in
    0) echo pass ;;
    2) echo skip ;;
    *) echo FAIL ;;
  esac
}

failures=0
ran=0
printf '%-32s%-8s%-10s%-10s%s\n' test pahole gopahole encodings remark
for file in "$dir"/tests/*.sh; do
  test=$(basename "$file" .sh)
  [ "$test" != test_lib ] || continue
  [ "$only" = '  ' ] || [[ $only == *" $test "* ]] || continue
  ran=$((ran + 1))
  theirs=$(attempt pahole "$test")
  ours=$(attempt gopahole "$test")
  calls=$(wc -l <"$dir/pahole-$test.calls")
  remark=
  if [ -s "$dir/gopahole-$test.calls.failed" ]; then
    remark="gopahole failed: $(head -n 1 "$dir/gopahole-$test.calls.failed")"
  elif [ "$theirs" != "$ours" ]; then
    remark="gopahole does not end as pahole does"
  elif [ "$calls" -ne "$(wc -l <"$dir/gopahole-$test.calls")" ]; then
    remark="not as many encodings"
  elif ! cmp -s "$dir/pahole-$test" "$dir/gopahole-$test"; then
    remark="prints something else"
  fi
  if [ -n "$remark" ] && [ -n "$(expected "$test")" ]; then
    remark="expected: $(expected "$test")"
  elif [ -n "$remark" ]; then
    failures=$((failures + 1))
    remark="WRONG: $remark"
  elif [ "$theirs" = skip ]; then
    remark=$(grep -m 1 -o 'skip: .*' "$dir/pahole-$test" || true)
  elif [ "$calls" -eq 0 ]; then
    remark="encodes nothing"
  fi
  printf '%-32s%-8s%-10s%-10s%s\n' "$test" "$theirs" "$ours" "$calls" "$remark"
done
[ $ran -gt 0 ] || die "no test has such a name"
[ $failures -eq 0 ] || die "$failures tests end otherwise; what they print is in $dir/pahole-TEST and $dir/gopahole-TEST"
echo "pahole-tests: passed"
