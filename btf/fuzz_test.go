package btf_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// FuzzParse: what parses dumps, and writes to bytes that parse to the same
// types and write to the same bytes. base is empty for a blob of its own.
func FuzzParse(f *testing.F) {
	for _, g := range goldens(f) {
		types := g.types(f)
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			base := reorder(f, order, types[0])
			f.Add([]byte(nil), base.Bytes())
			f.Add([]byte(nil), base.WithLayout(true).Bytes())
			if len(types) > 1 {
				f.Add(base.Bytes(), reorder(f, order, types[1]).Bytes())
			}
		}
	}
	f.Add([]byte(nil), unknownKinds(binary.LittleEndian))
	f.Add(unknownKinds(binary.BigEndian), blob{words: []uint32{1, btf.Info(41, 1, false), 7, 8, 9, 10}}.bytes())
	f.Fuzz(func(t *testing.T, baseRaw, raw []byte) {
		var base *btf.Types
		if len(baseRaw) > 0 {
			var err error
			if base, err = btf.Parse(baseRaw, nil); err != nil {
				t.Skip("nothing that can be read")
			}
		}
		types, err := btf.Parse(raw, base)
		if err != nil {
			if types != nil {
				t.Fatal("types and an error")
			}
			if types, err = btf.ParseLoose(raw, base); err == nil {
				dump(t, types)
				if firstBad(types) == nil {
					t.Fatal("refused, and no type is damaged")
				}
			}
			return
		}
		if loose, err := btf.ParseLoose(raw, base); err != nil || firstBad(loose) != nil {
			t.Fatalf("not refused, and a type is damaged: %v, %v", err, firstBad(loose))
		}
		text := dump(t, types)
		if !json.Valid([]byte(dumpJSON(t, types, len(text)%2 == 0))) {
			t.Fatal("invalid JSON")
		}
		written := types.Bytes()
		back, err := btf.Parse(written, base)
		if err != nil {
			t.Fatalf("written blob: %v", err)
		}
		if !slices.Equal(back.Words(), types.Words()) || !bytes.Equal(back.Strings(), types.Strings()) {
			t.Fatal("written blob has other types")
		}
		if !bytes.Equal(back.Bytes(), written) || dump(t, back) != text {
			t.Fatal("written again, the blob differs")
		}
		for id, rec := range types.Own() {
			for ref := range rec.Refs() {
				if ref != 0 && types.Record(ref) == nil {
					t.Fatalf("[%d]: dangling reference", id)
				}
			}
			for off := range rec.Names() {
				if _, ok := types.String(off); !ok {
					t.Fatalf("[%d]: dangling name", id)
				}
			}
		}
		sameThroughText(t, types, text)
	})
}

// firstBad returns the error for the first damaged type, looking at one after the other.
func firstBad(types *btf.Types) error {
	for id := range types.Own() {
		if err := types.CheckRecord(id); err != nil {
			return err
		}
	}
	return nil
}

// sameThroughText reads a dump back, if the text form can say everything that
// is in it: kinds and words that bpftool knows, names of one line.
func sameThroughText(t *testing.T, types *btf.Types, text string) {
	for _, rec := range types.Own() {
		kind, enc := rec.Kind(), rec.Int().Encoding
		if !kind.Known() || enc&(enc-1) != 0 || enc > btf.EncodingBool ||
			rec.Linkage() > btf.LinkageExtern {
			return
		}
		for off := range rec.Names() {
			if name, _ := types.String(off); strings.Contains(name, "\n") {
				return
			}
		}
		if kind == btf.KindDatasec || kind == btf.KindLocsec { // names of other types are on its lines
			for ref := range rec.Refs() {
				if strings.Contains(types.Name(ref), "\n") {
					return
				}
			}
		}
	}
	back, err := btf.ParseText(text, types.Base())
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if got := dump(t, back); got != text {
		t.Fatalf("through text:\n%s\nwant\n%s", got, text)
	}
}

// FuzzParseText: what is read dumps to a text that reads as the same types.
func FuzzParseText(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.base, g.split)
	}
	f.Fuzz(func(t *testing.T, baseText, text string) {
		base, err := btf.ParseText(baseText, nil)
		if err != nil {
			return
		}
		sameAgain(t, baseText, base)
		if split, err := btf.ParseText(text, base); err == nil {
			sameAgain(t, text, split)
		}
	})
}

func sameAgain(t *testing.T, text string, types *btf.Types) {
	first := dump(t, types)
	back, err := btf.ParseText(first, types.Base())
	if err != nil {
		t.Fatalf("%v\n%s", err, first)
	}
	if got := dump(t, back); got != first {
		t.Fatalf("text again:\n%s\nwant\n%s", got, first)
	}
	if strings.Contains(text, "kind_flag") { // read, but never dumped
		return
	}
	if !slices.Equal(back.Words(), types.Words()) || !bytes.Equal(back.Strings(), types.Strings()) {
		t.Fatalf("other types from the same text:\n%s", first)
	}
}

// FuzzLoad: no file, ELF or not, is more than an error.
func FuzzLoad(f *testing.F) {
	base := intBase(f)
	f.Add(base.Bytes())
	for _, class := range []elf.Class{elf.ELFCLASS32, elf.ELFCLASS64} {
		f.Add(elfFile(class, binary.LittleEndian, progbits(".BTF", base.Bytes()), progbits(".BTF.base", base.Bytes())))
		f.Add(elfFile(class, binary.BigEndian, progbits(".BTF", base.Bytes())))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		types, err := loadBytes(raw, nil)
		if (types == nil) == (err == nil) {
			t.Fatalf("types %v, error %v", types, err)
		}
	})
}
