package verify

import (
	"bytes"
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// hazards looks for what a kernel accepts unseen and should not.
func (c *checker) hazards() {
	c.id, c.rec = 0, nil
	c.surplusTypes()
	if !c.load && c.dangling() && c.more > 0 {
		// What BPF_BTF_LOAD would refuse says something about the encoder.
		c.later = Unchecked
		c.graph()
	}
	if c.b.base == nil && c.rules.Sorted {
		c.unsorted()
	}
	if f := c.wrongBase(); f != nil {
		c.put(f)
	}
}

// surplusTypes reports types that have no ID any more (kernel: btf_add_type, whose
// error btf_check_all_metas ignores). The kernel says so in its log and goes on.
func (c *checker) surplusTypes() {
	if c.b.surplus == 0 {
		return
	}
	c.put(&Finding{
		Class: Hazard, Message: "Exceeded max num of types",
		Cause: fmt.Sprintf("%d types more than a kernel has IDs for, which it forgets in silence: "+
			"types that refer to them are broken", c.b.surplus),
	})
}

// dangling reports references to types that do not exist: the kernel follows
// them when it needs the type. It returns false if there are any.
func (c *checker) dangling() bool {
	b := c.b
	n, first := 0, (*Finding)(nil)
	for i, at := range b.index {
		if at == voidIndex {
			continue
		}
		rec := btf.Record(b.words[at:])
		size, _ := btf.RecordWords(rec.Kind(), rec.Vlen())
		rec = rec[:size]
		for ref := range rec.Refs() {
			if ref < b.numIDs() {
				continue
			}
			if n++; first == nil {
				c.id, c.rec = b.firstID+btf.ID(i), rec
				first = c.finding(0, b.typeLine(c.id, rec, true, ""), "")
				first.Cause = fmt.Sprintf("refers to type %d, and there are %d", ref, b.numIDs())
				c.id, c.rec = 0, nil
			}
		}
	}
	if n == 0 {
		return true
	}
	first.Class = Hazard
	if n > 1 {
		first.Cause += fmt.Sprintf("; %d references like this", n)
	}
	first.Cause += ": a kernel accepts it and may crash when it looks for the type"
	c.put(first)
	return false
}

// unsorted reports the first type of vmlinux that is out of order (kernel:
// btf_check_sorted). The kernel looks for names as if the types were sorted by name,
// from the first type with a name on.
func (c *checker) unsorted() {
	b := c.b
	var last []byte
	for id := btf.ID(1); id < b.numIDs(); id++ {
		rec := b.record(id)
		name := b.cstr(rec.NameOff())
		if bytes.Compare(last, name) <= 0 {
			last = name
			continue
		}
		c.id, c.rec = id, rec
		f := c.finding(0, "", "")
		f.Class = Note
		f.Cause = fmt.Sprintf("not sorted: [%d] %s %s comes after %s; as BTF of vmlinux, "+
			"in which kernels from %s on look up names as if it were, types are not found (resolve_btfids sorts)",
			id, kindName(rec.Kind()), b.name(rec.NameOff()), shorten(last), sinceSorted)
		c.put(f)
		c.id, c.rec = 0, nil
		return
	}
}

// wrongBase reports split BTF that was accepted on a base that it was not made on: by
// luck all of it makes some sense.
func (c *checker) wrongBase() *Finding {
	text := c.otherBase()
	if text == "" {
		return nil
	}
	return &Finding{Class: Hazard, Cause: text}
}
