package btf_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

func parseText(t *testing.T, text string, base *btf.Types) *btf.Types {
	t.Helper()
	types, err := btf.ParseText(text, base)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

func TestFind(t *testing.T) {
	long := strings.Repeat("x", 300)
	base := parseText(t, `[1] STRUCT 'a' size=0 vlen=0
[2] UNION 'a' size=0 vlen=0
[3] STRUCT '`+long+`1' size=0 vlen=0
[4] STRUCT '`+long+`2' size=0 vlen=0
[5] PTR '(anon)' type_id=0
`, nil)
	split := parseText(t, `[6] TYPEDEF 'a' type_id=1
[7] STRUCT 'a' size=4 vlen=0
[8] STRUCT 'own' size=4 vlen=0
[9] STRUCT '`+long+`' size=4 vlen=0
`, base)
	for _, test := range []struct {
		types *btf.Types
		kind  btf.Kind
		name  string
		want  btf.ID // 0: there is none
	}{
		{base, btf.KindStruct, "a", 1}, {base, btf.KindUnion, "a", 2}, {base, btf.KindTypedef, "a", 0}, {base, btf.KindStruct, "own", 0},
		{base, btf.KindStruct, long + "1", 3}, {base, btf.KindStruct, long + "2", 4}, {base, btf.KindStruct, long, 0},
		{split, btf.KindStruct, "a", 1}, {split, btf.KindUnion, "a", 2}, {split, btf.KindTypedef, "a", 6}, {split, btf.KindStruct, "own", 8},
		{split, btf.KindStruct, long, 9}, {split, btf.KindPtr, "", 0}, {split, btf.KindStruct, "ow", 0}, {split, btf.KindStruct, "ownx", 0},
	} {
		if got, ok := test.types.Find(test.kind, test.name); got != test.want || ok != (got != 0) {
			t.Errorf("%v %.10q: %d, %v; want %d", test.kind, test.name, got, ok, test.want)
		}
	}
	if got := slices.Collect(split.Named("a")); !reflect.DeepEqual(got, []btf.ID{1, 2, 6, 7}) {
		t.Errorf("types called a: %d", got)
	}
	for id := range split.Named("a") {
		if id != 1 {
			t.Errorf("[%d] after the end", id)
		}
		break
	}
	for range split.Named("") {
		t.Error("a type without a name was found by it")
	}
}

// TestDeclTags has tags in a base and in what is split from it, listed where they were checked and looked for where not.
func TestDeclTags(t *testing.T) {
	const tag = "[%d] DECL_TAG 't' type_id=%d component_idx=-1\n"
	base := parseText(t, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n[2] TYPEDEF 'a' type_id=1\n"+
		fmt.Sprintf(tag, 3, 2)+"[4] TYPEDEF 'b' type_id=1\n"+fmt.Sprintf(tag, 5, 4), nil)
	split := parseText(t, fmt.Sprintf(tag, 6, 2)+"[7] TYPEDEF 'c' type_id=1\n"+fmt.Sprintf(tag, 8, 7), base)
	loose, err := btf.ParseLoose(split.Bytes(), base)
	if err != nil {
		t.Fatal(err)
	}
	for _, types := range []*btf.Types{split, loose} {
		for stop, want := range [][]btf.ID{{3, 5, 6, 8}, {3}, {3, 5}, {3, 5, 6}} {
			var got []btf.ID
			for id, rec := range types.DeclTags() {
				if rec.Kind() != btf.KindDeclTag {
					t.Errorf("[%d] %v", id, rec)
				}
				if got = append(got, id); len(got) == stop {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d, want %d", got, want)
			}
		}
	}
}

func TestAll(t *testing.T) {
	base := everyKind(t)
	split := parseText(t, "[20] PTR '(anon)' type_id=1\n[21] PTR '(anon)' type_id=20\n", base)
	next := btf.ID(1)
	for id, rec := range split.All() {
		if id != next || !slices.Equal(rec, split.Record(id)) {
			t.Errorf("[%d] %v, want [%d] %v", id, rec, next, split.Record(next))
		}
		next++
	}
	if next != split.NumIDs() {
		t.Errorf("%d types, want %d", next-1, split.NumIDs()-1)
	}
	next = split.FirstID()
	for id := range split.Own() {
		if id != next {
			t.Errorf("[%d], want [%d]", id, next)
		}
		next++
	}
	if next != 22 {
		t.Errorf("own types end at %d", next)
	}
	for _, last := range []btf.ID{1, 19, 20} {
		for id := range split.All() {
			if id > last {
				t.Errorf("[%d] after the end", id)
			}
			if id == last {
				break
			}
		}
	}
}

func TestOpen(t *testing.T) {
	base := everyKind(t)
	split := parseText(t, "[20] PTR '(anon)' type_id=4\n", base)
	dir := t.TempDir()
	name := filepath.Join(dir, "split.btf")
	if err := os.WriteFile(name, split.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := btf.Open(name, base)
	if err != nil || got.NumIDs() != 21 || got.Base() != base {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := btf.Open(name, nil); !errors.Is(err, btf.ErrNeedBase) || !strings.HasPrefix(err.Error(), name) {
		t.Errorf("without a base: %v", err)
	}
	if _, err := btf.Open(filepath.Join(dir, "missing"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// TestFindStrings: the search finds what the index finds.
func TestFindStrings(t *testing.T) {
	var text []byte
	var all []string
	for i := range 5000 {
		s := strings.Repeat("ab", i%9) + strconv.Itoa(i)
		all = append(all, s)
		text = append(append(text, 0), s...)
	}
	text = append(text, 0)
	types, err := btf.New(nil, nil, nil, text)
	if err != nil {
		t.Fatal(err)
	}
	wanted := []string{"", "0", "7", "ab1", all[8], all[4999], "abab", "4999x", "999"}
	got := types.FindStrings(wanted)
	for _, s := range wanted {
		off, ok := types.FindString(s)
		if at, found := got[s]; found != ok || at != off {
			t.Errorf("%q: %d, %v, want %d, %v", s, at, found, off, ok)
		}
	}
}

// TestNamed: the first calls search, the others have an index; both find what a look at each
// type finds, also where a name is the end of another string, or in the strings of the base.
func TestNamed(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	b.AddStruct("prefix_name", 0)
	b.AddStruct("name", 0)
	b.AddUnion("name", 0)
	b.AddStruct("me", 0)
	base, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	words := slices.Clone(base.Words())
	words[base.Starts()[3]] = words[base.Starts()[0]] + uint32(len("prefix_na")) // "me"
	if base, err = base.Replace(words, base.Strings()); err != nil {
		t.Fatal(err)
	}
	b = btf.NewBuilder(nil, base)
	b.AddStruct("name", 4)
	b.AddStruct("own", 4)
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	for round := range 20 {
		for _, name := range []string{"name", "me", "prefix_name", "own", "e", "missing", "", "prefix_nam"} {
			var want []btf.ID
			for id := range types.All() {
				if name != "" && types.Name(id) == name {
					want = append(want, id)
				}
			}
			if got := slices.Collect(types.Named(name)); !slices.Equal(got, want) {
				t.Errorf("round %d, %q: %v, want %v", round, name, got, want)
			}
		}
	}
}
