package btf

import (
	"reflect"
	"testing"
)

// One record of each kind, two elements where there are any: its length, and
// where its IDs and names are, written down by hand from btf.rst.
func TestTables(t *testing.T) {
	tests := []struct {
		kind  Kind
		vlen  int
		words int
		refs  []int
		names []int
	}{
		{KindInt, 0, 4, nil, []int{0}},
		{KindPtr, 0, 3, []int{2}, []int{0}},
		{KindArray, 0, 6, []int{3, 4}, []int{0}},
		{KindStruct, 2, 9, []int{4, 7}, []int{0, 3, 6}},
		{KindUnion, 2, 9, []int{4, 7}, []int{0, 3, 6}},
		{KindEnum, 2, 7, nil, []int{0, 3, 5}},
		{KindFwd, 0, 3, nil, []int{0}},
		{KindTypedef, 0, 3, []int{2}, []int{0}},
		{KindVolatile, 0, 3, []int{2}, []int{0}},
		{KindConst, 0, 3, []int{2}, []int{0}},
		{KindRestrict, 0, 3, []int{2}, []int{0}},
		{KindFunc, 2, 3, []int{2}, []int{0}}, // vlen is the linkage
		{KindFuncProto, 2, 7, []int{2, 4, 6}, []int{0, 3, 5}},
		{KindVar, 0, 4, []int{2}, []int{0}},
		{KindDatasec, 2, 9, []int{3, 6}, []int{0}},
		{KindFloat, 0, 3, nil, []int{0}},
		{KindDeclTag, 0, 4, []int{2}, []int{0}},
		{KindTypeTag, 0, 3, []int{2}, []int{0}},
		{KindEnum64, 2, 9, nil, []int{0, 3, 6}},
		{KindLocParam, 2, 6, nil, []int{0}},
		{KindLocProto, 2, 5, []int{3, 4}, []int{0}},
		{KindLocsec, 2, 9, []int{3, 4, 6, 7}, []int{0}},
	}
	seen := make(map[Kind]bool)
	for _, test := range tests {
		seen[test.kind] = true
		n, ok := RecordWords(test.kind, test.vlen)
		if !ok || n != test.words {
			t.Errorf("%v: %d words, %v; want %d", test.kind, n, ok, test.words)
			continue
		}
		rec := make([]uint32, n)
		rec[1] = Info(test.kind, test.vlen, false)
		if got := wordsOf(refFields, rec); !reflect.DeepEqual(got, test.refs) {
			t.Errorf("%v: refs %v, want %v", test.kind, got, test.refs)
		}
		if got := wordsOf(nameFields, rec); !reflect.DeepEqual(got, test.names) {
			t.Errorf("%v: names %v, want %v", test.kind, got, test.names)
		}
	}
	for k := Kind(0); k < 128; k++ {
		if _, ok := RecordWords(k, 0); ok != seen[k] {
			t.Errorf("RecordWords(%v) knows it: %v", k, ok)
		}
	}
	unknown := []uint32{0, Info(100, 1, false), 0, 1, 2}
	if refs, names := wordsOf(refFields, unknown), wordsOf(nameFields, unknown); refs != nil || !reflect.DeepEqual(names, []int{0}) {
		t.Errorf("unknown kind: refs %v, names %v", refs, names)
	}
}

// wordsOf returns which words of a record are of some fields.
func wordsOf(want fieldSet, rec Record) (words []int) {
	rec.eachField(want, func(w int) bool {
		words = append(words, w)
		return true
	})
	return words
}

func TestInfo(t *testing.T) {
	tests := []struct {
		kind  Kind
		vlen  int
		kflag bool
		info  uint32
	}{
		{KindInt, 0, false, 0x01000000},
		{KindStruct, 0xffffff, true, 0x84ffffff},
		{KindEnum64, 3, false, 0x13000003},
		{127, 1, true, 0xff000001},
	}
	for _, test := range tests {
		info := Info(test.kind, test.vlen, test.kflag)
		if info != test.info {
			t.Errorf("Info(%v, %d, %v) = %#x, want %#x", test.kind, test.vlen, test.kflag, info, test.info)
		}
		if k, v, f := KindOf(info), VlenOf(info), KindFlag(info); k != test.kind || v != test.vlen || f != test.kflag {
			t.Errorf("%#x comes apart as %v, %d, %v", info, k, v, f)
		}
	}
	if w := IntWord(EncodingBool, 5, 7); w != 0x04050007 {
		t.Errorf("IntWord = %#x", w)
	}
	if e, o, b := SplitIntWord(0xf2050007); e != EncodingChar || o != 5 || b != 7 {
		t.Errorf("SplitIntWord = %v, %d, %d", e, o, b)
	}
	if o, w := SplitMemberWord(0xff000001, true); o != 1 || w != 255 {
		t.Errorf("with kind_flag: %d, %d", o, w)
	}
	if o, w := SplitMemberWord(0xff000001, false); o != 0xff000001 || w != 0 {
		t.Errorf("without kind_flag: %d, %d", o, w)
	}
}

// The layout section as libbpf writes it, up to version 1.8 without the last three, written down by hand: bytes
// after the head, bytes per element.
func TestOwnLayout(t *testing.T) {
	want := [23][2]uint8{
		1: {4, 0}, 3: {12, 0}, 4: {0, 12}, 5: {0, 12}, 6: {0, 8}, 13: {0, 8},
		14: {4, 0}, 15: {0, 12}, 17: {4, 0}, 19: {0, 12},
		20: {4, 4}, 21: {0, 4}, 22: {0, 12},
	}
	if len(ownLayout) != 23 {
		t.Fatalf("%d records, want 23", len(ownLayout))
	}
	for k, l := range ownLayout {
		if got := [2]uint8{l.infoSize, l.elemSize}; got != want[k] || l.flags != 0 {
			t.Errorf("%v: %v, flags %d; want %v", Kind(k), got, l.flags, want[k])
		}
	}
}

func TestKindString(t *testing.T) {
	for kind, want := range map[Kind]string{KindVoid: "VOID", KindFuncProto: "FUNC_PROTO", KindEnum64: "ENUM64", KindLocsec: "LOCSEC", 23: "kind 23"} {
		if got := kind.String(); got != want {
			t.Errorf("Kind %d: %q, want %q", uint8(kind), got, want)
		}
	}
	for k := KindVoid; k <= KindLocsec; k++ {
		if k.Known() != (k != KindVoid) {
			t.Errorf("%v.Known() = %v", k, k.Known())
		}
	}
}

// TestEveryWordIsChecked: a record with a wrong number in a place for a string
// offset or a type ID is refused, and no other place is looked at.
func TestEveryWordIsChecked(t *testing.T) {
	for kind := Kind(1); kind.Known(); kind++ {
		const vlen = 3
		size, _ := RecordWords(kind, vlen)
		checked := make(map[int]bool)
		rec := make([]uint32, size)
		rec[1] = Info(kind, vlen, false)
		for _, w := range append(wordsOf(nameFields, rec), wordsOf(refFields, rec)...) {
			checked[w] = true
		}
		for w := range rec {
			if w == 1 {
				continue
			}
			words := []uint32{0, Info(KindFuncProto, 0, false), 0}
			words = append(words, rec...)
			bad := words[3:]
			if kind == KindFunc {
				bad[2] = 1
			}
			bad[w] = 1000
			_, err := New(nil, nil, words, []byte{0})
			if (err != nil) != checked[w] {
				t.Errorf("%v, word %d: %v", kind, w, err)
			}
		}
	}
}
