package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// contents are the sections about BTF of a file; nil where there is none.
type contents struct {
	btf, base, ids []byte
}

func readContents(path string) (contents, error) {
	f, err := elf.Open(path)
	if err != nil {
		return contents{}, err
	}
	defer f.Close()
	var c contents
	for _, s := range []struct {
		name string
		data *[]byte
	}{{".BTF", &c.btf}, {".BTF.base", &c.base}, {".BTF_ids", &c.ids}} {
		if section := f.Section(s.name); section != nil {
			if *s.data, err = section.Data(); err != nil {
				return contents{}, fmt.Errorf("%s: %s: %w", path, s.name, err)
			}
		}
	}
	return c, nil
}

// snapshot reads the contents of vmlinux and all modules in the build directory.
func (t *tree) snapshot() (map[string]contents, error) {
	files, err := t.files()
	if err != nil {
		return nil, err
	}
	all := make(map[string]contents)
	for _, name := range files {
		if all[name], err = readContents(filepath.Join(t.build, name)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// differences compares what two encoders made of the same files, with a line for each difference.
func differences(got, want map[string]contents) []string {
	var diffs []string
	names := make(map[string]bool)
	for _, files := range []map[string]contents{got, want} {
		for name := range files {
			names[name] = true
		}
	}
	for name := range names {
		g, inGot := got[name]
		w, inWant := want[name]
		if inGot != inWant {
			diffs = append(diffs, name+": not built in both cases")
			continue
		}
		for _, text := range g.differences(w) {
			diffs = append(diffs, name+": "+text)
		}
	}
	slices.Sort(diffs)
	return diffs
}

func (c contents) differences(want contents) []string {
	var diffs []string
	if text := btfDifference(c.btf, want.btf); text != "" {
		diffs = append(diffs, ".BTF: "+text)
	}
	if text := btfDifference(c.base, want.base); text != "" {
		diffs = append(diffs, ".BTF.base: "+text)
	}
	if !bytes.Equal(c.ids, want.ids) {
		diffs = append(diffs, ".BTF_ids: not the same")
	}
	return diffs
}

// btfDifference compares types, strings and layout; empty if they are the same. libbpf 1.8 writes a header of 32 bytes
// even without a layout, which says the same as one of 24.
func btfDifference(got, want []byte) string {
	switch {
	case got == nil && want == nil:
		return ""
	case got == nil:
		return "missing"
	case want == nil:
		return "should not be there"
	}
	g, err := parseBlob(got)
	if err != nil {
		return err.Error()
	}
	w, err := parseBlob(want)
	if err != nil {
		return "wanted BTF: " + err.Error()
	}
	if !bytes.Equal(g.types, w.types) {
		return fmt.Sprintf("other types, %d bytes instead of %d", len(g.types), len(w.types))
	}
	if !bytes.Equal(g.strings, w.strings) {
		return fmt.Sprintf("other strings, %d bytes instead of %d", len(g.strings), len(w.strings))
	}
	if !bytes.Equal(g.layout, w.layout) {
		return fmt.Sprintf("another layout, %d bytes instead of %d", len(g.layout), len(w.layout))
	}
	return ""
}

// A blob is BTF in its parts. It is taken apart here, and not by package btf, which is under test.
type blob struct {
	types, strings, layout []byte
}

func parseBlob(raw []byte) (blob, error) {
	le := binary.LittleEndian
	if len(raw) < 24 || le.Uint16(raw) != 0xeb9f {
		return blob{}, errors.New("no BTF header")
	}
	header := le.Uint32(raw[4:])
	if header != 24 && header != 32 || int(header) > len(raw) {
		return blob{}, fmt.Errorf("a header of %d bytes", header)
	}
	rest := raw[header:]
	part := func(at int) ([]byte, error) {
		from, n := uint64(le.Uint32(raw[at:])), uint64(le.Uint32(raw[at+4:]))
		if from+n > uint64(len(rest)) {
			return nil, fmt.Errorf("a section of %d bytes at %d, and there are %d", n, from, len(rest))
		}
		return rest[from : from+n], nil
	}
	var b blob
	var err error
	if b.types, err = part(8); err != nil {
		return blob{}, err
	}
	if b.strings, err = part(16); err != nil {
		return blob{}, err
	}
	if header == 32 {
		if b.layout, err = part(24); err != nil {
			return blob{}, err
		}
	}
	return b, nil
}
