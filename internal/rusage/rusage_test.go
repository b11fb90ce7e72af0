package rusage

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
)

// TestUsage: the peak is in bytes. A process that runs Go code has some megabytes, and nowhere near a terabyte.
func TestUsage(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "plan9" {
		t.Skipf("%s does not say it in this way", runtime.GOOS)
	}
	plausible := func(name string, u Usage, ok bool) {
		if !ok || u.CPU < 0 || u.Peak < 1<<20 || u.Peak > 1<<40 {
			t.Errorf("%s: %+v, %v", name, u, ok)
		}
	}
	u, ok := Self()
	plausible("this process", u, ok)
	cmd := exec.Command(os.Args[0], "-test.run", "^$")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	u, ok = Of(cmd.ProcessState)
	plausible("a child", u, ok)
	u, ok = Children()
	plausible("all children", u, ok)
}
