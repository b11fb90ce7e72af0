package tuning

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/memory"
)

// The heap goes on with huge pages.
func TestSkipTouched(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this kernel has no transparent huge pages")
	}
	checkAdvice(t, "step", skipTouched(), step)
}

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

	memory.OnSparse(adviseSparse)
	room := memory.NewSparse(3 << 20)
	sparse := memory.MakeSparse[byte](room, 3<<20, 3<<20)
	checkFlag(t, "sparse tables", "nh", reflect.ValueOf(sparse).Pointer(), 3<<20)
}

// What was asked for is not asked for again.
func TestSteps(t *testing.T) {
	var s steps
	for _, tt := range []struct {
		from, to uintptr
		first    bool
		all      int
	}{{4, 6, true, 2}, {4, 6, false, 2}, {5, 6, false, 2}, {5, 8, false, 4}, {2, 5, true, 6}, {1, 10, true, 9}, {20, 21, true, 10}, {4, 6, false, 10}} {
		const nowhere = ^uintptr(0) &^ (64*step - 1) // on machines of 32 bits as well
		if first := s.ask(nowhere+tt.from*step, nowhere+tt.to*step); first != tt.first || len(s.all) != tt.all {
			t.Errorf("%d to %d: first %v, %d in all; want %v, %d", tt.from, tt.to, first, len(s.all), tt.first, tt.all)
		}
	}
}

func checkAdvice(t *testing.T, what string, addr, n uintptr) {
	t.Helper()
	checkFlag(t, what, "hg", addr, n)
}

// checkFlag looks at the flags where n bytes begin, in their middle and where they
// end.
func checkFlag(t *testing.T, what, flag string, addr, n uintptr) {
	t.Helper()
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
		if f := flags(addr + at); !strings.Contains(f, " "+flag) {
			t.Errorf("byte %#x of the %s: flags of the mapping %q", at, what, f)
		}
	}
}
