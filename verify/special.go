package verify

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// A field of a struct that BPF programs share with the kernel has a meaning to it.
// BPF_BTF_LOAD looks last at the structs with a member that is such a field
// (kernel: btf_parse_struct_metas): at its name, or at the type tag of what a pointer points to.
//
// Where a struct may have which, changes within a series of kernels, which have
// had defects there, and of pointers it depends on the kernel's own types. So this
// package only knows what is fine in all of them, as in the BTF of kernels, and
// calls the rest Undecided.

// sharedStructs are the fields that are structs, with sizes and alignments in bytes
// (linux/bpf.h). Those of size 0 are never simple: they have a tag that says what
// they hold, or are not for all versions.
var sharedStructs = map[string]struct{ size, align uint32 }{
	"bpf_spin_lock":     {4, 4},
	"bpf_list_node":     {24, 8},
	"bpf_rb_node":       {32, 8},
	"bpf_refcount":      {4, 4},
	"bpf_list_head":     {},
	"bpf_rb_root":       {},
	"bpf_res_spin_lock": {},
}

// sharedPointers are the type tags of what such a pointer points to.
var sharedPointers = map[string]bool{"kptr": true, "kptr_untrusted": true, "percpu_kptr": true, "uptr": true}

// specials looks for structs with such fields and reports the first of which the
// verdict is not known.
func (c *checker) specials() {
	b := c.b
	shared := b.sharedFields()
	if len(shared) == 0 {
		return
	}
	steps := maxFieldSteps
	for id := btf.ID(1); id < b.numIDs(); id++ {
		rec := b.record(id)
		if rec.Kind() != btf.KindStruct || !b.hasMember(rec, shared) {
			continue
		}
		s := fieldScan{b: b, steps: &steps, seen: map[string]bool{}}
		if s.simple(id, 0) && !(s.seen["bpf_list_node"] && s.seen["bpf_rb_node"] && !s.seen["bpf_refcount"]) {
			continue
		}
		c.id, c.rec = id, rec
		f := c.finding(0, b.typeLine(id, rec, true, ""), "")
		f.Class = Undecided
		f.Cause = "it has fields that BPF programs share with the kernel (bpf_list_head, kptr and so on); " +
			"whether they are right depends on the kernel's own types and its exact version"
		c.put(f)
		c.id, c.rec = 0, nil
		return
	}
}

// maxFieldSteps bounds the members that are looked at: structs inside of structs
// multiply them.
const maxFieldSteps = 1 << 20

// sharedFields returns the types of the members that make the kernel look at a
// struct.
func (b *blob) sharedFields() map[btf.ID]bool {
	shared := map[btf.ID]bool{}
	for id := btf.ID(1); id < b.numIDs(); id++ {
		rec := b.record(id)
		switch rec.Kind() {
		case btf.KindStruct:
			if _, ok := sharedStructs[b.ownName(rec)]; ok {
				shared[id] = true
			}
		case btf.KindPtr, btf.KindVolatile:
			if b.isTaggedPointer(rec) {
				shared[id] = true
			}
		}
	}
	return shared
}

func (b *blob) hasMember(rec btf.Record, of map[btf.ID]bool) bool {
	for _, m := range rec.Members() {
		if of[m.Type] {
			return true
		}
	}
	return false
}

// maxTagWalk bounds the modifiers that are followed from a pointer on: chains to
// earlier types have no other bound.
const maxTagWalk = 64

// isTaggedPointer reports whether a type may be a pointer that is shared.
func (b *blob) isTaggedPointer(rec btf.Record) bool {
	if rec.Kind() == btf.KindVolatile {
		rec = b.record(rec.Type())
	}
	if rec.Kind() != btf.KindPtr {
		return false
	}
	rec = b.record(rec.Type())
	for range maxTagWalk {
		if !rec.Kind().IsModifier() {
			return false
		}
		if rec.Kind() == btf.KindTypeTag && sharedPointers[b.ownName(rec)] {
			return true
		}
		rec = b.record(rec.Type())
	}
	return true
}

// fieldScan goes through one struct and those inside of it.
type fieldScan struct {
	b     *blob
	steps *int
	seen  map[string]bool // shared fields
	end   uint32          // of the last one, in bytes
}

// simple reports whether every kernel accepts the fields of a struct that begins at a
// byte: each once, in its place, none in an array, and none that is pointed to.
func (s *fieldScan) simple(id btf.ID, start uint32) bool {
	rec := s.b.record(id)
	for _, m := range rec.Members() {
		bit := m.Offset
		if *s.steps--; *s.steps < 0 || bit%8 != 0 || !s.simpleMember(m.Type, start+bit/8) {
			return false
		}
	}
	return true
}

func (s *fieldScan) simpleMember(of btf.ID, at uint32) bool {
	b := s.b
	array := false
	rec := b.record(of)
	for range kernel.MaxDepth {
		if rec.Kind() != btf.KindArray {
			break
		}
		array, of = true, rec.Array().Elem
		rec = b.record(of)
	}
	name := b.ownName(rec)
	field, shared := sharedStructs[name]
	switch kind := rec.Kind(); {
	case shared:
		fits := kind == btf.KindStruct && !array && !s.seen[name] && rec.Size() == field.size && field.size > 0 && at%field.align == 0 && at >= s.end
		s.seen[name] = true
		s.end = at + field.size
		return fits
	case kind == btf.KindArray:
		return false // deeper than the kernel goes
	case kind == btf.KindPtr, kind == btf.KindVolatile:
		return !b.isTaggedPointer(rec) && !b.hasTag(rec)
	case kind == btf.KindStruct:
		before := len(s.seen)
		return s.simple(of, at) && !(array && len(s.seen) > before)
	}
	return true
}

// hasTag reports whether a pointer points to something with a tag. Some kernels refuse
// tags that they do not know.
func (b *blob) hasTag(rec btf.Record) bool {
	if rec.Kind() == btf.KindVolatile {
		rec = b.record(rec.Type())
	}
	return rec.Kind() == btf.KindPtr && b.record(rec.Type()).Kind() == btf.KindTypeTag
}
