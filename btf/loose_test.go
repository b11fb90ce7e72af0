package btf_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// What only CheckRecords refuses can be read, asked for and printed.
func TestParseLoose(t *testing.T) {
	base := intBase(t)
	end := uint32(base.NumIDs())
	for _, tc := range []struct {
		name string
		rec  []uint32
	}{
		{"type does not exist", []uint32{0, btf.Info(btf.KindPtr, 0, false), end + 1}},
		{"largest type number", []uint32{0, btf.Info(btf.KindPtr, 0, false), 1<<32 - 1}},
		{"name outside the strings", []uint32{1 << 31, btf.Info(btf.KindPtr, 0, false), 0}},
		{"FUNC of an INT", []uint32{1, btf.Info(btf.KindFunc, 0, false), 1}},
		{"variable that does not exist", []uint32{1, btf.Info(btf.KindDatasec, 1, false), 4, end + 7, 0, 4}},
		{"param without a name in the strings", []uint32{0, btf.Info(btf.KindFuncProto, 1, false), 0, 1 << 30, end + 3}},
	} {
		raw := blob{words: tc.rec}.bytes()
		if _, err := btf.Parse(raw, base); !errors.As(err, new(*btf.ParseError)) {
			t.Errorf("%s: Parse: %v", tc.name, err)
		}
		types, err := btf.ParseLoose(raw, base)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if err := types.CheckRecords(); !errors.As(err, new(*btf.ParseError)) {
			t.Errorf("%s: CheckRecords: %v", tc.name, err)
		}
		if err, all := types.CheckRecord(btf.ID(end)), types.CheckRecords(); err == nil || err.Error() != all.Error() {
			t.Errorf("%s: CheckRecord: %v, CheckRecords: %v", tc.name, err, all)
		}
		if loaded, err := btf.LoadLoose(bytes.NewReader(raw), int64(len(raw)), base); err != nil || !bytes.Equal(loaded.Bytes(), types.Bytes()) {
			t.Errorf("%s: LoadLoose: %v", tc.name, err)
		}
		dump(t, types)
		types.Name(btf.ID(end))
		if rec := types.Record(btf.ID(end + 1)); rec != nil {
			t.Errorf("%s: a type that does not exist: %v", tc.name, rec)
		}
		if back, err := btf.ParseLoose(types.Bytes(), base); err != nil || !bytes.Equal(back.Bytes(), types.Bytes()) {
			t.Errorf("%s: not what it was when read again: %v", tc.name, err)
		}
	}
}

// Of types that are in order no check says anything, and of a damaged one that of no other type.
func TestCheckRecord(t *testing.T) {
	base := intBase(t)
	end := uint32(base.NumIDs())
	raw := blob{words: []uint32{
		1, btf.Info(btf.KindFunc, 0, false), end + 1,
		0, btf.Info(btf.KindFuncProto, 1, false), 1, 1, 1,
		1, btf.Info(btf.KindStruct, 1, false), 4, 1, end + 100, 0,
		1, btf.Info(btf.KindStruct, 2, false), 4, 1, 1, 0, 1, end + 2, 32,
		1, btf.Info(btf.KindFunc, 0, false), 1,
	}}.bytes()
	types, err := btf.ParseLoose(raw, base)
	if err != nil {
		t.Fatal(err)
	}
	for id := range btf.ID(end) + 7 {
		err := types.CheckRecord(id)
		if bad := uint32(id) == end+2 || uint32(id) == end+4; bad != (err != nil) {
			t.Errorf("[%d]: %v, want an error: %v", id, err, bad)
		}
	}
}

func TestReadSections(t *testing.T) {
	base := intBase(t).Bytes()
	read := func(raw []byte) (*btf.Sections, error) {
		return btf.ReadSections(bytes.NewReader(raw), int64(len(raw)))
	}
	if s, err := read(base); err != nil || s.ELF || !bytes.Equal(s.BTF, base) || s.Base != nil {
		t.Errorf("raw: %+v, %v", s, err)
	}
	module := elfFile(elf.ELFCLASS64, binary.LittleEndian, progbits(".BTF", []byte("split")), progbits(".BTF.base", base))
	if s, err := read(module); err != nil || !s.ELF || string(s.BTF) != "split" || !bytes.Equal(s.Base, base) {
		t.Errorf("module: %+v, %v", s, err)
	}
	if _, err := read(elfFile(elf.ELFCLASS64, binary.LittleEndian)); !errors.Is(err, btf.ErrNoBTF) {
		t.Errorf("no section: %v", err)
	}
	if s, err := read(nil); err != nil || len(s.BTF) != 0 {
		t.Errorf("empty: %+v, %v", s, err)
	}
}
