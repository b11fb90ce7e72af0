package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// enums compares two enums.
func (d *details) enums(o, n btf.Record) {
	d.differs(Size, "", fmt.Sprint(o.Size()), fmt.Sprint(n.Size()))
	d.differs(Type, "", signedness(o), signedness(n))
	at := make(map[uint32][]int, n.Vlen())
	for i, v := range n.EnumValues() {
		name, _ := d.new.name(v.Name)
		at[name] = append(at[name], i)
	}
	kept := make([]bool, n.Vlen())
	for _, v := range o.EnumValues() {
		if d.tooMany() {
			return
		}
		name, _ := d.old.name(v.Name)
		places := at[name]
		if len(places) == 0 {
			d.add(Detail{Class: Removed, What: "enumerator", Name: d.names.text[name], Old: value(o, v)})
			continue
		}
		at[name] = places[1:]
		kept[places[0]] = true
		if was, is := value(o, v), value(n, n.EnumValue(places[0])); was != is {
			d.add(Detail{Class: Value, What: "enumerator", Name: d.names.text[name], Old: was, New: is})
		}
	}
	for i, v := range n.EnumValues() {
		if d.tooMany() {
			return
		}
		if !kept[i] {
			name, _ := d.new.name(v.Name)
			d.add(Detail{Class: Added, What: "enumerator", Name: d.names.text[name], New: value(n, v)})
		}
	}
}

func signedness(rec btf.Record) string {
	if rec.KindFlag() {
		return "signed"
	}
	return "unsigned"
}

// value is that of an enumerator as text.
func value(rec btf.Record, v btf.RawEnumValue) string {
	if rec.KindFlag() {
		return fmt.Sprint(int64(v.Value))
	}
	return fmt.Sprint(v.Value)
}

// constants compares the enumerators of enums without a name.
func (c *comparer) constants() error {
	old, err := c.old.constants(c.options.All)
	if err != nil {
		return err
	}
	new, err := c.new.constants(c.options.All)
	if err != nil {
		return err
	}
	for name, was := range old {
		is, ok := new[name]
		if !c.wanted(name) || was.equal(is) {
			continue
		}
		ch := Change{Details: []Detail{{Class: Value, What: "value", Old: was.String(), New: is.String()}}}
		if !ok {
			ch = Change{Class: Removed, Details: []Detail{{Class: Removed, Old: was.String()}}}
		}
		c.add(named{constants, name}, ch)
	}
	for name, is := range new {
		if _, ok := old[name]; !ok && c.wanted(name) {
			c.add(named{constants, name}, Change{Class: Added, Details: []Detail{{Class: Added, New: is.String()}}})
		}
	}
	return nil
}

// values are those that a name has in enums without one. Files that do not know each other
// may use a name for several.
type values map[string]bool

func (v values) equal(o values) bool {
	if len(v) != len(o) {
		return false
	}
	for text := range v {
		if !o[text] {
			return false
		}
	}
	return true
}

func (v values) String() string {
	var all []string
	for text := range v {
		all = append(all, text)
	}
	slices.Sort(all)
	const most = 8
	if len(all) > most {
		all = append(all[:most], "...")
	}
	return strings.Join(all, " or ")
}

// constants returns the enumerators of enums without a name.
func (s *side) constants(all bool) (map[uint32]values, error) {
	types := s.types.Own()
	if all {
		types = s.types.All()
	}
	found := make(map[uint32]values)
	for id, rec := range types {
		if !rec.Kind().IsAnyEnum() || s.all.of[s.ident[id]].name != 0 {
			continue
		}
		for _, v := range rec.EnumValues() {
			name, err := s.name(v.Name)
			if err != nil {
				return nil, err
			}
			if name == 0 {
				continue
			}
			if found[name] == nil {
				found[name] = values{}
			}
			found[name][value(rec, v)] = true
		}
	}
	return found, nil
}
