package memory

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
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

// TestDefault: the limit goes by the input, and by what the system has.
func TestDefault(t *testing.T) {
	a := account{Policy: Policy{System: func() int64 { return 8 << 30 }}}
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
	if s, err := TryMake[uint64](3, 5, "x"); len(s) != 3 || cap(s) != 5 || err != nil {
		t.Errorf("%d of %d, %v", len(s), cap(s), err)
	}
	if _, err := TryMake[uint64](0, math.MaxInt/4, "x"); err == nil {
		t.Error("what no machine has was made")
	}
}

const childEnv = "MEMORY_TEST"

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
	policy := Policy{
		System: func() int64 { return Unlimited },
		Near:   func(limit int64) { debug.SetMemoryLimit(limit) }, // otherwise one collection is late
	}
	if mode == "fatal" { // elsewhere it would come before the loop looks, if others have the processors
		policy.Fatal = func(err error) {
			fmt.Println(err)
			os.Exit(7)
		}
	}
	Enable(policy)
	Set(64 << 20)
	var kept [][]byte
	grow := func(n int) {
		for range n {
			kept = append(kept, make([]byte, 64<<10))
		}
	}
	switch mode {
	case "make":
		s, err := TryMake[uint32](0, 10<<20, "a table")
		if err != nil {
			t.Fatal(err)
		}
		_, err = TryMake[uint32](0, 10<<20, "a second table")
		var e *Error
		if !errors.As(err, &e) || e.Need != 40<<20 || e.Limit != 64<<20 || e.Used < 40<<20 {
			t.Fatalf("%#v", err)
		}
		if want := "a second table: needs 40 MiB of memory, of the limit of 64 MiB there are "; !strings.HasPrefix(err.Error(),
			want) || !strings.Contains(err.Error(), "--max_memory=8") {
			t.Error(err)
		}
		runtime.KeepAlive(s)
		if _, err = TryMake[uint32](0, 10<<20, "a third table"); err != nil { // the first one is garbage now
			t.Error(err)
		}
		if _, err = TryMake[[1 << 20]byte](0, math.MaxInt>>10, "too much"); err == nil || !strings.Contains(err.Error(), "more memory than there can be") {
			t.Error(err)
		}
	case "grow":
		grow(900) // nobody asks for this
		if err := Err(); err != nil {
			t.Errorf("56 MiB: %v", err)
		}
		grow(300)
		// The look at memory comes after a collection, whenever its goroutine gets a processor.
		for end := time.Now().Add(time.Minute); Err() == nil && time.Now().Before(end); time.Sleep(time.Millisecond) {
			runtime.GC()
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
