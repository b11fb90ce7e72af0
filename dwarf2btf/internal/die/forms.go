package die

import "slices"

// Forms returns the forms that a [Value] can have: those of DWARF and of GNU, folded, in
// ascending order. Who reads values has to know what each of them means.
func Forms() []uint16 {
	var forms []uint16
	for _, u := range []Unit{{AddrSize: 8}, {AddrSize: 8, Apart: true}} {
		for form := range uint64(FormGNUStrpAlt + 1) {
			if o, ok := compileForm(form, &u); ok && form != formIndirect { // which is replaced by another one
				forms = append(forms, o.form)
			}
		}
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}
