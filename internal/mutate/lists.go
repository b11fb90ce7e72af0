package mutate

// listChanges are for the sections that .debug_info refers to: lists of locations and ranges, addresses, offsets of
// strings, line numbers.
var listChanges = []change{
	{"lists: header", 4, onList(func(m *Mutator, im *image, s section, data []byte) []byte {
		// unit_length, version, address_size, segment_selector_size, offset_entry_count
		f := among(m, layout(int(s.off), []int{4, 2, 1, 1, 4}))
		return im.set(m, f)
	})},
	{"lists: entry", 6, onList(func(m *Mutator, im *image, s section, data []byte) []byte {
		at := m.IntN(len(data))
		for i := at; i < len(data) && i < at+1+m.IntN(4); i++ {
			data[i] = among(m, []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x50, 0x55, 0x7f, 0x80, 0xff, 0xa3, 0x9f})
		}
		return im.data
	})},
	{"lists: offset", 3, onList(func(m *Mutator, im *image, s section, data []byte) []byte {
		size := among(m, []int{4, 8})
		if len(data) < size {
			return nil
		}
		return im.set(m, field{int(s.off) + m.IntN(len(data)/size)*size, size})
	})},
	{"lists: cut", 2, onList(func(m *Mutator, im *image, s section, data []byte) []byte {
		im.field(s, shSize).put(im.data, im.order, m.Uint64N(s.size))
		return im.data
	})},
}

func onList(f func(m *Mutator, im *image, s section, data []byte) []byte) func(*Mutator, []byte) []byte {
	names := []string{
		".debug_loc", ".debug_loclists", ".debug_ranges", ".debug_rnglists", ".debug_addr", ".debug_str_offsets",
		".debug_line", ".debug_loclists.dwo", ".debug_str_offsets.dwo", ".debug_cu_index", ".debug_tu_index", ".BTF_ids",
		".gnu_debuglink", ".gnu_debugaltlink", ".debug_sup", ".note.gnu.build-id", ".modinfo", ".crel.debug_info",
	}
	return onImage(func(m *Mutator, im *image) []byte {
		var of []section
		for _, name := range names {
			if s, ok := im.section(name); ok && len(im.named(name)) > 0 {
				of = append(of, s)
			}
		}
		if len(of) == 0 {
			return nil
		}
		s := among(m, of)
		return f(m, im, s, im.contents(s))
	})
}
