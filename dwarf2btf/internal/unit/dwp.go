package unit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// Numbers of the sections in the index of a package (DWARF 5, 7.3.5.3), and those of the
// GNU extension, version 2, which has other ones.
const (
	dwInfo       = 1
	dwTypes      = 2 // GNU
	dwAbbrev     = 3
	dwLine       = 4
	dwLoclists   = 5 // GNU: .debug_loc
	dwStrOffsets = 6
	dwRnglists   = 8
	maxColumn    = 8
)

// packageIndex tells where in a package which unit is.
type packageIndex struct {
	units map[uint64]packageRow // by ID
}

// packageRow is where the parts of a unit are: offset and size by section number.
type packageRow [maxColumn + 1]struct{ off, size uint64 }

// readIndex reads .debug_cu_index or .debug_tu_index. The hash table is not needed: all
// of its slots are looked at.
func (f *splitFile) readIndex(name string) (rows map[uint64]packageRow, version uint32, err error) {
	sec := newSection(f.elf, name)
	if sec.size() == 0 {
		return nil, 0, nil
	}
	if err := sec.load(); err != nil {
		return nil, 0, err
	}
	b, o := sec.data, f.elf.Order
	bad := func(off uint64, format string, args ...any) error {
		return &die.Error{Section: name, Offset: off, Msg: fmt.Sprintf(format, args...)}
	}
	if len(b) < 16 {
		return nil, 0, bad(0, "index is shorter than its header")
	}
	if version = o.Uint32(b); version != 2 {
		if version = uint32(o.Uint16(b)); version != 5 {
			return nil, 0, bad(0, "index of version %d is not supported: 2 and 5 are", version)
		}
	}
	columns, units, slots := uint64(o.Uint32(b[4:])), uint64(o.Uint32(b[8:])), uint64(o.Uint32(b[12:]))
	if columns > 64 || 16+slots*12+columns*4+2*units*columns*4 > uint64(len(b)) {
		return nil, 0, bad(4, "%d units, %d sections and %d slots do not fit into %d bytes", units, columns, slots, len(b))
	}
	signatures, indexes := b[16:], b[16+slots*8:]
	numbers := b[16+slots*12:]
	table := numbers[columns*4:]
	rows = make(map[uint64]packageRow, units)
	seen := make([]bool, units+1)
	for slot := range slots {
		row := uint64(o.Uint32(indexes[slot*4:]))
		if row == 0 {
			continue
		}
		id, at := o.Uint64(signatures[slot*8:]), 16+slots*8+slot*4
		if _, twice := rows[id]; twice || row > units || seen[row] {
			return nil, 0, bad(at, "slot %d of the index has row %d of %d, or is the second for its unit", slot, row, units)
		}
		seen[row] = true
		var r packageRow
		for c := range columns {
			n := uint64(o.Uint32(numbers[c*4:]))
			if n > maxColumn {
				continue
			}
			r[n].off = uint64(o.Uint32(table[((row-1)*columns+c)*4:]))
			r[n].size = uint64(o.Uint32(table[((units+row-1)*columns+c)*4:]))
		}
		rows[id] = r
	}
	return rows, version, nil
}

// findPackage reads the indexes of a package, and finds its type units.
func (f *splitFile) findPackage() error {
	units, version, err := f.readIndex(".debug_cu_index")
	if err != nil {
		return err
	}
	types, typeVersion, err := f.readIndex(".debug_tu_index")
	if err != nil {
		return err
	}
	if units == nil {
		return &die.Error{Section: ".debug_cu_index", Msg: "index is empty"}
	}
	f.index = &packageIndex{units: units}
	info, typeInfo, typeColumn := &f.info, &f.info, dwInfo
	if typeVersion == 2 {
		typeInfo, typeColumn = &f.types, dwTypes
	}
	var places []placeInPackage
	for _, list := range []struct {
		rows    map[uint64]packageRow
		info    *section
		column  int
		version uint32
	}{{units, info, dwInfo, version}, {types, typeInfo, typeColumn, typeVersion}} {
		for id, row := range list.rows {
			if err := f.checkRow(id, row, list.info, list.column, list.version); err != nil {
				return err
			}
			places = append(places, placeInPackage{list.info, row[list.column].off, row[list.column].size, id})
		}
	}
	if err := checkOverlap(places); err != nil {
		return err
	}
	list := &typeUnits{bySig: make(map[uint64]*typeUnit)}
	for _, p := range places[len(units):] {
		row := types[p.id]
		scanned, err := f.scanRow(typeInfo, typeColumn, row, typeVersion == 2)
		if err != nil {
			return err
		}
		for i := range scanned {
			if u := &scanned[i]; isTypeUnit(u) && u.Signature == p.id {
				list.list = append(list.list, &typeUnit{Unit: *u, info: typeInfo, part: row.part(u)})
			}
		}
	}
	f.unitBytes = f.info.size() + f.types.size()
	slices.SortFunc(list.list, func(a, b *typeUnit) int { return cmp.Compare(a.Offset, b.Offset) })
	return f.setTypeUnits(list)
}

