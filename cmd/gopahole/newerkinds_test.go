package main

import (
	"bytes"
	"encoding/binary"
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gopahole/gopahole/btf"
)

// newerKind is the command "newer OUT [SPLIT]": it makes raw BTF with a type of a kind that
// nobody knows, 40, between others: OUT.plain without a layout section and OUT.layout
// with one that tells the length of all records. With SPLIT they go on from the types
// and strings of that BTF.
func newerKind(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: newer OUT [SPLIT]")
	}
	strs, at := "\x00s\x00m\x00", uint32(1)
	if len(args) == 2 {
		base, err := btf.Parse([]byte(ts.ReadFile(args[1])), nil)
		ts.Check(err)
		strs, at = strs[1:], uint32(base.StringEnd())
	}
	words := []uint32{
		0, btf.Info(btf.KindPtr, 0, false), 0,
		0, btf.Info(40, 1, false), 7, 1, 2, 3,
		at, btf.Info(btf.KindStruct, 0, false), 4,
	}
	layout := make([]byte, 41*4)
	layout[4*btf.KindInt], layout[4*40], layout[4*40+1] = 4, 4, 8
	for name, layout := range map[string][]byte{"plain": nil, "layout": layout} {
		typeLen := uint32(4 * len(words))
		header := []uint32{32, 0, typeLen, typeLen + uint32(len(layout)), uint32(len(strs)), typeLen, uint32(len(layout))}
		if len(layout) == 0 {
			header[5] = 0
		}
		var raw bytes.Buffer
		raw.Write([]byte{0x9f, 0xeb, 1, 0})
		ts.Check(binary.Write(&raw, binary.LittleEndian, header))
		ts.Check(binary.Write(&raw, binary.LittleEndian, words))
		raw.Write(layout)
		raw.WriteString(strs)
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+"."+name), raw.Bytes(), 0o644))
	}
}
