package verify

import (
	"encoding/binary"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// checker takes one blob through the checks.
type checker struct {
	rules   *kernel.Release
	b       *blob
	load    bool   // BPF_BTF_LOAD: level 2 as well
	ptrSize uint32 // bytes of a pointer
	more    int    // how many findings besides the refusal may still be collected
	quiet   bool   // no finding is wanted

	// The type that is checked, for findings.
	id  btf.ID
	rec btf.Record

	ruleless bool // a kind was met that has no rules
	dotted   bool // a name was met that not all updates of the series accept

	report *Report
	later  Class   // of findings that would be refused but are not the refusal
	other  *string // what otherBase said, for causes; nil until it was asked
}

func (c *checker) finding(e kernel.Errno, line, message string) *Finding {
	f := &Finding{Errno: e, Message: message, Line: line}
	if c.rec != nil {
		f.ID, f.Kind, f.Name = c.id, c.rec.Kind(), c.b.ownName(c.rec)
	}
	return f
}

// plain is a finding whose line is the message alone.
func (c *checker) plain(e kernel.Errno, message string) *Finding {
	return c.finding(e, message, message)
}

// fail is a finding about the current type, and basic one whose line is without
// the details of its kind.
func (c *checker) fail(message string) *Finding {
	return c.finding(kernel.EINVAL, c.b.typeLine(c.id, c.rec, true, message), message)
}

func (c *checker) basic(message string) *Finding {
	return c.finding(kernel.EINVAL, c.b.typeLine(c.id, c.rec, false, message), message)
}

// failMember and failVar are about an element of the current type.
func (c *checker) failMember(m btf.RawMember, message string) *Finding {
	f := c.finding(kernel.EINVAL, c.b.memberLine(c.rec, m, message), message)
	if m.Name != 0 {
		f.Element = string(c.b.cstr(m.Name))
	}
	return f
}

func (c *checker) failVar(e btf.Secinfo, message string) *Finding {
	return c.finding(kernel.EINVAL, varLine(e, message), message)
}

// run takes the blob through all checks in the kernel's order, and after those
// through what the kernel does not look at.
func (c *checker) run() {
	if f := c.steps(); f != nil {
		c.put(f)
	}
	if c.load && c.report.Refusal == nil {
		c.specials()
	}
	c.report.Types = len(c.b.index)
	if c.b.base == nil && c.report.Types > 0 {
		c.report.Types-- // void
	}
	if c.report.Refusal == nil {
		c.undecided()
		c.hazards()
	}
}

// undecided notes what no rule tells.
func (c *checker) undecided() {
	c.id, c.rec = 0, nil
	if c.load && !c.rules.Load {
		c.put(&Finding{Class: Undecided, Cause: fmt.Sprintf("what BPF_BTF_LOAD of Linux %v checks in addition is not known", c.rules)})
	}
	if c.dotted {
		c.put(&Finding{Class: Undecided, Cause: fmt.Sprintf("a name has a dot, which Linux %v accepts in its later updates only", c.rules)})
	}
}

// put enters a finding. The first that the kernel would return is the refusal; what
// follows was not reached. It returns false when there are enough.
func (c *checker) put(f *Finding) bool {
	if c.quiet {
		return true
	}
	if f.Cause == "" {
		f.Cause = c.cause(f)
		if v := c.report.Refusal; v != nil && v.Cause == f.Cause {
			f.Cause = "" // said once is enough
		}
	}
	if f.Class == Refusal && c.report.Refusal == nil && c.later == NotReached {
		c.report.Refusal = f
		return c.more > 0
	}
	if f.Class == Refusal {
		f.Class = c.later
	}
	switch {
	case f.Class == Hazard, f.Class == Undecided, f.Class == Note: // there are few
		c.report.More = append(c.report.More, *f)
	case c.more > 0:
		c.more--
		c.report.More = append(c.report.More, *f)
	}
	return c.more > 0
}

// steps returns the first failure that makes all others meaningless, or nil.
func (c *checker) steps() *Finding {
	b := c.b
	if c.load && len(b.raw) > kernel.MaxLoad {
		return c.finding(kernel.E2BIG, "", "")
	}
	if f := c.parseHeader(); f != nil {
		return f
	}
	if f := c.parseStrings(); f != nil {
		return f
	}
	if c.load {
		if f := c.parseLayout(); f != nil {
			return f
		}
		if f := c.parseTypes(); f != nil {
			return f
		}
	}
	b.decodeTypes()
	if !c.records() {
		return nil
	}
	if c.load && !c.graph() {
		return nil
	}
	return c.chains()
}

// byteOrder returns the order of a kernel that may be meant: that of its magic,
// or any if it has none.
func byteOrder(raw []byte) binary.ByteOrder {
	if len(raw) >= 2 && binary.BigEndian.Uint16(raw) == magic {
		return binary.BigEndian
	}
	return binary.LittleEndian
}
