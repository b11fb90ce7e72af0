package mutate

import form "github.com/gopahole/gopahole/internal/dwarftest"

// abbrevChanges are for .debug_abbrev.
var abbrevChanges = []change{
	{"abbreviations: form", 6, onSpec(func(m *Mutator, abbrevs []byte, s spec) {
		f := form.Form(m.Uint64N(0x2d))
		if m.one(2) {
			f = among(m, usualForms)
		}
		_, end := uleb(abbrevs, s.formAt)
		putLEB(abbrevs[s.formAt:], end-s.formAt, uint64(f))
	})},
	{"abbreviations: attribute", 6, onSpec(func(m *Mutator, abbrevs []byte, s spec) {
		putLEB(abbrevs[s.at:], s.formAt-s.at, uint64(among(m, interesting)))
	})},
	{"abbreviations: end", 1, onSpec(func(m *Mutator, abbrevs []byte, s spec) {
		clear(abbrevs[s.at:s.end])
	})},
	{"abbreviations: bytes", 3, onImage(func(m *Mutator, im *image) []byte {
		abbrevs := im.named(among(m, []string{".debug_abbrev", ".debug_abbrev.dwo"}))
		if len(abbrevs) == 0 {
			return nil
		}
		abbrevs[m.IntN(len(abbrevs))] = byte(m.edge(1, 0x11))
		return im.data
	})},
	{"abbreviations: tag", 5, onInfo(func(m *Mutator, d *debugInfo) []byte {
		abbrevs := d.declarations
		u := among(m, d.units)
		// The tag stands after the code, and both have a byte or two; a walk from the start of the table finds them.
		var tags []field
		for at := int(u.abbrevOff); at >= 0 && at < len(abbrevs); {
			code, end := uleb(abbrevs, at)
			if code == 0 || end < 0 {
				break
			}
			_, tagEnd := uleb(abbrevs, end)
			if tagEnd < 0 {
				break
			}
			tags = append(tags, field{end, tagEnd - end + 1}) // with the byte for children
			at = tagEnd + 1
			for _, s := range u.abbrevs[code].specs {
				at = s.end
			}
			at += 2
		}
		if len(tags) == 0 {
			return nil
		}
		t := among(m, tags)
		if m.one(3) && t.in(abbrevs) {
			abbrevs[t.off+t.size-1] ^= 1
			return d.data
		}
		putLEB(abbrevs[t.off:], t.size-1, uint64(among(m, tagNumbers)))
		return d.data
	})},
}

// usualForms are those that decide how the rest is read.
var usualForms = []form.Form{
	form.FormData1, form.FormData4, form.FormUdata, form.FormSdata, form.FormRef4, form.FormRefUdata, form.FormStrp,
	form.FormString, form.FormBlock, form.FormExprloc, form.FormSecOffset, form.FormIndirect, form.FormImplicitConst,
	form.FormFlagPresent, form.FormStrx, form.FormAddrx, form.FormLoclistx, form.FormRefSig8, form.FormRefSup4,
	form.FormStrpSup, form.FormData16, form.FormRefAddr,
}

// tagNumbers are those that mean types, functions, variables and units.
var tagNumbers = []int{
	0x01, 0x02, 0x04, 0x05, 0x0b, 0x0d, 0x0f, 0x10, 0x11, 0x13, 0x15, 0x16, 0x17, 0x18, 0x1c, 0x1d, 0x1f, 0x21, 0x24,
	0x26, 0x28, 0x2e, 0x33, 0x34, 0x35, 0x37, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x41, 0x42, 0x47, 0x4a,
}

// onSpec changes an attribute of an abbreviation that DIEs use.
func onSpec(f func(m *Mutator, abbrevs []byte, s spec)) func(*Mutator, []byte) []byte {
	return onInfo(func(m *Mutator, d *debugInfo) []byte {
		a := among(m, d.dies).abbrev
		if len(a.specs) == 0 {
			return nil
		}
		f(m, d.declarations, among(m, a.specs))
		return d.data
	})
}
