package hugepage

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestAdvice: the kernel notes the advice in the flags of the mapping (proc(5),
// smaps: "hg").
func TestAdvice(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this kernel has no transparent huge pages")
	}
	s := Make[byte](0, 9<<20)
	first := reflect.ValueOf(s).Pointer()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	flags := func(addr uintptr) string {
		inside := false
		for line := range strings.Lines(string(maps)) {
			var from, to uintptr
			if n, _ := fmt.Sscanf(line, "%x-%x ", &from, &to); n == 2 {
				inside = from <= addr && addr < to
			}
			if rest, ok := strings.CutPrefix(line, "VmFlags:"); ok && inside {
				return rest
			}
		}
		return ""
	}
	for _, at := range []uintptr{0, 5 << 20, 9<<20 - 1} {
		if f := flags(first + at); !strings.Contains(f, " hg") {
			t.Errorf("byte %#x of the slice: flags of the mapping %q", at, f)
		}
	}
}
