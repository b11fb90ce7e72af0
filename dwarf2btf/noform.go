package dwarf2btf

import (
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// A NoFormError says that the input has a type that BTF has no form for. pahole
// 1.32 writes nothing then. [Options.BestEffort] encodes the rest.
type NoFormError struct {
	Section string // ".debug_info" or ".debug_types"
	Offset  uint64 // of the DIE in the section, in bytes

	What     string // the type, such as "DW_TAG_atomic_type"
	User     string // what has this type, such as "member 'x' of struct 's'"; "" if that is not known
	Unit     string // DW_AT_name of the unit
	Language Language
}

func (e *NoFormError) Error() string {
	return fmt.Sprintf("%s+%#x: %s", e.Section, e.Offset, e.text())
}

func (e *NoFormError) text() string {
	user := ""
	if e.User != "" {
		user = e.User + ", "
	}
	language := ""
	if e.Language != 0 {
		language = " in " + e.Language.String()
	}
	return fmt.Sprintf("%s has no BTF encoding (%sunit %s%s)", e.What, user, e.Unit, language)
}

// noForm handles the DIE at an offset of the unit that BTF has no form for. It
// returns with best effort only, and then there will be a warning: something else,
// or nothing, stands for it.
func (d *decoder) noForm(at die.Off, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if d.s.opts.BestEffort {
		d.ctx.left = append(d.ctx.left, leftOut{at, what})
		return
	}
	e := d.noFormError(at, what)
	e.User = d.users(at)[at]
	d.cur.FailWith(at, e.text(), e)
}

// leftOut is a DIE that BTF has no form for.
type leftOut struct {
	at   die.Off
	what string
}

func (d *decoder) noFormError(at die.Off, what string) *NoFormError {
	return &NoFormError{
		Section: d.cur.Section, Offset: d.cur.Unit.Offset + uint64(at),
		What: what, Unit: string(d.keyBytes(d.ctx.name)), Language: d.ctx.language,
	}
}

// reportLeft warns of what was left out of the unit that is being decoded.
func (d *decoder) reportLeft() {
	left := d.ctx.left
	if len(left) == 0 || d.s.opts.Report == nil {
		return
	}
	offs := make([]die.Off, len(left))
	for i, l := range left {
		offs[i] = l.at
	}
	users := d.users(offs...)
	for _, l := range left {
		e := d.noFormError(l.at, l.what)
		e.User = users[l.at]
		d.cu.reports = append(d.cu.reports, report{key: e.What + " " + e.User, msg: "left out: " + e.text()})
	}
}

// users says what DIEs of the unit are for: the first one that refers to them, or
// what they are themselves, by kind and name. It reads the unit from the beginning,
// which is for messages only.
func (d *decoder) users(offs ...die.Off) (users map[die.Off]string) {
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
func (d *decoder) describe(a *die.Abbrev, cur *die.Cursor) string {
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
