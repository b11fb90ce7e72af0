package verify

import "github.com/gopahole/gopahole/btf"

// specialStructs are those of BPF programs that have a meaning to the kernel
// (kernel/bpf/btf.c, alloc_obj_fields), and kernelPointers the type tags that
// make a pointer one that is kept.
var (
	specialStructs = map[string]bool{
		"bpf_spin_lock": true, "bpf_list_head": true, "bpf_list_node": true, "bpf_rb_root": true, "bpf_rb_node": true,
		"bpf_refcount": true,
	}
	kernelPointers = map[string]bool{"kptr": true, "kptr_untrusted": true, "percpu_kptr": true, "uptr": true}
)

// specials reports the first struct of which BPF_BTF_LOAD asks more than is
// known here (V-53): one that a program allocates with such a field. What it
// asks depends on the kernel's own types, and changes within a series.
func (c *checker) specials() {
	b := c.b
	special := map[uint32]bool{}
	for id := b.firstID; id < b.numIDs(); id++ {
		rec := b.record(id)
		switch b.kind(rec) {
		case btf.KindStruct:
			if specialStructs[b.ownName(rec)] {
				special[id] = true
			}
		case btf.KindPtr, btf.KindVolatile:
			if b.isKernelPointer(rec) {
				special[id] = true
			}
		}
	}
	if len(special) == 0 {
		return
	}
	for id := b.firstID; id < b.numIDs(); id++ {
		rec := b.record(id)
		if !isComposite(b.kind(rec)) {
			continue
		}
		for i := range b.vlen(rec) {
			if m := elem(rec, i, 3); special[m[1]] {
				c.id, c.rec = id, rec
				f := c.finding(0, b.typeLine(id, rec, true, ""), "")
				f.Class, f.Element = Undecided, string(b.cstr(m[0]))
				f.Cause = "a field that BPF programs share with the kernel, of which BPF_BTF_LOAD asks more than is checked here"
				c.put(f)
				c.id, c.rec = 0, nil
				return
			}
		}
	}
}

// isKernelPointer tells whether a pointer, volatile or not, has such a tag in the
// chain behind it. Chains were found to end.
func (b *blob) isKernelPointer(rec []uint32) bool {
	if b.kind(rec) == btf.KindVolatile {
		rec = b.record(rec[2])
	}
	if b.kind(rec) != btf.KindPtr {
		return false
	}
	for rec = b.record(rec[2]); rec != nil && isModifier(b.kind(rec)); rec = b.record(rec[2]) {
		if b.kind(rec) == btf.KindTypeTag && kernelPointers[b.ownName(rec)] {
			return true
		}
	}
	return false
}
