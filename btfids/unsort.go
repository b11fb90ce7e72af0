package btfids

import "fmt"

// A setSlot is an entry of a set8 in a section that was filled in.
type setSlot struct {
	id, flags uint32
	// name is what the symbol of the place asks for, with its kind; "" without a symbol.
	name string
}

// A ForeignError says that a section was filled in with the IDs of other types than those
// that were looked at.
type ForeignError struct {
	ID   uint32
	Name string // of the type with that ID; "" if there is none
}

func (e *ForeignError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("ID %d in .BTF_ids stands for nothing in this BTF", e.ID)
	}
	return fmt.Sprintf("ID %d in .BTF_ids stands for %.512s in this BTF, which its set does not ask for", e.ID, e.Name)
}

// unsort returns the flags of a set8 as the linker left them, each at the place of its
// symbol. Whoever fills in the section sorts the entries by ID, and the flags go with the
// IDs, while the symbols stay where they are: then only the ID of an entry says whose its
// flags are. name returns the name of the type with that ID, as in setSlot.name; it is ""
// for an ID of which nothing is known, and ok is false for one that does not exist.
//
// Entries without a known ID stand for the names that are left over. If their flags
// differ, nobody knows which are whose: they keep their order, and these names are in
// doubt.
//
// Where all flags are equal, there is nothing to find out, and name is not called. The
// error is a *ForeignError.
func unsort(slots []setSlot, name func(id uint32) (text string, ok bool)) (flags []uint32, doubt []string, err error) {
	flags = make([]uint32, len(slots))
	for i := range slots {
		flags[i] = slots[i].flags
	}
	if allEqual(flags) {
		return flags, nil, nil
	}
	places := make(map[string][]int, len(slots)) // by name, in their order
	for i := range slots {
		places[slots[i].name] = append(places[slots[i].name], i)
	}
	var others []uint32 // flags of entries that only their place may tell
	for _, s := range slots {
		text := ""
		if s.id != 0 {
			var ok bool
			if text, ok = name(s.id); !ok {
				return nil, nil, &ForeignError{ID: s.id}
			}
		}
		if text == "" {
			others = append(others, s.flags)
			continue
		}
		at := places[text]
		if len(at) == 0 {
			return nil, nil, &ForeignError{s.id, text}
		}
		flags[at[0]], places[text] = s.flags, at[1:]
	}
	// Each entry that was placed took a place, so as many places are left as others.
	mixed := !allEqual(others)
	for i := range slots {
		left := places[slots[i].name]
		if len(left) == 0 || left[0] != i {
			continue
		}
		places[slots[i].name] = left[1:]
		flags[i], others = others[0], others[1:]
		if mixed && slots[i].name != "" {
			doubt = append(doubt, slots[i].name)
		}
	}
	return flags, doubt, nil
}

func allEqual(list []uint32) bool {
	for _, x := range list {
		if x != list[0] {
			return false
		}
	}
	return true
}
