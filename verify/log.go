package verify

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// maxPiece is the longest text that one call of the kernel's log prints, in
// bytes (BPF_VERIFIER_TMP_LOG_SIZE, without the NUL byte).
const maxPiece = 1023

// A line is text for the kernel's log, from pieces that are cut where the kernel
// cuts them.
type line []byte

func (l *line) printf(format string, args ...any) {
	start := len(*l)
	*l = fmt.Appendf(*l, format, args...)
	if len(*l)-start > maxPiece {
		*l = (*l)[:start+maxPiece]
	}
}

// kindName is the kernel's name of a kind.
func kindName(k btf.Kind) string {
	if k == btf.KindVoid {
		return "UNKNOWN"
	}
	return k.String()
}

// typeLine is how the kernel shows a type: with or without the details of its
// kind, and with a message if it has one.
func (b *blob) typeLine(id btf.ID, rec btf.Record, details bool, message string) string {
	var l line
	kind, space := rec.Kind(), ""
	if details {
		space = " "
	}
	l.printf("[%d] %s %s%s", id, kindName(kind), b.name(rec.NameOff()), space)
	if details {
		kindRules[kind].log(b, &l, rec)
	}
	l.message(message)
	return string(l)
}

func (l *line) message(m string) {
	if m != "" {
		l.printf(" ")
		l.printf("%s", m)
	}
}

// memberLine is how the kernel shows a member.
func (b *blob) memberLine(rec btf.Record, m btf.RawMember, message string) string {
	var l line
	if rec.KindFlag() {
		l.printf("\t%s type_id=%d bitfield_size=%d bits_offset=%d", b.name(m.Name), m.Type, m.Width, m.Offset)
	} else {
		l.printf("\t%s type_id=%d bits_offset=%d", b.name(m.Name), m.Type, m.Offset)
	}
	l.message(message)
	return string(l)
}

// varLine is how the kernel shows an entry of a DATASEC.
func varLine(e btf.Secinfo, message string) string {
	var l line
	l.printf("\t type_id=%d offset=%d size=%d", e.Var, e.Offset, e.Size)
	l.message(message)
	return string(l)
}
