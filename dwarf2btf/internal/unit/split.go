package unit

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
)

// Split DWARF (-gsplit-dwarf) leaves a skeleton of each unit in the object, with what a
// linker has to change, and puts all else into a file beside it, or into sections that a
// linker drops (DWARF 5, 3.1.2; before that an extension of GNU).
//
//	a.elf   .debug_info   skeleton: name of the file, ID, where its addresses begin
//	        .debug_addr   addresses of the units
//	a.dwo   .debug_info.dwo, .debug_str.dwo, …       the unit with that ID
//	a.elf.dwp             the same of many units, with an index (dwp, llvm-dwp)
//
// The unit takes the place of its skeleton, so the result is that of the same program
// without this option. A unit that is not found is an error.

// skeleton is what a unit says that is elsewhere.
type skeleton struct {
	debugfile.SplitUnit
	id       uint64
	offset   uint64 // in .debug_info
	addrBase uint64
	ranges   rangeBases
}

// isSkeleton reports whether the entry read last, the first of its unit, says that the
// unit is elsewhere. Units that are elsewhere may say so, too.
func (d *Decoder) isSkeleton(u *die.Unit, root *die.Abbrev) bool {
	return d.src.skeletons == nil && (d.cur.Have.Has(die.DwoName) || u.Type == die.UTSkeleton || root.Tag == die.TagSkeletonUnit)
}

// readSkeleton keeps what the first entry of a skeleton says. What is below it is
// repeated for programs that symbolize only (clang).
func (d *Decoder) readSkeleton(u *die.Unit) *skeleton {
	d.readUnitAttrs(u)
	sk := &skeleton{id: u.Signature, offset: u.Offset, addrBase: d.attrs.addrBase}
	if d.inl.on || d.tracing() {
		sk.ranges = d.ownRangeBases()
	}
	if !d.cur.Have.Has(die.DwoName) {
		d.cur.Fail(d.cur.At, "skeleton unit that does not name its .dwo file")
	}
	sk.Name = d.string(die.DwoName)
	sk.CompDir = d.string(die.CompDir)
	if u.Version < 5 {
		if !d.cur.Have.Has(die.DwoID) {
			d.cur.Fail(d.cur.At, "unit that names the .dwo file %q without an ID", sk.Name)
		}
		sk.id = d.num(die.DwoID)
	}
	const maxPath = 4096
	if sk.Name == "" || len(sk.Name) > maxPath || len(sk.CompDir) > maxPath || strings.ContainsRune(sk.Name+sk.CompDir, 0) {
		d.cur.Fail(d.cur.At, "name of a .dwo file that is no path: %.100q", sk.Name)
	}
	return sk
}

// string returns the text of a string attribute.
func (d *reader) string(s die.Slot) string {
	if !d.cur.Have.Has(s) {
		return ""
	}
	text, _ := d.text(&d.cur.V[s])
	return string(text)
}

// splitUnit decodes the unit of a skeleton into the CU.
func (d *Decoder) splitUnit(sk *skeleton) error {
	c := d.cu
	u, err := d.s.split.find(sk)
	if err != nil {
		return err
	}
	c.held = append(c.held, u)
	c.Stats.SplitBytes += u.file.bytesOf(u)
	d.use(&u.file.source)
	d.info, d.part, d.skeleton = u.info, u.part, sk
	if d.s.Merged {
		if d.delta, err = c.place(u.info, &u.Unit); err != nil {
			return c.inSplit(err)
		}
	} else {
		c.base, d.delta, c.next, d.single = u.Offset, 0, u.Len, u.file.signed == nil
	}
	if err := d.load(&u.Unit); err != nil {
		return c.inSplit(err)
	}
	if d.single {
		c.reserve(d.room)
	}
	taken := c.taken
	if err := d.walkUnit(&u.Unit); err != nil {
		return c.inSplit(err)
	}
	if d.single || c.taken == taken {
		return nil
	}
	if err := d.wantedTypes(); err != nil || u.file.index != nil {
		return c.inSplit(err)
	}
	// What nobody refers to is of this unit as well.
	return c.inSplit(d.allTypes(u.file.signed))
}

