package verify

import (
	"cmp"
	"encoding/binary"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// Options of [Check]. The zero value judges BTF of vmlinux by the newest rules.
type Options struct {
	// Release has the rules; nil stands for the newest. It is not a row that is
	// Between: [Judge] is for those.
	Release *kernel.Release
	// Base is what the BTF is split from, nil if it is not.
	Base *Base
	// Load asks for the checks of BPF_BTF_LOAD. That call does not know split BTF;
	// with a Base it is judged as if it did.
	Load bool
	// Order is the byte order of the kernel, nil for that of the base or else of the
	// BTF: a kernel refuses the other.
	Order binary.ByteOrder
	// PointerSize is the size of a pointer on the kernel's machine, 0 for 8 bytes.
	PointerSize int
	// AssumeModules judges a module as if vmlinux were built to look at the BTF of
	// modules, also where its types say that it is not.
	AssumeModules bool
	// More is the number of findings to return besides the verdict.
	More int
}

// NewBase takes raw BTF as a base for others, which are then judged for the same
// version. The Base is nil if the kernel refuses it. It keeps raw. A kernel knows no
// base of a base, but Options may have one.
func NewBase(raw []byte, o Options) (*Base, *Report) {
	c := newChecker(raw, o)
	c.run()
	if c.report.Refusal != nil {
		return nil, c.report
	}
	return &Base{b: c.b}, c.report
}

// Check judges raw BTF. It does not keep it, unless as the Base of others, and
// its time and memory are in proportion to its length.
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
	c := &checker{rules: r, b: b, load: o.Load, ptrSize: uint32(o.PointerSize), more: o.More, behind: NotReached}
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
