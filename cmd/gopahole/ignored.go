package main

import "github.com/spf13/pflag"

// A displayError is a command line with which pahole prints types in a way that is not
// done here.
type displayError struct{ what string }

func (e *displayError) Error() string {
	return e.what + " about printing types in a way that pahole has but gopahole has not; " +
		"`gopahole dump --help' says what there is"
}

// ignoredOptions are options of pahole that say how to print types. With -J
// they do nothing there, and so a build may pass them; here they do nothing
// either, but a warning says so. What those in displayOptionSetters do without -J is done
// here as well. Sorted by long name.
var ignoredOptions = []struct {
	name, short string
	argument    bool
}{
	{"anon_include", "a", false},
	{"bit_holes", "B", true},
	{"cacheline_size", "c", true},
	{"class_name", "C", true},
	{"class_name_len", "N", false},
	{"classes_as_structs", "", false},
	{"compile", "", false},
	{"contains", "i", true},
	{"contains_enumerator", "", true},
	{"count", "", true},
	{"decl_exclude", "D", true},
	{"defined_in", "u", false},
	{"exclude", "x", true},
	{"expand_pointers", "p", false},
	{"expand_types", "E", false},
	{"find_pointers_to", "f", true},
	{"first_obj_only", "", false},
	{"flat_arrays", "", false},
	{"header_type", "", true},
	{"hex", "", false},
	{"hole_size_ge", "z", true},
	{"holes", "H", true},
	{"nested_anon_include", "A", false},
	{"nr_definitions", "T", false},
	{"nr_members", "n", false},
	{"nr_methods", "m", false},
	{"packable", "P", false},
	{"packed", "", false},
	{"padding_ge", "", true},
	{"prefix_filter", "y", true},
	{"prettify", "", true},
	{"ptr_table_stats", "", false},
	{"range", "", true},
	{"recursive", "d", false},
	{"rel_offset", "r", false},
	{"reorganize", "R", false},
	{"seek_bytes", "", true},
	{"separator", "t", true},
	{"show_decl_info", "I", false},
	{"show_first_biggest_size_base_type_member", "l", false},
	{"show_only_data_members", "M", false},
	{"show_private_classes", "", false},
	{"show_reorg_steps", "S", false},
	{"size_bytes", "", true},
	{"sizes", "s", false},
	{"skip", "", true},
	{"skip_emitting_atomic_typedefs", "", false},
	{"skip_missing", "", false},
	{"sort", "", false},
	{"structs", "", false},
	{"suppress_aligned_attribute", "", false},
	{"suppress_force_paddings", "", false},
	{"suppress_packed", "", false},
	{"unions", "", false},
	{"with_embedded_flexible_array", "", false},
	{"with_flexible_array", "", false},
	{"word_size", "w", true},
}

// ignoredFlags returns these options, which note their use in o.
func ignoredFlags(o *options) *pflag.FlagSet {
	fs := newFlagSet()
	for _, opt := range ignoredOptions {
		note := func(arg string) error {
			o.ignore("--" + opt.name)
			if set := displayOptionSetters[opt.name]; set != nil {
				return set(&o.display, arg)
			}
			o.display.leaveTo("--" + opt.name)
			return nil
		}
		if opt.argument {
			fs.FuncP(opt.name, opt.short, "", note)
		} else {
			fs.BoolFuncP(opt.name, opt.short, "", note)
		}
	}
	return fs
}
