package mutate

import (
	"bytes"
	"debug/elf"
)

// Shrink takes units, DIEs and the contents of sections out of an ELF file, and types out of BTF, as long as keep says
// that the result is still one that is looked for. It returns the smallest one.
func Shrink(data []byte, keep func([]byte) bool) []byte {
	best := data
	try := func(smaller []byte) bool {
		if smaller == nil || bytes.Equal(smaller, best) || !keep(bytes.Clone(smaller)) {
			return false
		}
		best = smaller
		return true
	}
	if im := parseImage(data); im != nil {
		shrinkSections(&best, try)
		shrinkDIEs(&best, try)
		try(packed(best))
	} else if parseRecords(data) != nil {
		shrinkTypes(&best, try)
	}
	return best
}

// shrinkSections empties sections, the largest gain being debugging information of other kinds.
func shrinkSections(best *[]byte, try func([]byte) bool) {
	for i := range parseImage(*best).sections {
		im := parseImage(bytes.Clone(*best))
		s := im.at(i)
		if s.header == 0 || s.size == 0 || s.kind == elf.SHT_NOBITS {
			continue
		}
		im.field(s, shSize).put(im.data, im.order, 0)
		try(im.data)
	}
}

// shrinkDIEs takes units, then subtrees out, from the end, in runs that become shorter.
func shrinkDIEs(best *[]byte, try func([]byte) bool) {
	for {
		im := parseImage(bytes.Clone(*best))
		d := im.debugInfo(".debug_info")
		if d == nil {
			return
		}
		removed := false
		for i := len(d.units) - 1; i >= 0 && !removed && len(d.units) > 1; i-- {
			u := d.units[i]
			removed = try(parseImage(bytes.Clone(*best)).debugInfo(".debug_info").splice(u.start, u.end-u.start, nil, false))
		}
		if !removed {
			break
		}
	}
	for n := 1 << 12; n > 0; n /= 4 {
		for at := 0; ; {
			d := parseImage(bytes.Clone(*best)).debugInfo(".debug_info")
			if d == nil {
				return
			}
			first, last, next := d.run(at, n)
			if last == 0 {
				break
			}
			if !try(d.splice(first, last-first, nil, true)) {
				at = next
			}
		}
	}
}

// run returns where up to n subtrees at depth 1 of one unit are, from the one of index at among all, and the index
// after them.
func (d *debugInfo) run(at, n int) (first, last, next int) {
	i := 0
	unit := -1
	for _, e := range d.dies {
		if e.depth != 1 {
			continue
		}
		if i++; i <= at {
			continue
		}
		if last == 0 {
			first, unit = e.start, e.unit
		} else if e.unit != unit || i > at+n {
			break
		}
		last, next = e.last, i
	}
	return first, last, next
}

// shrinkTypes takes types out of BTF.
func shrinkTypes(best *[]byte, try func([]byte) bool) {
	for n := 1 << 14; n > 0; n /= 4 {
		for end := len(parseRecords(*best).records); end > 0; end -= n {
			r := parseRecords(bytes.Clone(*best))
			if end > len(r.records) {
				continue
			}
			from, to := r.records[max(0, end-n)].start, r.records[end-1].end
			try(r.splice(from, to-from, nil))
		}
	}
}

// packed returns an ELF file without bytes that no section has.
func packed(data []byte) []byte {
	im := parseImage(bytes.Clone(data))
	headers := im.data[im.header(ehShoff):]
	headers = headers[:min(len(headers), len(im.sections)*sum(im.sizes(sectionHeader)))]
	out := bytes.Clone(im.data[:min(64, len(im.data))])
	for _, s := range im.sections {
		contents := im.contents(s)
		if len(contents) == 0 {
			continue
		}
		for len(out)%8 != 0 {
			out = append(out, 0)
		}
		im.field(s, shOffset).put(im.data, im.order, uint64(len(out)))
		out = append(out, contents...)
	}
	for len(out)%8 != 0 {
		out = append(out, 0)
	}
	im.fields[ehShoff].put(out, im.order, uint64(len(out)))
	return append(out, headers...)
}
