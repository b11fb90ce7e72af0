package tuning

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/memory"
)

// TestAdvice: the kernel notes the advice in the flags of the mapping (proc(5),
// smaps: "hg").
func TestAdvice(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this kernel has no transparent huge pages")
	}
	memory.OnLarge(advise)
	s := memory.Make[byte](0, 9<<20)
	checkAdvice(t, "slice", reflect.ValueOf(s).Pointer(), 9<<20)

	var b strings.Builder
	b.Grow(70 << 20) // where no slice is
	b.WriteByte('x')
	advise(reflect.ValueOf(b.String()).Pointer(), 70<<20)
	checkAdvice(t, "string", reflect.ValueOf(b.String()).Pointer(), 70<<20)

	hugePages(200 << 20)
	plain := make([]byte, 150<<20)
	const other = 32 << 20 // it may begin where memory was free before
	checkAdvice(t, "heap", reflect.ValueOf(plain[other:]).Pointer(), 150<<20-other)
}

// checkAdvice looks at the flags where n bytes begin, in their middle and where they
// end.
func checkAdvice(t *testing.T, what string, addr, n uintptr) {
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
	for _, at := range []uintptr{0, n / 2, n - 1} {
		if f := flags(addr + at); !strings.Contains(f, " hg") {
			t.Errorf("byte %#x of the %s: flags of the mapping %q", at, what, f)
		}
	}
}
