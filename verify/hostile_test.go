package verify_test

import (
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/verify"
)

// TestHostile has BTF that is made to take long. Each has some megabytes, and a
// judge that is not linear in them would not end within the test's time.
func TestHostile(t *testing.T) {
	n := uint32(100_000)
	if testing.Short() {
		n = 10_000
	}
	long := strings.Repeat("x", 511)
	for _, tc := range []struct {
		name string
		make func(b *builder)
	}{
		{"one long name for all values", func(b *builder) {
			off := b.s(long)
			for range n / 1000 {
				b.words = append(b.words, 0, info(btf.KindEnum, 1000), 4)
				for range 1000 {
					b.words = append(b.words, off, 0)
				}
			}
		}},
		{"a chain to earlier types, and pointers to its end", func(b *builder) {
			b.int("int", 4)
			for i := range n {
				b.constant(i + 1)
			}
			for range n {
				b.ptr(n + 1)
			}
		}},
		{"structs with a lock, 30 deep, with two members each", func(b *builder) {
			b.int("int", 4)
			b.structure("bpf_spin_lock", 4)
			b.structure("s", 4, m("x", 1, 0))
			for i := range uint32(30) {
				b.structure("s", 1<<31, m("a", i+3, 0), m("b", i+3, 1<<30), m("lock", 2, 1<<31-32))
			}
		}},
		{"prototypes with the same late argument", func(b *builder) {
			for range n / 100 {
				b.words = append(b.words, 0, info(btf.KindFuncProto, 100), 0)
				for range 100 {
					b.words = append(b.words, 0, n/100+1)
				}
			}
			b.int("int", 4)
		}},
		{"names that almost fit another base", func(b *builder) {
			for range n {
				b.fwd("a", false)
			}
			for i := range n {
				b.words[3*i] += 1000
			}
			b.words[0]++
		}},
		{"tags without an end in front of many pointers", func(b *builder) {
			b.int("int", 4)
			for i := range n {
				b.tag("t", i+1)
			}
			for range n {
				b.ptr(n + 1)
			}
			b.structure("s", 8, m("p", 2*n+1, 0))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBuilder()
			tc.make(b)
			raw := b.blob()
			base := newBuilder()
			base.int("int", 4)
			for _, v := range allRules {
				known, _ := verify.NewBase(base.blob(), verify.Options{Release: v})
				check(t, asKernel(raw, nil, v))
				check(t, asProgram(raw, v))
				check(t, asKernel(raw, known, v))
			}
			verify.GuessOrigin(raw)
		})
	}
}
