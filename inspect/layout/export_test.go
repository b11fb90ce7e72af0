package layout

import "github.com/gopahole/gopahole/btf"

// Endless reports whether pahole's method to make a struct smaller does not end.
func (p *Printer) Endless(id btf.ID) bool {
	p.classes.work = stepsPerType
	k := p.classes.get(id)
	p.classes.countHoles(k)
	if k.holes == 0 && k.bitHoles == 0 {
		return false
	}
	_, ends := p.classes.packedSize(k)
	return !ends
}
