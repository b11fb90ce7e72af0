package memlimit

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64 // 0 for an error
	}{
		{"512M", 512 << 20}, {"2G", 2 << 30}, {"1.5g", 3 << 29}, {"4096K", 4 << 20}, {"1T", 1 << 40}, {"1048576", 1 << 20},
		{"none", Unlimited}, {"99999999T", Unlimited},
		{"", 0}, {"0", 0}, {"1", 0}, {"1000K", 0}, {"-1G", 0}, {"1GB", 0}, {"G", 0}, {"NaN", 0}, {"Inf", 0}, {"1e9", 0}, {"0x10G", 0}, {"1..2G", 0}, {" 1G", 0},
	} {
		got, err := Parse(c.text)
		if got != c.want || (err == nil) != (c.want != 0) {
			t.Errorf("%q: %d, %v", c.text, got, err)
		}
		if err == nil && got != Unlimited {
			if again, err := Parse(FormatOption(got)); again < got || err != nil {
				t.Errorf("%q is written as %s", c.text, FormatOption(got))
			}
		}
	}
}

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

// TestDefault: the limit goes by the input, and by what the system has.
func TestDefault(t *testing.T) {
	a := account{system: func() int64 { return 8 << 30 }}
	for _, c := range []struct{ input, want int64 }{{0, 1 << 30}, {100 << 20, 1<<30 + 1600<<20}, {4 << 30, 8 << 30}, {math.MaxInt64, 8 << 30}} {
		a.input.Store(c.input)
		if got := a.limit(); got != c.want {
			t.Errorf("input of %d bytes: %d, want %d", c.input, got, c.want)
		}
	}
	a.given.Store(5 << 20)
	if got := a.limit(); got != 5<<20 {
		t.Errorf("%d instead of what the user says", got)
	}
}

// TestLibrary: nobody is refused anything in a program that has not asked for it.
func TestLibrary(t *testing.T) {
	if os.Getenv(childEnv) != "" {
		t.Skip("this process has a limit")
	}
	if err := Need(1<<60, "x"); err != nil || Limit() != Unlimited || Err() != nil {
		t.Errorf("%v, limit %d", err, Limit())
	}
	if s, err := Make[uint64](3, 5, "x"); len(s) != 3 || cap(s) != 5 || err != nil {
		t.Errorf("%d of %d, %v", len(s), cap(s), err)
	}
	if _, err := Make[uint64](0, math.MaxInt/4, "x"); err == nil {
		t.Error("what no machine has was made")
	}
}

const childEnv = "MEMLIMIT_TEST"

// TestProcess runs TestLimited in processes of their own, as the limit is for a process.
func TestProcess(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"make", "grow", "fatal"} {
		cmd := exec.Command(self, "-test.run=^TestLimited$", "-test.v")
		cmd.Env = append(os.Environ(), childEnv+"="+mode)
		out, err := cmd.CombinedOutput()
		ended := errors.As(err, new(*exec.ExitError)) && cmd.ProcessState.ExitCode() == 7
		if (mode == "fatal") != ended || mode != "fatal" && (err != nil || !strings.Contains(string(out), "--- PASS: TestLimited")) {
			t.Errorf("%s: %v\n%s", mode, err, out)
		}
	}
}

func TestLimited(t *testing.T) {
	mode := os.Getenv(childEnv)
	if mode == "" {
		t.Skip("run by TestProcess")
	}
	Enable(func(err error) {
		fmt.Println(err)
		os.Exit(7)
	})
	Set(64 << 20)
	var kept [][]byte
	grow := func(n int) {
		for range n {
			kept = append(kept, make([]byte, 64<<10))
		}
	}
	switch mode {
	case "make":
		s, err := Make[uint32](0, 10<<20, "a table")
		if err != nil {
			t.Fatal(err)
		}
		_, err = Make[uint32](0, 10<<20, "a second table")
		var e *Error
		if !errors.As(err, &e) || e.Need != 40<<20 || e.Limit != 64<<20 || e.Used < 40<<20 {
			t.Fatalf("%#v", err)
		}
		if want := "a second table: needs 40 MiB of memory, of the limit of 64 MiB there are "; !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "--max_memory=8") {
			t.Error(err)
		}
		runtime.KeepAlive(s)
		if _, err = Make[uint32](0, 10<<20, "a third table"); err != nil { // the first one is garbage now
			t.Error(err)
		}
		if _, err = Make[[1 << 20]byte](0, math.MaxInt>>10, "too much"); err == nil || !strings.Contains(err.Error(), "more memory than there can be") {
			t.Error(err)
		}
	case "grow":
		for range 3000 { // nobody asks for this
			if grow(1); Err() != nil {
				break
			}
		}
		if len(kept) == 3000 || len(kept) < 900 {
			t.Errorf("%d pieces, %v", len(kept), Err())
		}
		if err := Err(); err == nil || !strings.Contains(err.Error(), "limit of 64 MiB") {
			t.Error(err)
		}
		if Reset() {
			t.Error("nothing was given back")
		}
		runtime.KeepAlive(kept)
		if kept = nil; !Reset() || Err() != nil {
			t.Errorf("%v, although all was given back", Err())
		}
	case "fatal":
		for range 1 << 20 {
			grow(1)
		}
		runtime.KeepAlive(kept)
	}
}
