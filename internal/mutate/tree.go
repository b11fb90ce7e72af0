package mutate

import (
	"bytes"
	"debug/dwarf"
)

// treeChanges are for the order and nesting of DIEs and units.
var treeChanges = []change{
	{"tree: null dropped", 3, onInfo(func(m *Mutator, d *debugInfo) []byte {
		for range tries {
			if e := among(m, d.dies); e.last > e.end {
				return d.splice(e.last-1, 1, nil, m.one(2))
			}
		}
		return nil
	})},
	{"tree: null inserted", 3, onInfo(func(m *Mutator, d *debugInfo) []byte {
		e := among(m, d.dies)
		return d.splice(e.start, 0, make([]byte, 1+m.IntN(3)), !m.one(4))
	})},
	{"tree: DIE to nulls", 3, onInfo(func(m *Mutator, d *debugInfo) []byte {
		e := among(m, d.dies)
		clear(d.bytes[e.start:e.last])
		return d.data
	})},
	{"tree: subtree removed", 4, onInfo(func(m *Mutator, d *debugInfo) []byte {
		e := among(m, d.dies)
		return d.splice(e.start, e.last-e.start, nil, !m.one(4))
	})},
	{"tree: subtree repeated", 5, onInfo(func(m *Mutator, d *debugInfo) []byte {
		e := among(m, d.dies)
		part := bytes.Clone(d.bytes[e.start:e.last])
		n := 1
		if m.one(3) {
			n = 1 << m.IntN(12)
		}
		if len(part)*n > 1<<20 {
			n = 1
		}
		return d.splice(e.last, 0, bytes.Repeat(part, n), !m.one(4))
	})},
	{"tree: subtree moved", 5, onInfo(func(m *Mutator, d *debugInfo) []byte {
		from := among(m, d.dies)
		u := d.units[from.unit]
		to := d.dies[u.dies[0]+m.IntN(u.dies[1]-u.dies[0])]
		part := bytes.Clone(d.bytes[from.start:from.last])
		at := to.start
		if m.one(2) {
			at = to.end // its first child, if it has children
		}
		return d.splice(at, 0, part, !m.one(4))
	})},
	{"tree: siblings swapped", 3, onInfo(func(m *Mutator, d *debugInfo) []byte {
		i := m.IntN(len(d.dies))
		a := d.dies[i]
		for _, b := range d.dies[i+1 : min(i+500, len(d.dies))] {
			if b.start == a.last && b.unit == a.unit {
				part := append(bytes.Clone(d.bytes[b.start:b.last]), d.bytes[a.start:a.last]...)
				copy(d.bytes[a.start:], part)
				return d.data
			}
		}
		return nil
	})},
	{"tree: deep", 2, onInfo(func(m *Mutator, d *debugInfo) []byte {
		for range tries {
			e := among(m, d.dies)
			if !e.abbrev.children || e.abbrev.tag == dwarf.TagCompileUnit {
				continue
			}
			n := 1 << m.IntN(15)
			if (e.end-e.start)*n > 1<<20 {
				n = 10
			}
			opened := bytes.Repeat(d.bytes[e.start:e.end], n)
			if m.one(2) { // and closed
				opened = append(opened, make([]byte, n)...)
			}
			return d.splice(e.start, 0, opened, m.one(2))
		}
		return nil
	})},
	{"tree: unit removed", 2, onInfo(func(m *Mutator, d *debugInfo) []byte {
		u := among(m, d.units)
		if len(d.units) < 2 {
			return nil
		}
		return d.replace(d.section, spliced(d.bytes, u.start, u.end-u.start, nil))
	})},
	{"tree: unit repeated", 2, onInfo(func(m *Mutator, d *debugInfo) []byte {
		u := among(m, d.units)
		part := bytes.Clone(d.bytes[u.start:u.end])
		n := 1
		if m.one(4) && len(part) < 1<<13 {
			n = 1 << m.IntN(6)
		}
		return d.replace(d.section, append(bytes.Clone(d.bytes), bytes.Repeat(part, n)...))
	})},
	{"tree: unit of another file", 2, onInfo(func(m *Mutator, d *debugInfo) []byte {
		im := parseImage(m.other())
		if im == nil || im.is64 != d.is64 {
			return nil
		}
		other := im.debugInfo(".debug_info")
		if other == nil {
			return nil
		}
		u := among(m, other.units)
		part := bytes.Clone(other.bytes[u.start:u.end])
		// Its abbreviations come along, its strings do not.
		s, _ := d.image.section(".debug_abbrev")
		abbrevs := append(bytes.Clone(d.contents(s)), im.named(".debug_abbrev")...)
		for _, f := range u.header {
			if f.size == u.offsets && f.off > u.header[0].off+3 && other.value(f) == u.abbrevOff && f != u.header[0] {
				field{f.off - u.start, f.size}.put(part, d.order, u.abbrevOff+s.size)
			}
		}
		image := parseImage(d.replace(d.section, append(bytes.Clone(d.bytes), part...)))
		if image == nil {
			return nil
		}
		return image.replace(image.at(s.index), abbrevs)
	})},
}
