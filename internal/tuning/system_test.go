package tuning

import (
	"slices"
	"testing"
)

// files stands for /proc and /sys.
type files map[string]string

func (f files) read(name string) string { return f[name] }

func TestCgroupLimits(t *testing.T) {
	const v1 = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	const v2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
	for _, c := range []struct {
		name  string
		files files
		want  []int64
	}{
		{"nothing", files{}, nil},
		{"version 2, each group on the path counts", files{
			"/proc/self/cgroup": "0::/a.slice/b.service\n", "/proc/self/mountinfo": v2,
			"/sys/fs/cgroup/a.slice/b.service/memory.max": "max\n", "/sys/fs/cgroup/a.slice/memory.max": "4096\n",
			"/sys/fs/cgroup/a.slice/b.service/memory.high": "8192\n", "/sys/fs/cgroup/other/memory.max": "1\n",
		}, []int64{4096, 8192}},
		{"version 1", files{
			"/proc/self/cgroup": "5:cpu,cpuacct:/z\n4:memory:/x/y\n0::/\n", "/proc/self/mountinfo": v1,
			"/sys/fs/cgroup/memory/x/y/memory.limit_in_bytes": "9223372036854771712\n", "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "5000\n",
			"/sys/fs/cgroup/memory/z/memory.limit_in_bytes": "1\n",
		}, []int64{5000}},
		{"both", files{
			"/proc/self/cgroup": "4:memory:/x\n0::/y\n", "/proc/self/mountinfo": v1 + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "5000\n", "/sys/fs/cgroup/unified/y/memory.max": "6000\n",
		}, []int64{5000, 6000}},
		{"a container that sees its part of the tree", files{
			"/proc/self/cgroup": "4:memory:/docker/abc/in\n", "/proc/self/mountinfo": "35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
			"/sys/fs/cgroup/memory/memory.limit_in_bytes": "7000\n", "/sys/fs/cgroup/memory/in/memory.limit_in_bytes": "6000\n",
		}, []int64{6000, 7000}},
		{"a group beside that part", files{
			"/proc/self/cgroup": "0::/../other\n", "/proc/self/mountinfo": v2, "/sys/fs/cgroup/memory.max": "7000\n",
		}, []int64{7000}},
		{"lines that are no mounts", files{
			"/proc/self/cgroup": "x\n::\n0::/\n", "/proc/self/mountinfo": "a b - c\n - \n1 2 3 4 5 - cgroup2\n" + v2, "/sys/fs/cgroup/memory.max": "0\n",
		}, nil},
	} {
		got := cgroupLimits(c.files.read)
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// Of a small system more is left than a quarter, and half at the most.
func TestShareOf(t *testing.T) {
	const mb = 1 << 20
	for system, want := range map[int64]int64{
		0: mb, mb: mb, 20 * mb: 10 * mb, 32 * mb: 16 * mb, 40 * mb: 24 * mb, 64 * mb: 48 * mb, 128 * mb: 96 * mb, 1 << 40: 3 << 38,
	} {
		if got := shareOf(system); got != want {
			t.Errorf("of %d bytes: %d, want %d", system, got, want)
		}
	}
}
