package btfids

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// An editor adds types after the existing ones, and gives FUNCs another FUNC_PROTO.
type editor struct {
	types  *btf.Types
	tags   []btf.ID            // declaration tags
	tagsOf map[btf.ID][]btf.ID // by what they are of
	impls  map[string]bool     // the names of FUNCs that end with implSuffix

	records []btf.Record // new ones
	words   int          // in records
	read    int          // bytes of names that were looked at
	protos  map[btf.ID]btf.ID
	fresh   bool                  // strings are not looked for among the old ones
	strs    []byte                // the own strings, and new ones
	offs    map[string]btf.StrOff // of new strings
}

// maxNewWords bounds what is added: a kernel adds some hundred types, while a
// file can be made so that all its functions share a very long FUNC_PROTO.
const maxNewWords = 1 << 22

// newEditor returns an editor for functions whose names have up to longest bytes. It
// knows tags and functions from the ID first on.
func newEditor(types *btf.Types, first btf.ID, longest int) *editor {
	e := &editor{
		types:  types,
		tagsOf: map[btf.ID][]btf.ID{},
		impls:  map[string]bool{},
		protos: map[btf.ID]btf.ID{},
		strs:   slices.Clip(types.Strings()), // so that appending copies them
		offs:   map[string]btf.StrOff{},
	}
	for id := first; id < types.NumIDs(); id++ {
		switch rec := types.Record(id); rec.Kind() {
		case btf.KindDeclTag:
			e.tags = append(e.tags, id)
			e.tagsOf[rec.Type()] = append(e.tagsOf[rec.Type()], id)
		case btf.KindFunc:
			if name := types.NameUpTo(id, longest+len(implSuffix)); strings.HasSuffix(name, implSuffix) {
				e.impls[name] = true
			}
		}
	}
	return e
}

// add adds a record and returns its ID.
func (e *editor) add(rec ...uint32) btf.ID {
	e.records = append(e.records, rec)
	e.words += len(rec)
	return e.types.NumIDs() + btf.ID(len(e.records)-1)
}

// record returns a record, old or new, and nil for void.
func (e *editor) record(id btf.ID) btf.Record {
	if first := e.types.NumIDs(); id >= first {
		return e.records[id-first]
	}
	return e.types.Record(id)
}

// protoOf returns the FUNC_PROTO of a FUNC.
func (e *editor) protoOf(f btf.ID) btf.ID {
	if proto, ok := e.protos[f]; ok {
		return proto
	}
	return e.types.Record(f).Type()
}

// string returns the string at an offset, old or new.
func (e *editor) string(off btf.StrOff) string {
	if s, ok := e.types.String(off); ok {
		return s
	}
	s := e.strs[off-e.types.StringStart():]
	return string(s[:slices.Index(s, 0)])
}

// addString finds a string or adds it (libbpf: btf__add_str), or only adds it if fresh.
func (e *editor) addString(s string) btf.StrOff {
	if s == "" {
		return 0
	}
	if !e.fresh {
		if off, ok := e.types.FindString(s); ok {
			return off
		}
	}
	off, ok := e.offs[s]
	if !ok {
		off = e.types.StringStart() + btf.StrOff(len(e.strs))
		e.strs = append(append(e.strs, s...), 0)
		e.offs[s] = off
	}
	return off
}

// finish returns the types with what was changed.
func (e *editor) finish() (*btf.Types, error) {
	own := e.types.Words()
	words := make([]uint32, len(own), len(own)+e.words)
	copy(words, own)
	at := 0
	for id, rec := range e.types.Own() {
		if proto, ok := e.protos[id]; ok {
			btf.Record(words[at:]).SetType(proto)
		}
		at += len(rec)
	}
	for _, rec := range e.records {
		words = append(words, rec...)
	}
	types, err := e.types.Replace(words, e.strs)
	if err != nil {
		return nil, fmt.Errorf("kernel functions: %w", err)
	}
	return types, nil
}