// checkRow checks that the parts of a unit are in their sections.
func (f *splitFile) checkRow(id uint64, row packageRow, info *section, column int, version uint32) error {
	lists := &f.loclists
	if version == 2 {
		lists = &f.loc
	}
	for _, p := range []struct {
		n   int
		sec *section
	}{{column, info}, {dwAbbrev, &f.abbrev}, {dwLoclists, lists}, {dwStrOffsets, &f.strOffsets}} {
		if r := row[p.n]; r.off+r.size > p.sec.size() {
			return fmt.Errorf("index: unit %#016x is said to have %d bytes at %s+%#x, which is outside of the section", id, r.size, p.sec.name, r.off)
		}
	}
	return nil
}

// placeInPackage is where a unit's entries are.
type placeInPackage struct {
	info      *section
	off, size uint64
	id        uint64
}

// checkOverlap refuses units that share bytes: a small package could stand for any size.
func checkOverlap(places []placeInPackage) error {
	sorted := slices.Clone(places)
	slices.SortFunc(sorted, func(a, b placeInPackage) int {
		return cmp.Or(cmp.Compare(a.info.name, b.info.name), cmp.Compare(a.off, b.off))
	})
	for i := 1; i < len(sorted); i++ {
		if a, b := &sorted[i-1], &sorted[i]; a.info == b.info && a.off+a.size > b.off {
			return fmt.Errorf("index: units %#016x and %#016x overlap at %s+%#x", a.id, b.id, b.info.name, b.off)
		}
	}
	return nil
}

// scanRow returns the units of a row, with the places of their parts.
func (f *splitFile) scanRow(info *section, column int, row packageRow, types bool) ([]die.Unit, error) {
	start := row[column].off
	units, err := die.ScanUnits(info.name, row[column].size, f.elf.Order, types, func(p []byte, off uint64) error { return info.read(p, start+off) })
	if err != nil {
		return nil, fmt.Errorf("unit of the index at %#x: %w", start, err)
	}
	for i := range units {
		units[i].Offset += start
		units[i].AbbrevOff += row[dwAbbrev].off
		units[i].Apart = true
	}
	return units, nil
}

// part returns where the other parts of a unit are.
func (r *packageRow) part(u *die.Unit) contribution {
	return contribution{strOffsets: r[dwStrOffsets].off, lists: r[dwLoclists].off, rnglists: r[dwRnglists].off, line: r[dwLine].off}
}

// unitOf returns the compile unit of a row.
func (f *splitFile) unitOf(id uint64, row packageRow) (*splitUnit, error) {
	units, err := f.scanRow(&f.info, dwInfo, row, false)
	if err != nil {
		return nil, err
	}
	ids := idReader{src: &f.source}
	for i := range units {
		u := &units[i]
		if isTypeUnit(u) {
			continue
		}
		if got, err := ids.read(&f.info, u); err != nil {
			return nil, err
		} else if got == id {
			return &splitUnit{Unit: *u, file: f, info: &f.info, part: row.part(u)}, nil
		}
	}
	return nil, fmt.Errorf("index: no unit with the ID %#016x at %s+%#x", id, f.info.name, row[dwInfo].off)
}
