package reloc

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
)

// merge merges the strings of a section.
func merge(t testing.TB, section string) *Strings {
	t.Helper()
	s, err := MergeStrings(new(Storage), uint64(len(section)), func(p []byte, off uint64) error {
		if n := copy(p, section[off:]); n < len(p) {
			return fmt.Errorf("%d bytes at %#x, the section has %d", len(p), off, len(section))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// checkStrings checks that every offset of a section gives the same text as before.
func checkStrings(t *testing.T, section string) {
	t.Helper()
	s := merge(t, section)
	first := map[string]uint64{}
	start := 0
	for off := range len(section) {
		if len(section) > stringChunk && section[off] != 0 && off != start && off%4999 != 0 {
			continue // too many for each
		}
		want, _, terminated := strings.Cut(section[off:], "\x00")
		merged, ok := s.Offset(uint64(off))
		if !ok || merged < uint64(len(section)) {
			t.Fatalf("%.50q+%#x: %#x, %v", section, off, merged, ok)
		}
		text, ok := s.Text(merged)
		if got, _, end := bytes.Cut(text, []byte{0}); !ok || string(got) != want || end != terminated {
			t.Fatalf("%.50q+%#x: %.50q, %v, want %.50q", section, off, got, end, want)
		}
		if off == start && terminated {
			if f, ok := first[want]; ok && f != merged {
				t.Fatalf("%.50q+%#x: %.50q is at two offsets", section, off, want)
			}
			first[want] = merged
		}
		if section[off] == 0 {
			start = off + 1
		}
	}
	if _, ok := s.Offset(uint64(len(section))); ok {
		t.Errorf("%.50q: an offset past the end", section)
	}
}

func TestMergeStrings(t *testing.T) {
	long := strings.Repeat("long", stringChunk/3)
	for _, section := range []string{
		"a\x00", "\x00", "\x00\x00\x00", "int\x00list\x00int\x00", "int\x00list", "no end", "a\x00\x00a\x00",
		"int\x00" + long + "\x00int\x00" + long + "\x00x", // longer than what is read at once
		strings.Repeat("x", stringChunk-1) + "\x00y\x00", strings.Repeat("x", stringChunk) + "\x00y\x00",
		strings.Repeat("ab\x00", stringChunk) + "rest",
	} {
		checkStrings(t, section)
	}
}

// TestMergeManyStrings has enough strings for all tables to grow.
func TestMergeManyStrings(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for range 100_000 {
		fmt.Fprintf(&b, "%d\x00", rnd.IntN(20_000))
	}
	checkStrings(t, b.String())
	if s := merge(t, b.String()); len(s.text) > 20_000*7 {
		t.Errorf("%d bytes of text for 20,000 strings", len(s.text))
	}
}

func FuzzMergeStrings(f *testing.F) {
	f.Add([]byte("int\x00list\x00int\x00rest"))
	f.Fuzz(func(t *testing.T, section []byte) { checkStrings(t, string(section)) })
}

func BenchmarkMergeStrings(b *testing.B) {
	var text strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&text, "some_usual_name_%d\x00", i%20_000)
	}
	section := text.String()
	b.SetBytes(int64(len(section)))
	b.ReportAllocs()
	for b.Loop() {
		merge(b, section)
	}
}

// TestRank: starts are counted up to any pair of words, in groups that are full and in
// the last one, which may have fewer words.
func TestRank(t *testing.T) {
	full := ^uint64(0)
	for _, before := range []uint32{0, 1000, MaxStrings - 512} {
		for _, words := range [][]uint64{{}, {1}, {full, full, full}, {full, full, full, full, full, full, full, full}, {5, 0, full, 0, 1, 2, 1 << 63, 9}} {
			r, end := rankOf(words, before)
			want := before
			if got := r.group(); got != want {
				t.Errorf("%#x after %d: %d", words, before, got)
			}
			for i, w := range words {
				if got := r.pair(uint64(i / 2)); i%2 == 0 && got != want {
					t.Errorf("%#x after %d: %d before word %d, want %d", words, before, got, i, want)
				}
				want += uint32(bits.OnesCount64(w))
			}
			if end != want {
				t.Errorf("%#x after %d: %d in the end, want %d", words, before, end, want)
			}
		}
	}
}

// More texts than 16 bits can number, and fewer in the same memory.
func TestManyStrings(t *testing.T) {
	var m Storage
	for _, n := range []int{10, 70_000, 9, 66_000} {
		var section []byte
		var starts []uint64
		for i := range 2 * n { // each twice
			starts = append(starts, uint64(len(section)))
			section = fmt.Appendf(section, "%d\x00", i%n)
		}
		s, err := MergeStrings(&m, uint64(len(section)), func(p []byte, off uint64) error {
			copy(p, section[off:])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, start := range starts {
			merged, ok := s.Offset(start)
			first, _ := s.Offset(starts[i%n])
			if text, _ := s.Text(merged); !ok || merged != first || !bytes.HasPrefix(text, fmt.Appendf(nil, "%d\x00", i%n)) {
				t.Fatalf("%d of %d: offset %d, of the first one %d, %.10q", i, n, merged, first, text)
			}
		}
		m.TakeBack(s)
	}
}
