package relocate

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// Relocate returns the split types on the target instead of on their distilled base,
// as libbpf 1.8 does (btf__relocate). Neither argument changes. The result has the byte
// order of split and the length of its header.
//
// The error is an *Error with the kernel's message if a kernel would refuse the types,
// a *StopError if it would crash or hang, a *btf.ParseError for types that btf.Parse
// would refuse, or one of those of Check.
func Relocate(split *btf.Types, target *Target) (*btf.Types, error) {
	if split.Base() == nil {
		return nil, ErrNotSplit
	}
	if err := split.CheckRecords(); err != nil {
		return nil, err
	}
	c, err := check(split, target)
	if err != nil {
		return nil, err
	}
	switch c.result.Outcome {
	case Refused:
		return nil, c.result.Refusal
	case Crashes, Hangs:
		return nil, &StopError{c.result.Outcome, c.result.Why}
	}
	moved, err := btf.New(split.ByteOrder(), target.types, c.rewrite(), append([]byte(nil), split.Strings()...))
	if err != nil {
		return nil, fmt.Errorf("relocate: %w", err)
	}
	return moved.WithLongHeader(split.HasLongHeader()), nil
}

// rewrite returns the records of the split types with their new IDs and names.
func (c *checker) rewrite() []uint32 {
	words := append([]uint32(nil), c.split.Words()...)
	own := c.split.StringStart()
	shift := c.target.strEnd() - own // modulo 2^32
	at := 0
	for _, old := range c.split.Own() {
		rec := btf.Record(words[at:][:len(old)])
		at += len(rec)
		rec.MapRefs(func(ref btf.ID) btf.ID {
			to, _ := c.result.NewID(ref)
			return to
		})
		rec.MapNames(func(off btf.StrOff) btf.StrOff {
			switch {
			case off >= own:
				return off + shift
			case off != 0:
				return c.target.types.Record(c.names[off]).NameOff()
			}
			return 0
		})
	}
	return words
}
