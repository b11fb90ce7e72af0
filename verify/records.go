package verify

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// records checks each type by itself, in order (kernel: btf_check_all_metas and the
// check_meta of each kind). It returns false if something is wrong. If more findings
// were asked for it goes on after that, as long as it is known where the next record
// begins.
func (c *checker) records() bool {
	b := c.b
	left := b.typeLen // in bytes
	ok := true
	c.id = b.firstID
	if b.base == nil {
		c.id = 1
	}
	for at := uint32(0); left > 0; c.id++ {
		n, f := c.record(at, left)
		if f != nil {
			ok = false
			if !c.put(f) || n == 0 {
				break
			}
		}
		b.add(at)
		at += n / 4
		left -= n
	}
	c.id, c.rec = 0, nil
	return ok
}

// record checks the record at a word of the section, with left bytes to its end,
// and returns its length in bytes, 0 if that is not known.
func (c *checker) record(at, left uint32) (uint32, *Finding) {
	const head = 12 // bytes
	b := c.b
	c.rec = nil
	if left < head {
		return 0, c.brief("meta_left:%d meta_needed:%d", left, head)
	}
	rec := btf.Record(b.words[at:])
	info := rec.Info()
	b.words[at+1] &^= c.rules.Unused // from here on it says what this kernel reads in it
	kind := rec.Kind()
	var f *Finding
	switch {
	case info&c.rules.Unused != 0:
		f = c.brief("Invalid btf_info:%x", info)
	case !c.rules.Knows(kind):
		return 0, c.brief(invalidKind+"%d", kind)
	case !c.nameExists(rec.NameOff()):
		f = c.brief("Invalid name_offset:%d", rec.NameOff())
	}
	if !c.rules.Knows(kind) {
		return 0, f
	}
	size, _ := btf.RecordWords(kind, rec.Vlen())
	c.rec = rec
	tail := uint32(size)*4 - head
	if left-head < tail {
		if f == nil {
			message := fmt.Sprintf("meta_left:%d meta_needed:%d", left-head, tail)
			f = c.basic(message)
		}
		return 0, f
	}
	if f == nil {
		f = kindRules[kind].checkRecord(c, rec)
	}
	return head + tail, f
}

// brief is a finding whose line has the ID only: the record is not one.
func (c *checker) brief(format string, args ...any) *Finding {
	message := fmt.Sprintf(format, args...)
	f := c.plain(kernel.EINVAL, message)
	f.Line = fmt.Sprintf("[%d] %s", c.id, message)
	f.ID = c.id
	return f
}
