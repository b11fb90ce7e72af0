package unit

import (
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/internal/quote"
)

// verboseFilter notes that the unit is left out because of its language. Of one
// that is excluded by name pahole says so twice, unless units are merged.
func (d *Decoder) verboseFilter(language uint16, name []byte) {
	d.cu.Filtered = !d.s.Merged
	if d.s.opts.Verbose == nil || d.marking {
		return
	}
	if d.s.Merged && !d.cur.Have.Has(die.Name) {
		name = []byte("(null)")
	}
	line := d.s.filterLine(name, language)
	switch {
	case d.s.Merged:
		d.s.Verbose("%s", line)
	case d.s.opts.ExcludesLanguage(language):
		d.cu.Reason = line + line
	default:
		d.cu.Reason = line
	}
}

// filterLine says that a unit is left out because of its language.
func (s *File) filterLine(name []byte, language uint16) string {
	return fmt.Sprintf("Filtering CU %s written in %s.\n", quote.Name(string(name)), s.opts.LanguageName(language))
}

// Enum is an ENUM with a negative value and an underlying type. pahole prints
// its values as signed numbers if that type is signed, and as unsigned ones of 64
// bits otherwise.
type Enum struct {
	Num        uint32 // type number
	underlying die.Ref
}