// bytesOf returns what a unit stands for of all bytes of the file's units.
func (f *splitFile) bytesOf(u *splitUnit) uint64 {
	if f.index != nil {
		return uint64(u.Len)
	}
	return f.unitBytes / uint64(len(f.units))
}

// inSplit returns an error of the CU with the file's name.
func (c *CU) inSplit(err error) error {
	if err == nil || len(c.held) == 0 {
		return err
	}
	return fmt.Errorf("%s: %w", c.held[len(c.held)-1].file.path, err)
}

// allTypes decodes all type units of a list that the CU does not have yet.
func (d *Decoder) allTypes(t *typeUnits) error {
	if t == nil {
		return nil
	}
	for _, u := range t.list {
		if _, err := d.wantGuarded(u); err != nil {
			return err
		}
		if err := d.wantedTypes(); err != nil {
			return err
		}
	}
	return nil
}

// releaseSplit gives back the split units of a CU that is complete.
func (d *Decoder) releaseSplit() {
	for _, u := range d.cu.held {
		d.s.split.release(u)
	}
	clear(d.cu.held)
	d.cu.held = d.cu.held[:0]
}

// bases returns where the parts of a split unit begin: after the headers of its tables
// (DWARF 5, 7.26 and 7.29), at the very beginning before DWARF 5.
func (p contribution) bases(u *die.Unit) (strOffsets, loclists uint64) {
	if u.Version < 5 {
		return p.strOffsets, p.lists
	}
	if u.Is64 {
		return p.strOffsets + 16, p.lists + 20
	}
	return p.strOffsets + 8, p.lists + 12
}

// rnglistsBase is bases for .debug_rnglists.dwo, which DWARF 5 has.
func (p contribution) rnglistsBase(u *die.Unit) uint64 {
	if u.Is64 {
		return p.rnglists + 20
	}
	return p.rnglists + 12
}

func bigEndian(o binary.ByteOrder) bool { return o == binary.ByteOrder(binary.BigEndian) }

func isRelocations(s *elffile.Section) bool { return s.Type == elf.SHT_REL || s.Type == elf.SHT_RELA }

func isSplitSection(name string) bool {
	return strings.HasSuffix(name, ".dwo") && (strings.HasPrefix(name, ".debug_") || strings.HasPrefix(name, ".zdebug_"))
}

// isNamed reports whether a section has a name, or that of its older compressed form.
func isNamed(s *elffile.Section, name string) bool {
	return s.Name == name || s.Name == ".z"+name[1:]
}

// refInSplit returns the reference to an offset of the section, which has to be in the
// unit.
func (d *reader) refInSplit(off uint64) uint32 {
	if u := d.cur.Unit; off-u.Offset < uint64(u.Len) {
		return d.delta + uint32(off-u.Offset)
	}
	d.cur.Fail(d.cur.At, "reference to %s+%#x leaves the split unit", d.cur.Section, off)
	return 0
}

// reachOthers marks the type units that units of a package refer to which the input does
// not have: they belong to another program.
func (d *Decoder) reachOthers(pkg *splitFile) {
	for _, id := range slices.Sorted(maps.Keys(pkg.index.units)) {
		if pkg.byID[id] != nil {
			continue
		}
		u, err := pkg.unit(id)
		if err != nil || u == nil {
			continue
		}
		d.cu = NewCU()
		d.cu.next = u.Len
		d.use(&pkg.source)
		d.info, d.part, d.delta, d.skeleton = u.info, u.part, 0, new(skeleton)
		// What cannot be encoded there is none of this input's business.
		if d.load(&u.Unit) == nil && d.walkUnit(&u.Unit) == nil {
			_ = d.wantedTypes()
		}
	}
}
