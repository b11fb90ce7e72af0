package relocate_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/relocate"
)

// loose makes types that btf.Parse may refuse. Strings come with their NUL
// bytes; the base's are before them.
func loose(t testing.TB, base *btf.Types, strs string, records ...[]uint32) *btf.Types {
	t.Helper()
	words := slices.Concat(records...)
	raw := []byte{0x9f, 0xeb, 1, 0}
	for _, w := range append([]uint32{24, 0, uint32(4 * len(words)), uint32(4 * len(words)), uint32(len(strs))}, words...) {
		raw = binary.LittleEndian.AppendUint32(raw, w)
	}
	types, err := btf.ParseLoose(append(raw, strs...), base)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

func rec(name uint32, kind btf.Kind, vlen int, words ...uint32) []uint32 {
	return append([]uint32{name, btf.Info(kind, vlen, false)}, words...)
}

func check(t testing.TB, split, target *btf.Types) *relocate.Result {
	t.Helper()
	r, err := relocate.Check(split, relocate.NewTarget(target))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func defects(r *relocate.Result) []relocate.DefectKind {
	var kinds []relocate.DefectKind
	for _, d := range r.Defects {
		kinds = append(kinds, d.Kind)
	}
	return kinds
}

const fooBase = "[1] STRUCT 'foo' size=4 vlen=0\n"

// TestHostile has split types that a kernel loads and relocation cannot live
// with. The distilled base is one struct, foo, whose name is at offset 1.
func TestHostile(t *testing.T) {
	const foo = 1
	for _, tc := range []struct {
		name    string
		split   [][]uint32
		outcome relocate.Outcome
		why     string
		defects []relocate.DefectKind
	}{
		{
			"pointer to nothing",
			[][]uint32{rec(0, btf.KindPtr, 0, 9)},
			relocate.Crashes, "[2]: refers to [9], which does not exist",
			[]relocate.DefectKind{relocate.DanglingID},
		},
		{
			"largest ID",
			[][]uint32{rec(0, btf.KindPtr, 0, 1<<32-1)},
			relocate.Crashes, "[2]: refers to [4294967295]",
			[]relocate.DefectKind{relocate.DanglingID},
		},
		{
			"member of nothing",
			[][]uint32{rec(0, btf.KindStruct, 1, 4, 0, 7, 0)},
			relocate.Crashes, "[2]: the member of type [7] leads to a type that does not exist",
			[]relocate.DefectKind{relocate.DanglingID},
		},
		{
			"member of an array of nothing",
			[][]uint32{rec(0, btf.KindArray, 0, 0, 7, 1, 1), rec(0, btf.KindUnion, 1, 4, 0, 2, 0)},
			relocate.Crashes, "[3]: the member of type [2] leads to a type that does not exist",
			[]relocate.DefectKind{relocate.DanglingID},
		},
		{
			"array of itself in a struct",
			[][]uint32{rec(0, btf.KindArray, 0, 0, 2, 2, 1), rec(0, btf.KindStruct, 1, 4, 0, 2, 0)},
			relocate.Hangs, "[3]: the member of type [2] is one of itself",
			[]relocate.DefectKind{relocate.Endless},
		},
		{
			"typedef and array of each other, and a way to them",
			[][]uint32{
				rec(foo, btf.KindTypedef, 0, 3), rec(0, btf.KindArray, 0, 0, 2, 1, 1), rec(0, btf.KindConst, 0, 2),
				rec(0, btf.KindStruct, 2, 8, 0, 1, 0, 0, 4, 32),
			},
			relocate.Hangs, "[5]: the member of type [4] is one of itself",
			[]relocate.DefectKind{relocate.Endless, relocate.Endless, relocate.Endless},
		},
		{
			"array of itself that no struct holds",
			[][]uint32{rec(0, btf.KindArray, 0, 0, 2, 2, 1), rec(0, btf.KindStruct, 1, 8, 0, 4, 0), rec(0, btf.KindPtr, 0, 2)},
			relocate.Relocates, "",
			[]relocate.DefectKind{relocate.Endless},
		},
		{
			"struct of itself",
			[][]uint32{rec(0, btf.KindStruct, 1, 4, 0, 2, 0)},
			relocate.Relocates, "", nil,
		},
		{
			"the first of two ends counts",
			[][]uint32{
				rec(0, btf.KindArray, 0, 0, 2, 2, 1), rec(0, btf.KindStruct, 1, 4, 0, 2, 0), rec(0, btf.KindStruct, 1, 4, 0, 9, 0),
			},
			relocate.Hangs, "[3]: the member of type [2] is one of itself",
			[]relocate.DefectKind{relocate.DanglingID, relocate.Endless},
		},
		{
			"parameter with a name outside the strings",
			[][]uint32{rec(0, btf.KindFuncProto, 1, 0, 1000, 1)},
			relocate.Relocates, "",
			[]relocate.DefectKind{relocate.DanglingName},
		},
		{
			"function of a struct",
			[][]uint32{rec(foo, btf.KindFunc, 0, 1)},
			relocate.Relocates, "", nil,
		},
		{
			"no room for what a member is",
			[][]uint32{rec(0, btf.KindStruct, 2, 8, 0, 1, 0, 0, 1, 16)},
			relocate.Relocates, "",
			[]relocate.DefectKind{relocate.Overlap},
		},
		{
			"no room for an array at the end",
			[][]uint32{rec(0, btf.KindStruct, 1, 8, 0, 3, 0), rec(0, btf.KindArray, 0, 0, 1, 1, 3)},
			relocate.Relocates, "",
			[]relocate.DefectKind{relocate.Overlap},
		},
		{
			"no room in a union",
			[][]uint32{rec(0, btf.KindUnion, 2, 2, 0, 1, 0, 0, 1, 0)},
			relocate.Relocates, "",
			[]relocate.DefectKind{relocate.Overlap, relocate.Overlap},
		},
		{
			"arrays of more than there is",
			[][]uint32{
				rec(0, btf.KindArray, 0, 0, 1, 1, 1<<32-1), rec(0, btf.KindArray, 0, 0, 2, 1, 1<<32-1), rec(0, btf.KindArray, 0, 0, 3, 1, 1<<32-1),
				rec(0, btf.KindStruct, 1, 1<<32-1, 0, 4, 0),
			},
			relocate.Relocates, "",
			[]relocate.DefectKind{relocate.Overlap},
		},
		{
			"just enough room",
			[][]uint32{
				rec(0, btf.KindArray, 0, 0, 1, 1, 3), rec(0, btf.KindArray, 0, 0, 1, 1, 0),
				rec(0, btf.KindStruct, 4, 20, 0, 1, 0, 0, 2, 32, 0, 1, 128, 0, 3, 160),
			},
			relocate.Relocates, "", nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base := goldentest.Parse(t, fooBase, nil)
			target := goldentest.Parse(t,
				"[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] STRUCT 'foo' size=4 vlen=1\n\t'm' type_id=1 bits_offset=0\n",
				nil)
			split := loose(t, base, "", tc.split...)
			r := check(t, split, target)
			if r.Outcome != tc.outcome || !strings.HasPrefix(r.Why, tc.why) || tc.why == "" && r.Why != "" || r.Refusal != nil {
				t.Errorf("%v: %q, %v", r.Outcome, r.Why, r.Refusal)
			}
			if got := defects(r); !slices.Equal(got, tc.defects) {
				t.Errorf("defects %v, want %v\n%s", got, tc.defects, text(r))
			}
			moved, err := relocate.Relocate(split, relocate.NewTarget(target))
			switch {
			case split.CheckRecords() != nil:
				if !errors.As(err, new(*btf.ParseError)) {
					t.Errorf("Relocate: %v", err)
				}
			case tc.outcome != relocate.Relocates:
				if stop := new(relocate.StopError); !errors.As(err, &stop) || stop.Outcome != tc.outcome {
					t.Errorf("Relocate: %v", err)
				}
			case err != nil || moved == nil:
				t.Errorf("Relocate: %v", err)
			}
		})
	}
}

// The order of errors: what a kernel does first hides the rest.
func TestErrorsInOrder(t *testing.T) {
	target := goldentest.Parse(t, "[1] STRUCT 'foo' size=4 vlen=0\n", nil)
	twice := goldentest.Parse(t, "[1] STRUCT 'foo' size=4 vlen=0\n[2] FWD 'foo' fwd_kind=struct\n", nil)
	invalid := goldentest.Parse(t, fooBase+"[2] CONST '(anon)' type_id=1\n", nil)
	missing := goldentest.Parse(t, fooBase+"[2] FLOAT 'bar' size=4\n", nil)
	good := goldentest.Parse(t, fooBase, nil)
	loop := func(first uint32) [][]uint32 {
		return [][]uint32{rec(0, btf.KindArray, 0, 0, first, 1, 1), rec(0, btf.KindStruct, 1, 4, 0, first, 0)}
	}
	dangling := [][]uint32{rec(0, btf.KindPtr, 0, 100), rec(2, btf.KindTypedef, 0, 0)}
	for _, tc := range []struct {
		name   string
		base   *btf.Types
		split  [][]uint32
		target *btf.Types
		want   string
	}{
		{"an invalid base before endless members", invalid, loop(3), twice, "refused type [2] in distilled based BTF has unexpected kind [10]"},
		{"endless members before ambiguity", good, loop(2), twice, "hangs"},
		{"endless members before what is missing", missing, loop(3), target, "hangs"},
		{"ambiguity before dangling IDs", good, dangling, twice,
			"refused distilled base BTF type 'foo' [1], size 0 has multiple candidates of the same size (ids [2, 1]) in base BTF"},
		{"what is missing before dangling IDs", missing, dangling, target, "refused distilled base BTF type 'bar' [2] is not mapped to base BTF id"},
		{"dangling IDs before strings", good, dangling, target, "crashes"},
		{"strings", good, dangling[1:], target, "refused string '' [offset 2] is not mapped to base BTF"},
	} {
		r := check(t, loose(t, tc.base, "", tc.split...), tc.target)
		got := r.Outcome.String()
		if r.Refusal != nil {
			got += " " + r.Refusal.Message
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// TestStrings has names that relocation finds no new offset for. The distilled
// strings are "", foo and alone.
func TestStrings(t *testing.T) {
	base := loose(t, nil, "\x00foo\x00alone\x00", rec(1, btf.KindStruct, 0, 4))
	target := goldentest.Parse(t, fooBase, nil)
	for _, tc := range []struct {
		name  string
		rec   []uint32
		off   int
		name2 string
	}{
		{"a string that is not the name of a type", rec(5, btf.KindTypedef, 0, 1), 5, "alone"},
		{"a part of a name", rec(2, btf.KindTypedef, 0, 1), 2, "oo"},
		{"the end of a name", rec(4, btf.KindTypedef, 0, 1), 4, ""},
		{"of a member", rec(0, btf.KindStruct, 1, 4, 5, 1, 0), 5, "alone"},
	} {
		r := check(t, loose(t, base, "", tc.rec), target)
		want := fmt.Sprintf("string '' [offset %d] is not mapped to base BTF", tc.off)
		if r.Outcome != relocate.Refused || r.Refusal.Errno != kernel.ENOENT || r.Refusal.Message != want || r.Refusal.ID != 2 {
			t.Errorf("%s: %v: %+v", tc.name, r.Outcome, r.Refusal)
		}
		if len(r.Defects) != 1 || !strings.Contains(r.Defects[0].Text, "'"+tc.name2+"'") {
			t.Errorf("%s: defects %v", tc.name, r.Defects)
		}
	}
}

// A type of the target with a name that is empty is taken for void.
func TestEmptyName(t *testing.T) {
	base := goldentest.Parse(t, fooBase, nil)
	split := goldentest.Parse(t, "[2] PTR '(anon)' type_id=1\n", base)
	for _, tc := range []struct{ name, target, want string }{
		{"forward declaration", "[1] STRUCT 'foo' size=4 vlen=0\n[2] FWD '' fwd_kind=struct\n", "base BTF id [2] maps to invalid distilled base BTF id [0]"},
		{"struct", "[1] STRUCT '' size=4 vlen=0\n[2] STRUCT 'foo' size=4 vlen=0\n", "base BTF id [1] maps to invalid distilled base BTF id [0]"},
		{"scalar of a size that void does not have", "[1] FLOAT '' size=4\n[2] STRUCT 'foo' size=4 vlen=0\n", ""},
		{"scalar without a size", "[1] FLOAT '' size=0\n[2] STRUCT 'foo' size=4 vlen=0\n", "base BTF id [1] maps to invalid distilled base BTF id [0]"},
		{"behind an ambiguity",
			"[1] STRUCT 'foo' size=4 vlen=0\n[2] FWD 'foo' fwd_kind=struct\n[3] FWD '' fwd_kind=struct\n",
			"distilled base BTF type 'foo' [1], size 0 has multiple candidates of the same size (ids [2, 1]) in base BTF"},
	} {
		r := check(t, split, goldentest.Parse(t, tc.target, nil))
		got := ""
		if r.Refusal != nil {
			got = r.Refusal.Message
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// Of distilled types that are equal in name and size, the kernel's sort decides
// which one an error is about (see TestKernelSort).
func TestTies(t *testing.T) {
	for _, tc := range []struct{ n, want int }{{2, 1}, {3, 3}, {4, 3}, {5, 3}} {
		var base strings.Builder
		for i := range tc.n {
			fmt.Fprintf(&base, "[%d] STRUCT 'foo' size=4 vlen=0\n", i+1)
		}
		split := goldentest.Parse(t, fmt.Sprintf("[%d] PTR '(anon)' type_id=1\n", tc.n+1), goldentest.Parse(t, base.String(), nil))
		r := check(t, split, goldentest.Parse(t, "[1] FWD 'foo' fwd_kind=struct\n[2] FWD 'foo' fwd_kind=struct\n", nil))
		if r.Refusal == nil || int(r.Refusal.ID) != tc.want {
			t.Errorf("%d equal types: %v", tc.n, r.Refusal)
		}
	}
}

func TestNothingToRelocate(t *testing.T) {
	base := goldentest.Parse(t, fooBase, nil)
	split := goldentest.Parse(t, "[2] PTR '(anon)' type_id=1\n", base)
	target := relocate.NewTarget(base)
	if _, err := relocate.Check(base, target); !errors.Is(err, relocate.ErrNotSplit) {
		t.Errorf("no base: %v", err)
	}
	if _, err := relocate.Relocate(base, target); !errors.Is(err, relocate.ErrNotSplit) {
		t.Errorf("no base: %v", err)
	}
	if _, err := relocate.Check(goldentest.Parse(t, "", split), target); !errors.Is(err, relocate.ErrSplitBase) {
		t.Errorf("split base: %v", err)
	}
	if r := check(t, split, base); r.Refusal == nil || r.Refusal.Errno != kernel.EINVAL || r.Refusal.Message != "" {
		t.Errorf("onto its own distilled base: %+v", r)
	}
}

// The number of comparisons has a limit: 20,000 distilled types of one name with
// as many of the target, none of which fits.
func TestTooMany(t *testing.T) {
	const n = 20000
	var base, target [][]uint32
	for range n {
		base = append(base, rec(1, btf.KindFloat, 0, 4))
		target = append(target, rec(1, btf.KindInt, 0, 4, 32))
	}
	split := loose(t, loose(t, nil, "\x00foo\x00", base...), "", rec(0, btf.KindPtr, 0, 1))
	_, err := relocate.Check(split, relocate.NewTarget(loose(t, nil, "\x00foo\x00", target...)))
	if !errors.Is(err, relocate.ErrTooMany) || err.Error() != "too many types of one name: 'foo'" {
		t.Errorf("got %v", err)
	}
}

// Lists are bounded, counts are not.
func TestListed(t *testing.T) {
	const n = 3 * relocate.Listed
	var target [][]uint32
	for range n {
		target = append(target, rec(1, btf.KindFwd, 0, 0), rec(1, btf.KindFloat, 0, 8), rec(1, btf.KindInt, 0, 8, 64))
	}
	base := loose(t, nil, "\x00foo\x00", rec(1, btf.KindStruct, 0, 4), rec(1, btf.KindFloat, 0, 4))
	r := check(t, loose(t, base, "", rec(0, btf.KindPtr, 0, 1)), loose(t, nil, "\x00foo\x00", target...))
	d := r.Distilled[0]
	if d.NumAccepted != n || len(d.Accepted) != relocate.Listed || len(d.Rejected) != relocate.Listed {
		t.Errorf("%d accepted, %d and %d listed", d.NumAccepted, len(d.Accepted), len(d.Rejected))
	}
	if want := fmt.Sprintf("and %d more", n-relocate.Listed); !strings.HasSuffix(d.Explain(), want) {
		t.Errorf("%q has no %q", d.Explain(), want)
	}
	for i, c := range r.Distilled[1].Rejected { // those of its kind first
		if c.Kind != btf.KindFloat || c.ID != btf.ID(3*i+2) {
			t.Errorf("rejected %d: %v", i, c)
		}
	}
}

// NewID translates what .BTF_ids holds.
func TestNewID(t *testing.T) {
	base := goldentest.Parse(t, fooBase+"[2] FLOAT 'bar' size=4\n", nil)
	split := goldentest.Parse(t, "[3] PTR '(anon)' type_id=1\n", base)
	r := check(t, split, goldentest.Parse(t, "[1] FLOAT 'x' size=4\n[2] STRUCT 'foo' size=4 vlen=0\n[3] FLOAT 'y' size=4\n", nil))
	for _, tc := range []struct {
		id, want btf.ID
		ok       bool
	}{{0, 0, true}, {1, 2, true}, {2, 0, false}, {3, 4, true}, {4, 0, false}, {1<<32 - 1, 0, false}} {
		if got, ok := r.NewID(tc.id); got != tc.want || ok != tc.ok {
			t.Errorf("[%d]: [%d], %v", tc.id, got, ok)
		}
	}
}

// Kinds that only a layout section describes stop relocation without a word.
func TestUnknownKind(t *testing.T) {
	base := goldentest.Parse(t, fooBase, nil)
	words := []uint32{0x0001eb9f, 32, 0, 12, 12 + 168, 1, 12, 168, 1, btf.Info(41, 0, false), 0}
	var raw []byte
	for _, w := range append(words, make([]uint32, 42)...) {
		raw = binary.LittleEndian.AppendUint32(raw, w)
	}
	split, err := btf.Parse(append(raw, 0), base)
	if err != nil {
		t.Fatal(err)
	}
	r := check(t, split, goldentest.Parse(t, fooBase, nil))
	if r.Outcome != relocate.Refused || r.Refusal.Errno != kernel.EINVAL || r.Refusal.Message != "" || r.Refusal.ID != 2 {
		t.Errorf("%v: %+v", r.Outcome, r.Refusal)
	}
}

// One target, used by several goroutines.
func TestTargetIsShared(t *testing.T) {
	all := goldens(t)
	target := relocate.NewTarget(all[0].Target)
	done := make(chan error)
	for range 4 {
		go func() {
			for _, g := range all {
				if _, err := relocate.Check(g.Split, target); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// A target may be split BTF: IDs and strings go on from its end. (libbpf 1.8
// takes the length of its own strings for the end.)
func TestSplitTarget(t *testing.T) {
	vmlinux := goldentest.Parse(t, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] STRUCT 'foo' size=4 vlen=0\n", nil)
	target := goldentest.Parse(t, "[3] STRUCT 'bar' size=4 vlen=1\n\t'm' type_id=1 bits_offset=0\n", vmlinux)
	base := goldentest.Parse(t, fooBase+"[2] STRUCT 'bar' size=4 vlen=0\n", nil)
	split := goldentest.Parse(t, "[3] STRUCT 'mine' size=8 vlen=2\n\t'foo' type_id=1 bits_offset=0\n\t'own' type_id=2 bits_offset=32\n", base)
	moved, err := relocate.Relocate(split, relocate.NewTarget(target))
	if err != nil {
		t.Fatal(err)
	}
	want := "[4] STRUCT 'mine' size=8 vlen=2\n\t'foo' type_id=2 bits_offset=0\n\t'own' type_id=3 bits_offset=32\n"
	if got := goldentest.Dump(t, moved); got != want || moved.Base() != target || moved.StringStart() != target.StringEnd() {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Chains are followed once, however many members begin there: 100,000 members of
// the same 100,000 typedefs and arrays.
func TestLongChains(t *testing.T) {
	const n = 100000
	var records [][]uint32
	for i := range uint32(n) {
		if i%2 == 0 {
			records = append(records, rec(1, btf.KindTypedef, 0, 1+i)) // backwards, which kernels do not count
		} else {
			records = append(records, rec(0, btf.KindArray, 0, 0, 1+i, 1, 1))
		}
	}
	holder := rec(0, btf.KindStruct, n, 4*n)
	for i := range uint32(n) {
		holder = append(holder, 0, 1+n, 32*i)
	}
	r := check(t, loose(t, goldentest.Parse(t, fooBase, nil), "", append(records, holder)...), goldentest.Parse(t, fooBase, nil))
	if !r.OK() || len(r.Defects) != 0 || !r.Distilled[0].Embedded {
		t.Errorf("%s", text(r))
	}
}

// longNames has n STRUCTs whose names overlap, with half of length bytes on
// average.
func longNames(t *testing.T, n, length int) *btf.Types {
	t.Helper()
	var words []uint32
	for i := range n {
		words = append(words, rec(uint32(1+i*(length/n)), btf.KindStruct, 0, 0)...)
	}
	types, err := btf.New(nil, nil, words, []byte("\x00"+strings.Repeat("a", length)+"\x00"))
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// Names that overlap have more bytes than anyone could compare.
func TestLongNames(t *testing.T) {
	long := longNames(t, 1<<10, 1<<20)
	foo := goldentest.Parse(t, fooBase, nil)
	for _, tc := range []struct {
		name              string
		distilled, target *btf.Types
	}{
		{"target", foo, long},
		{"distilled base", long, foo},
	} {
		t.Run(tc.name, func(t *testing.T) {
			split := loose(t, tc.distilled, "", rec(0, btf.KindPtr, 0, 1))
			if _, err := relocate.Check(split, relocate.NewTarget(tc.target)); !errors.Is(err, relocate.ErrLongNames) {
				t.Errorf("%v", err)
			}
		})
	}
}
