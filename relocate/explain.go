package relocate

import (
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// Explain says in words what there is to say about a finding besides its state:
// how the match differs, or what came closest. It is empty for a plain match.
func (d *Distilled) Explain() string {
	switch d.State {
	case Matched:
		return d.explainMatch()
	case Ambiguous:
		var fits []string
		for _, c := range d.Accepted {
			fits = append(fits, c.String())
		}
		text := "fits " + strings.Join(fits, ", ")
		if more := d.NumAccepted - len(d.Accepted); more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		return text
	case SizeMismatch, KindMismatch:
		text := fmt.Sprintf("closest is %v: %v", d.Rejected[0], d.Rejected[0].Why)
		if d.Rejected[0].Why == OtherKindFlag && d.Rejected[0].Kind != btf.KindFwd {
			text += " (the kernel takes the mark of bitfields for that of a union)"
		}
		return text
	case Missing:
		if d.Other != 0 {
			return fmt.Sprintf("[%d] of that name is a %v", d.Other, d.OtherKind)
		}
		return "nothing of that name"
	}
	return "a distilled base cannot have such a type"
}

func (d *Distilled) explainMatch() string {
	var notes []string
	c := d.Accepted[0]
	switch {
	case d.Kind == btf.KindFwd && c.Kind != btf.KindFwd:
		notes = append(notes, fmt.Sprintf("forward declaration of what is a %v now", c.Kind))
	case d.Kind != c.Kind:
		notes = append(notes, fmt.Sprintf("%v now", c.Kind))
	}
	if d.Kind != btf.KindFwd && c.Kind != btf.KindFwd && d.Size != c.Size {
		notes = append(notes, fmt.Sprintf("size %d now", c.Size))
	}
	return strings.Join(notes, ", ")
}

func (c Candidate) String() string {
	if c.Kind == btf.KindFwd {
		return fmt.Sprintf("[%d] FWD", c.ID)
	}
	return fmt.Sprintf("[%d] %v size=%d", c.ID, c.Kind, c.Size)
}
