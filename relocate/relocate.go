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
	_, moved, err := relocate(split, target)
	return moved, err
}

// relocate is Relocate, and returns what it found out.
func relocate(split *btf.Types, target *Target) (*checker, *btf.Types, error) {
	if split.Base() == nil {
		return nil, nil, ErrNotSplit
	}
	if err := split.CheckRecords(); err != nil {
		return nil, nil, err
	}
	c, err := check(split, target)
	if err != nil {
		return nil, nil, err
	}
	switch c.result.Outcome {
	case Refused:
		return nil, nil, c.result.Refusal
	case Crashes, Hangs:
		return nil, nil, &StopError{c.result.Outcome, c.result.Why}
	}
	moved, err := c.rewrite(split, target.types)
	return c, moved, err
}

// rewrite returns the split types, or others that are split from those, on a new base
// with their new IDs and names.
func (c *checker) rewrite(types, base *btf.Types) (*btf.Types, error) {
	words := append([]uint32(nil), types.Words()...)
	own := c.split.StringStart()
	shift := c.target.strEnd() - own // modulo 2^32
	at := 0
	for _, old := range types.Own() {
		rec := btf.Record(words[at:][:len(old)])
		at += len(rec)
		rec.MapRefs(func(ref btf.ID) btf.ID {
			if ref >= c.first {
				return ref - c.first + c.result.newFirst
			}
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
	moved, err := btf.New(types.ByteOrder(), base, words, types.Strings())
	if err != nil {
		return nil, fmt.Errorf("relocate: %w", err)
	}
	return moved.WithLongHeader(types.HasLongHeader()), nil
}
