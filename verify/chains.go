package verify

import (
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// chains follows each modifier to what is no modifier (kernel:
// btf_check_type_tags, btf_check_modifier_chain_length). A walk ends
// early at a type that an earlier one has passed, so that only what refers to
// later types can be too long.
func (c *checker) chains() *Finding {
	if !c.rules.Chains {
		return nil
	}
	b := c.b
	first := b.firstID
	if b.base == nil {
		first = 1
	}
	passed := int64(first) - 1 // the last modifier that was followed
	for id := first; id < b.numIDs(); id++ {
		rec := b.record(id)
		if !rec.Kind().IsModifier() {
			continue
		}
		c.id, c.rec = id, rec
		inTags := rec.Kind() == btf.KindTypeTag
		for at, left := id, kernel.MaxChain; rec.Kind().IsModifier(); left-- {
			if left == 0 {
				return c.plain(kernel.ELOOP, "Max chain length or cycle detected")
			}
			tag := rec.Kind() == btf.KindTypeTag
			if c.rules.TagsFirst && tag && !inTags {
				return c.plain(kernel.EINVAL, "Type tags don't precede modifiers")
			}
			inTags = inTags && tag
			if int64(at) <= passed {
				break
			}
			at = rec.Type()
			if rec = b.record(at); rec == nil {
				return c.finding(kernel.EINVAL, "", "")
			}
		}
		passed = int64(id)
	}
	c.id, c.rec = 0, nil
	return nil
}
