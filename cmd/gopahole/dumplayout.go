package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/internal/quote"
)

// layoutOptions say what is printed of memory layouts. They are pahole's, under its
// names.
type layoutOptions struct {
	layout.Options
	filter   layout.Filter
	sizes    bool
	members  bool
	packable bool
	contains string
	pointers string
}

// layoutFlagNames are the options for --format=layout.
var layoutFlagNames = []string{
	"expand_types", "hex", "cacheline_size", "sizes", "nr_members", "packable", "holes", "structs", "unions", "contains", "find_pointers_to",
}

func (o *layoutOptions) flags(fs *pflag.FlagSet) {
	on(fs, "expand_types", "E", "with --format=layout, the members of members at the place of these", func() { o.Expand = true })
	on(fs, "hex", "", "with --format=layout, hexadecimal numbers", func() { o.Hex = true })
	fs.IntVarP(&o.CacheLine, "cacheline_size", "c", 0, "with --format=layout, cache lines of `N` bytes; 64 by default")
	on(fs, "sizes", "s", "with --format=layout, only names, sizes and numbers of holes", func() { o.sizes = true })
	on(fs, "nr_members", "n", "with --format=layout, only names and numbers of members", func() { o.members = true })
	on(fs, "packable", "P", "with --format=layout, only names of structs that would be smaller in another order, and sizes: this one, that one, the difference", func() { o.packable = true })
	fs.IntVarP(&o.filter.Holes, "holes", "H", 0, "with --format=layout, only structs with at least `N` holes")
	on(fs, "structs", "", "with --format=layout, only structs", func() { o.filter.StructsOnly = true })
	on(fs, "unions", "", "with --format=layout, only unions", func() { o.filter.UnionsOnly = true })
	fs.StringVarP(&o.contains, "contains", "i", "", "with --format=layout, names of what has a member of the type `NAME`")
	fs.StringVarP(&o.pointers, "find_pointers_to", "f", "", "with --format=layout, names of members that point to the type `NAME`, and of what they are in")
}

// check refuses these options for other formats, and values that make no sense.
func (o *layoutOptions) check(fs *pflag.FlagSet, format dumpFormat) error {
	lists := 0
	for _, name := range layoutFlagNames {
		if fs.Changed(name) && format != formatLayout {
			return &verbUsageError{fmt.Sprintf("--%s is for --format=%s", name, formatLayout)}
		}
		switch name {
		case "sizes", "nr_members", "packable", "contains", "find_pointers_to":
			if fs.Changed(name) {
				lists++
			}
		}
	}
	switch {
	case lists > 1:
		return &verbUsageError{"--sizes, --nr_members, --packable, --contains and --find_pointers_to exclude each other"}
	case o.CacheLine < 0 || o.CacheLine > 1<<15:
		return &verbUsageError{fmt.Sprintf("--cacheline_size %d is no size of cache lines", o.CacheLine)}
	case o.filter.Holes < 0:
		return &verbUsageError{fmt.Sprintf("--holes %d is no number of holes", o.filter.Holes)}
	}
	return nil
}

// print prints the types of the given IDs, or without any all structs and unions.
func (o *layoutOptions) print(w io.Writer, types *btf.Types, ids []btf.ID, pointer int) error {
	o.PointerSize = pointer
	p := layout.NewPrinter(w, types, o.Options)
	switch {
	case len(ids) > 0:
		return o.printLayouts(w, p, types, ids)
	case o.packable:
		return p.Packable(o.filter)
	case o.sizes:
		return p.Sizes(o.filter)
	case o.members:
		return p.Members(o.filter)
	case o.contains != "":
		id, err := layoutOf(types, o.contains)
		if err != nil {
			return err
		}
		return p.Containing(o.filter, id)
	case o.pointers != "":
		id, err := layoutOf(types, o.pointers)
		if err != nil {
			return err
		}
		return p.PointingTo(o.filter, id)
	}
	return p.All(o.filter)
}

// line returns what prints a line about a type, nil if whole types are to be printed.
func (o *layoutOptions) line(p *layout.Printer) func(btf.ID) error {
	switch {
	case o.packable:
		return p.PackableSize
	case o.sizes:
		return p.Size
	case o.members:
		return p.MemberCount
	}
	return nil
}

// printLayouts prints the types that have a layout, or a line about each struct and union.
// After a whole type there is an empty line, as pahole has it where it is asked for types by
// their names.
func (o *layoutOptions) printLayouts(w io.Writer, p *layout.Printer, types *btf.Types, ids []btf.ID) error {
	line, printed := o.line(p), 0
	for _, id := range ids {
		rec := types.Record(id)
		switch {
		case line != nil && !rec.Kind().IsComposite(), !hasLayout(rec):
			continue
		case line != nil:
			if err := line(id); err != nil {
				return err
			}
		default:
			if err := p.Print(id); err != nil {
				return err
			}
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		printed++
	}
	switch {
	case printed > 0:
		return nil
	case line != nil:
		return errors.New("none of these types is a struct or union, which have members")
	}
	return errors.New("none of these types is a struct, union, enum or typedef, which have a layout")
}

// hasLayout reports whether a type is a definition that can be printed.
func hasLayout(rec btf.Record) bool {
	kind := rec.Kind()
	return kind.IsComposite() || kind.IsAnyEnum() || kind == btf.KindTypedef
}

// layoutOf returns the first type of a name that has a layout, as pahole takes it.
func layoutOf(types *btf.Types, name string) (btf.ID, error) {
	for id := range types.Named(name) {
		if hasLayout(types.Record(id)) {
			return id, nil
		}
	}
	return 0, fmt.Errorf("no struct, union, enum or typedef is called %s", quote.Name(name))
}
