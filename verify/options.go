package verify

import (
	"cmp"
	"encoding/binary"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// Options of [Check]. The zero value judges BTF of vmlinux by the newest rules.
type Options struct {
	// Release is the row whose rules count, nil for the newest. It has to be a row
	// with rules; a [Loader] also judges for other releases.
	Release *kernel.Release
	// Base is what the BTF is split from, nil if it is not.
	Base *Base
	// Load asks for the checks of BPF_BTF_LOAD. That call does not know split BTF;
	// with a Base it is judged as if it did.
	Load bool
	// Order is the byte order of the kernel, which refuses BTF in the other one; nil
	// for that of the base, or else of the BTF.
	Order binary.ByteOrder
	// PointerSize is the size of a pointer on the kernel's machine in bytes, 0 for 8.
	PointerSize int
	// AssumeModules judges a module as if vmlinux were built to look at the BTF of
	// modules, also where its types say that it is not.
	AssumeModules bool
	// More is how many findings to return besides the Refusal and hazards.
	More int
}

// NewBase returns raw BTF as a base for others, which are then judged by the same row
// of rules, and the Report on it. The Base is nil if the kernel refuses the BTF. It
// keeps raw. A kernel knows no base of a base, but Options may have one.
func NewBase(raw []byte, o Options) (*Base, *Report) {
	c := newChecker(raw, o)
	c.run()
	if c.report.Refusal != nil {
		return nil, c.report
	}
	return &Base{b: c.b}, c.report
}

// Check judges raw BTF: that of vmlinux, or with Options.Base that of a module, or with
// Options.Load what BPF_BTF_LOAD gets. It does not keep raw. Time and memory are in
// proportion to its length. The Verdict is Unknown where nobody knows a rule; anything
// else that is wrong with the BTF is in the Report as well, so there is no error.
func Check(raw []byte, o Options) *Report {
	c := newChecker(raw, o)
	c.run()
	return c.report
}

func newChecker(raw []byte, o Options) *checker {
	r := cmp.Or(o.Release, kernel.Newest())
	b := &blob{rules: r, raw: raw}
	if o.Base != nil {
		b.base = o.Base.b
		b.firstID = b.base.numIDs()
		b.strStart = b.base.strStart + btf.StrOff(len(b.base.strs))
	}
	switch {
	case o.Order == nil && b.base != nil:
		b.order = b.base.order
	case o.Order == nil:
		b.order = byteOrder(raw)
	case o.Order.Uint16([]byte{1, 0}) == 1: // also binary.NativeEndian
		b.order = binary.LittleEndian
	default:
		b.order = binary.BigEndian
	}
	c := &checker{rules: r, b: b, load: o.Load, ptrSize: uint32(o.PointerSize), more: o.More, later: NotReached}
	if c.ptrSize == 0 {
		c.ptrSize = 8
	}
	c.report = &Report{Rows: []*kernel.Release{r}, Base: o.Base}
	return c
}

// walkBase resolves the types of a base, which level 2 of what is split from it
// needs. What is wrong there is not reported again.
func (c *checker) walkBase() {
	base := c.b.base
	if base == nil {
		return
	}
	base.walkOnce.Do(func() {
		(&checker{rules: base.rules, b: base, ptrSize: c.ptrSize, quiet: true}).graph()
	})
}
