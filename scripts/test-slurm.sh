#!/usr/bin/env bash
# make test-slurm: contrib/engines/slurm/archive.sbatch, run by Slurm. munge, slurmctld and slurmd of Debian run in a copy
# of a root of the peers that is thrown away; packages are made of the kernel in testdata, a real one of the peers, and what
# is broken. An array of four tasks is cut off, runs again, and has to make what one run makes, byte by byte; so has each
# task once more, and an array of those that a cluster would do again. Needs root, the peers (PEERS) and the network for
# Debian's packages. ROOT is another root than sid, such as trixie.
set -euo pipefail
cd "$(dirname "$0")/.."
peers=${GOPAHOLE_PEERS:-$(scripts/peers.sh --dir)}
root=${ROOT:-sid}
work=$(mktemp -d)
at=$work/root
cleanup() {
  umount -R "$at" 2>/dev/null || umount -l "$at" 2>/dev/null || true
  umount "$work/layers" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
say() { echo "test-slurm: $*"; }
fail() { echo "test-slurm: FAILED: $*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail "needs root, for a root of Debian of its own"
[ -d "$peers/$root/usr" ] || fail "no $root in $peers: scripts/peers.sh"

mkdir -p "$at" "$work/layers"
mount -t tmpfs tmpfs "$work/layers"
mkdir "$work/layers/up" "$work/layers/work"
mount -t overlay overlay -o "lowerdir=$peers/$root,upperdir=$work/layers/up,workdir=$work/layers/work" "$at"
cp /etc/resolv.conf "$at/etc/resolv.conf" 2>/dev/null || true
for try in 1 2 3; do
  chroot "$at" sh -c 'export DEBIAN_FRONTEND=noninteractive; apt-get update -o Acquire::Check-Valid-Until=false && apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge' \
    >"$work/log" 2>&1 && break
  [ "$try" -lt 3 ] || { tail -20 "$work/log"; fail "Slurm cannot be installed in the root"; }
done
say "$(chroot "$at" slurmd -V 2>/dev/null) in $root"

# Packages: twelve of a small kernel, one of a real one, one that is cut off.
t=$at/w
mkdir -p "$t/packages" "$t/log"
CGO_ENABLED=0 go build -trimpath -o "$at/usr/bin/gopahole" ./cmd/gopahole
cp contrib/engines/slurm/archive.sbatch "$t/"
deb() { # NAME RELEASE VMLINUX MODULE...
  local tree=$work/tree name=$1 release=$2 vmlinux=$3
  shift 3
  rm -rf "$tree"
  mkdir -p "$tree/DEBIAN" "$tree/usr/lib/debug/boot" "$tree/usr/lib/debug/lib/modules/$release/kernel"
  printf 'Package: %s\nVersion: 1-1\nArchitecture: amd64\nMaintainer: Debian Kernel Team <debian-kernel@lists.debian.org>\nDescription: a kernel\n' "$name" >"$tree/DEBIAN/control"
  cp "$vmlinux" "$tree/usr/lib/debug/boot/vmlinux-$release"
  [ $# -eq 0 ] || cp "$@" "$tree/usr/lib/debug/lib/modules/$release/kernel/"
  dpkg-deb --root-owner-group -Zgzip -z1 -b "$tree" "$t/packages/${name}_1-1_amd64.deb" >/dev/null
}
for n in $(seq 12); do
  deb "linux-image-$n-example-dbg" 6.12.0-example testdata/guide/vmlinux-6.12 testdata/guide/driver.ko testdata/guide/keeps.ko
done
kernel=$peers/k/612c
mapfile -t modules < <(find "$kernel/usr/lib/debug/lib/modules" -name '*.ko' | sort | awk 'NR % 300 == 1')
release=$(basename "$(realpath "$kernel/vmlinux")")
deb linux-image-real-dbg "${release#vmlinux-}" "$kernel/vmlinux" "${modules[@]}"
deb linux-image-cut-dbg 6.12.0-example testdata/guide/vmlinux-6.12
truncate -s 3000 "$t/packages/linux-image-cut-dbg_1-1_amd64.deb"

cat >"$t/slurm.conf" <<'EOF2'
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
StateSaveLocation=/w/ctld
SlurmdSpoolDir=/w/slurmd
SlurmctldPidFile=/w/slurmctld.pid
SlurmdPidFile=/w/slurmd.pid
SlurmctldLogFile=/w/log/slurmctld
SlurmdLogFile=/w/log/slurmd
SlurmctldPort=7817
SlurmdPort=7818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=localhost NodeHostname=localhost NodeAddr=127.0.0.1 CPUs=8 RealMemory=16000 State=UNKNOWN
PartitionName=all Nodes=localhost Default=YES MaxTime=INFINITE State=UP
EOF2

cat >"$t/run.sh" <<'EOF2'
set -euo pipefail
export SLURM_CONF=/w/slurm.conf
cd /w
say() { echo "test-slurm: $*"; }
fail() { echo "test-slurm: FAILED: $*" >&2; tail -n 20 log/*; exit 1; }
digest() { (cd "$1" && find . -type f ! -name '.*' | LC_ALL=C sort | xargs sha256sum | sha256sum); }
# Each task says how many of the packages it had. The package that is cut off makes one of them fail.
array() { # EXPECTED SBATCH-OPTION...
  local expected=$1 status=0
  shift
  rm -f log/task-*
  sbatch --wait --output=log/task-%a "$@" archive.sbatch >log/sbatch 2>&1 || status=$?
  [ "$(cat log/task-* | grep -c '^part ')" = "$expected" ] || fail "$*: not $expected tasks have said which part they did"
  return $status
}

mkdir -p ctld slurmd /run/munge
chown munge: /run/munge
dd if=/dev/urandom of=/etc/munge/munge.key bs=128 count=1 2>/dev/null
chown munge: /etc/munge/munge.key
chmod 400 /etc/munge/munge.key
runuser -u munge -- munged 2>/dev/null
echo CgroupPlugin=disabled >/w/cgroup.conf
slurmctld
slurmd -N localhost
for i in $(seq 100); do sinfo -h -o %T 2>/dev/null | grep -q idle && break; sleep 0.2; done
sinfo -h -o %T | grep -q idle || fail "no node is idle"

options="--layout=cas --modules"
gopahole archive run $options --max_memory=2G -o one packages >log/one 2>&1 && fail "the package that is cut off did not fail"
grep -q '1 of 14 packages failed' log/one || fail "one run: $(tail -n 1 log/one)"
want=$(digest one)

# Cut off in the middle, wherever that is: when the first files are there.
job=$(sbatch --parsable --output=log/cut-%a --export=ALL,PACKAGES=packages,DEST=many archive.sbatch)
for i in $(seq 600); do [ -z "$(find many -type f 2>/dev/null)" ] || break; sleep 0.05; done
scancel --signal=KILL --full "$job" || true
scancel "$job" || true
while squeue -h -j "$job" 2>/dev/null | grep -q .; do sleep 0.2; done
say "cut off: $(find many -type f 2>/dev/null | wc -l) of $(find one -type f | wc -l) files are there"

array 4 --export=ALL,PACKAGES=packages,DEST=many && fail "no task had the package that is cut off"
[ "$(digest many)" = "$want" ] || fail "four tasks have made something else than one run"
grep -h '^part ' log/task-* | sed 's/^/test-slurm: /'
[ "$(sed -n 's/^part .*: \([0-9]*\) of 14 inputs$/\1/p' log/task-* | paste -sd+ | xargs -I{} bash -c 'echo $(({}))')" = 14 ] || fail "the parts are not all of the work"
gopahole archive status $options many packages >log/status 2>&1 && fail "status does not tell of the package that failed"
grep -q 'linux-image-cut-dbg' log/status || fail "status: $(cat log/status)"
say "four tasks, cut off once: the same as one run"

# Again, with nothing to do; and in another place, parts 1 and 3 of four, which Slurm alone does not tell from others,
# and then the others.
array 4 --export=ALL,PACKAGES=packages,DEST=many || true
[ "$(digest many)" = "$want" ] || fail "doing it again changes something"
array 0 --array=1,3 --export=ALL,PACKAGES=packages,DEST=some && fail "tasks 1 and 3 do not know of how many, and do not say so"
grep -q 'not evenly spaced: set GOPAHOLE_SHARDS' log/task-1 || fail "task 1: $(cat log/task-1)"
for tasks in 1,3 0,2; do
  array 2 --array=$tasks --export=ALL,GOPAHOLE_SHARDS=4,PACKAGES=packages,DEST=some || true
done
[ "$(digest some)" = "$want" ] || fail "two and two tasks have made something else than one run"
say "again, and in two arrays: the same"
scancel --user=root 2>/dev/null || true
EOF2
chmod +x "$t/run.sh"

# Daemons end with their namespace.
unshare --mount --pid --fork --uts --kill-child bash -c '
  hostname localhost
  mount -t proc proc "$1/proc"
  mount -t sysfs -o ro sysfs "$1/sys"
  mount --bind /dev "$1/dev"
  exec timeout 600 chroot "$1" bash /w/run.sh' test-slurm "$at" || fail "see above"
say passed
