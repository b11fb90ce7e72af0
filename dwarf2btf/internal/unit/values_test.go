package unit

import (
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// Every form that a value can have goes through every reader of values. A reader has a
// rule for the form, or the form is of a class that says nothing to it; it fails for
// nothing but numbers that are no forms. What the readers that need a section make of
// their forms is in the tests of whole conversions.
func TestForms(t *testing.T) {
	has := func(v *die.Value, classes ...die.Class) bool {
		for _, class := range classes {
			if class == die.ClassOf(v.Form) {
				return true
			}
		}
		return false
	}
	readers := []struct {
		name    string
		read    func(d *Decoder, v *die.Value) (is bool)
		classes []die.Class // whose forms have a rule
		but     []uint16    // of them
	}{
		{"number", func(d *Decoder, v *die.Value) bool { return d.number(v) == 7 },
			[]die.Class{die.ClassConstant, die.ClassFlag, die.ClassOffset, die.ClassAddress}, []uint16{die.FormData16, die.FormAddrx}},
		{"constant", func(d *Decoder, v *die.Value) bool { n, ok := d.constant(v); return ok && n == 7 },
			[]die.Class{die.ClassConstant}, []uint16{die.FormData16}},
		{"offset", func(d *Decoder, v *die.Value) bool { n := d.offset(v); return n == 7 || n == 1<<64-1 },
			[]die.Class{die.ClassConstant, die.ClassBlock, die.ClassExprloc}, []uint16{die.FormData16}},
		{"within", func(d *Decoder, v *die.Value) bool { off, ok := d.within(v); return ok && off == 7 },
			[]die.Class{die.ClassReference}, []uint16{die.FormRefAddr, die.FormRefSig8, die.FormGNURefAlt}},
		{"staticAddress", func(d *Decoder, v *die.Value) bool { _, ok := d.staticAddress(v); return ok }, nil, nil},
	}
	forms := append(die.Forms(), 0x2d) // and one that there is not
	for _, r := range readers {
		for _, form := range forms {
			d := &Decoder{}
			u := &die.Unit{Version: 4, AddrSize: 8}
			d.cur.Start(".debug_info", u, make([]byte, 16), new(die.Table))
			v := die.Value{U: 7, Form: form}
			is, err := read(d, &v, r.read)
			want := has(&v, r.classes...)
			for _, but := range r.but {
				want = want && but != form
			}
			switch {
			case die.ClassOf(form) == die.NoClass:
				if err == nil {
					t.Errorf("%s takes form %#x, which does not exist", r.name, form)
				}
			case err != nil:
				t.Errorf("%s: %v", r.name, err)
			case is != want:
				t.Errorf("%s of %s: %v, want %v", r.name, die.FormName(uint64(form)), is, want)
			}
		}
	}
}

func read(d *Decoder, v *die.Value, f func(*Decoder, *die.Value) bool) (is bool, err error) {
	defer d.cur.Guard(&err)
	return f(d, v), nil
}
