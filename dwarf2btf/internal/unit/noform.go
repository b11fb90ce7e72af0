package unit

import (
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// NoForm is a type of the input that BTF has no form for.
type NoForm struct {
	Section string
	Offset  uint64 // of the DIE in the section, in bytes

	What     string // the type, such as "DW_TAG_atomic_type"
	User     string // what has this type, such as "member 'x' of struct 's'"; "" if that is not known
	Unit     string // DW_AT_name of the unit
	Language uint16
}

// noForm handles the DIE at an offset of the unit that BTF has no form for. It
// returns with best effort only, and then there will be a warning: something else,
// or nothing, stands for it.
func (d *reader) noForm(at die.Off, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if d.s.opts.BestEffort {
		d.ctx.left = append(d.ctx.left, leftOut{at, what})
		return
	}
	n := d.describeNoForm(at, what)
	n.User = d.users(at)[at]
	text, err := d.s.opts.NoForm(n)
	d.cur.FailWith(at, text, err)
}

// leftOut is a DIE that BTF has no form for.
type leftOut struct {
	at   die.Off
	what string
}

func (d *reader) describeNoForm(at die.Off, what string) NoForm {
	return NoForm{
		Section: d.cur.Section, Offset: d.cur.Unit.Offset + uint64(at),
		What: what, Unit: string(d.keyBytes(d.ctx.name)), Language: d.ctx.language,
	}
}

// reportLeft warns of what was left out of the unit that is being decoded.
func (d *reader) reportLeft() {
	left := d.ctx.left
	if len(left) == 0 || !d.s.opts.Report {
		return
	}
	offs := make([]die.Off, len(left))
	for i, l := range left {
		offs[i] = l.at
	}
	users := d.users(offs...)
	for _, l := range left {
		n := d.describeNoForm(l.at, l.what)
		n.User = users[l.at]
		text, _ := d.s.opts.NoForm(n)
		d.cu.Reports = append(d.cu.Reports, report{key: n.What + " " + n.User, msg: "left out: " + text})
	}
}

// users says what DIEs of the unit are for: the first one that refers to them, or
// what they are themselves, by kind and name. It reads the unit from the beginning,
// which is for messages only.
func (d *reader) users(offs ...die.Off) (users map[die.Off]string) {
	users, selves := make(map[die.Off]string, len(offs)), make(map[die.Off]string)
	for _, off := range offs {
		users[off] = ""
	}
	defer func() {
		for off, self := range selves {
			if users[off] == "" {
				users[off] = self
			}
		}
	}()
	cur := d.cur
	var err error
	defer cur.Guard(&err) // what comes after the DIE may not have been looked at
	cur.Start(cur.Section, cur.Unit, cur.Data, cur.Table)
	var parents []string
	note := func(in map[die.Off]string, of die.Off, self string) {
		if _, asked := users[of]; !asked || in[of] != "" || self == "" {
			return
		}
		if n := len(parents); n > 1 && parents[n-1] != "" {
			self += " of " + parents[n-1]
		}
		in[of] = self
	}
	for cur.More() {
		a := cur.Next()
		if a == nil {
			parents = parents[:max(0, len(parents)-1)]
			continue
		}
		cur.Attrs(a)
		self := d.describe(a, &cur)
		note(selves, cur.At, self)
		if v := cur.V[die.Type]; cur.Have.Has(die.Type) && v.Form == die.FormRef {
			note(users, die.Off(v.U), self)
		}
		if a.Children {
			parents = append(parents, self)
		}
	}
	return users
}

// describe names the DIE read last, "" for one that says nothing to a reader.
func (d *reader) describe(a *die.Abbrev, cur *die.Cursor) string {
	noun := nouns[a.Tag]
	if noun == "" || !cur.Have.Has(die.Name) {
		return ""
	}
	name, ok := d.text(&cur.V[die.Name])
	if !ok || len(name) == 0 {
		return ""
	}
	return fmt.Sprintf("%s '%s'", noun, name)
}

// nouns are the words for what a user knows by name.
var nouns = map[uint16]string{
	die.TagMember: "member", die.TagFormalParameter: "parameter", die.TagVariable: "variable",
	die.TagSubprogram: "function", die.TagTypedef: "typedef", die.TagBaseType: "type",
	die.TagStructureType: "struct", die.TagClassType: "class", die.TagUnionType: "union",
	die.TagEnumerationType: "enumeration", die.TagEnumerator: "enumerator",
	die.TagInheritance: "base class", die.TagInterfaceType: "interface", die.TagStringType: "type",
}

// tagName names the tags that errors mention.
func tagName(tag uint16) string {
	if name := tagNames[tag]; name != "" {
		return "DW_TAG_" + name
	}
	return fmt.Sprintf("tag %#x", tag)
}

var tagNames = map[uint16]string{
	die.TagAtomicType: "atomic_type", die.TagReferenceType: "reference_type", die.TagRvalueReferenceType: "rvalue_reference_type",
	die.TagPtrToMemberType: "ptr_to_member_type", die.TagStringType: "string_type", die.TagInterfaceType: "interface_type",
	die.TagSetType: "set_type", die.TagFileType: "file_type", die.TagCoarrayType: "coarray_type",
}
