package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/libbpf"
	"github.com/gopahole/gopahole/unpack"
)

// displayOptions are what a command line of pahole without -J asks for: types of a file,
// as text.
type displayOptions struct {
	layoutOptions
	names []string // of types, in the order in which they are printed; none for all
	other string   // an option that is not obeyed here, "" for none
}

// leaveTo notes an option that pahole alone obeys.
func (o *displayOptions) leaveTo(option string) {
	if o.other == "" {
		o.other = option
	}
}

// displayOptionSetters by name set what is printed. The last of several that exclude each other
// counts, as in pahole, and numbers are what C's atoi makes of them.
var displayOptionSetters = map[string]func(o *displayOptions, arg string) error{
	"expand_types":   func(o *displayOptions, _ string) error { o.Expand = true; return nil },
	"hex":            func(o *displayOptions, _ string) error { o.Hex = true; return nil },
	"structs":        func(o *displayOptions, _ string) error { o.filter.StructsOnly = true; return nil },
	"unions":         func(o *displayOptions, _ string) error { o.filter.UnionsOnly = true; return nil },
	"sizes":          func(o *displayOptions, _ string) error { o.sizes, o.members = true, false; return nil },
	"nr_members":     func(o *displayOptions, _ string) error { o.sizes, o.members = false, true; return nil },
	"packable":       func(o *displayOptions, _ string) error { o.packable = true; return nil },
	"holes":          func(o *displayOptions, arg string) (err error) { o.filter.Holes, err = strconv.Atoi(arg); return err },
	"cacheline_size": func(o *displayOptions, arg string) (err error) { o.CacheLine, err = strconv.Atoi(arg); return err },
	"class_name":     func(o *displayOptions, arg string) error { return o.setNames(arg) },
	"contains": func(o *displayOptions, arg string) error {
		o.contains = arg
		return o.setNames(arg)
	},
	"find_pointers_to": func(o *displayOptions, arg string) error {
		o.pointers = arg
		return o.setNames(arg)
	},
}

// setNames takes a list of names. Those with arguments in parentheses are about the
// contents of files.
func (o *displayOptions) setNames(list string) error {
	if strings.ContainsAny(list, "()") {
		o.leaveTo("--class_name " + list)
	}
	o.names = strings.Split(list, ",")
	return nil
}

// Formats of debugging information, as --format_path names them.
const (
	formatDWARF = "dwarf"
	formatBTF   = "btf"
)

// reads reports whether --format_path allows a format.
func (o *options) reads(format string) bool {
	return o.formats == "" || slices.Contains(strings.Split(o.formats, ","), format)
}

// display prints types of a file as pahole does without -J. They are those of its BTF,
// or where it has none, or --format_path asks for DWARF alone, those that its DWARF is
// encoded as.
func (c *command) display(o *options, names []string) error {
	c.quiet = o.quiet
	if len(names) > 1 {
		return &displayError{"more than one file is"}
	}
	names = o.display.orRunning(names)
	name := names[0]
	if err := c.prints(o.bases, names); err != nil {
		return err
	}
	bases := o.bases
	if len(bases) == 0 {
		bases = baseOfLoaded(name)
	}
	chain, err := loadBases(bases, nil)
	if err != nil {
		return fmt.Errorf("--btf_base %w", err)
	}
	types, pointer, err := c.displayed(o, name, chain.types())
	if err != nil {
		return err
	}
	o.display.CacheLine = max(0, o.display.CacheLine)
	o.display.PointerSize = pointer
	return c.printTypes(name, func(w io.Writer) error { return o.display.print(w, types) })
}

// orRunning returns the files to print types of. Without one that is what the running
// kernel shows, as for a name that is no file, which is that of a type then.
func (o *displayOptions) orRunning(files []string) []string {
	running := []string{runningBTF}
	if len(files) == 0 {
		return running
	}
	_, err := os.Stat(files[0])
	if !errors.Is(err, fs.ErrNotExist) || o.names != nil || strings.Contains(files[0], "/") {
		return files
	}
	if _, err := os.Stat(runningBTF); err != nil {
		return files
	}
	o.names = strings.Split(files[0], ",")
	return running
}

// displayed returns the types of a file, and the size of its pointers, 0 if that is not
// known.
func (c *command) displayed(o *options, name string, base *btf.Types) (*btf.Types, int, error) {
	f, err := openInput(name)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	pointer := pointerSize(f)
	if o.reads(formatBTF) {
		types, err := parseBTF(f, name, base, btf.Load)
		if err == nil || !errors.Is(err, btf.ErrNoBTF) || !o.reads(formatDWARF) {
			return types, pointer, sayBase(err)
		}
	}
	types, err := c.typesOfDWARF(name, f, dwarf2btf.Options{Jobs: o.jobs, DebugDirs: o.debugDirs})
	return types, pointer, err
}

// typesOfDWARF returns the types that the DWARF of an open file is encoded as.
func (c *command) typesOfDWARF(name string, f *unpack.File, conv dwarf2btf.Options) (*btf.Types, error) {
	ef, err := elffile.New(name, f, f.Size())
	if err != nil {
		return nil, fileError(name, err)
	}
	defer ef.Close()
	conv.Features = features.Default()
	r, err := c.encodeToShow(ef, conv)
	if err != nil {
		return nil, err
	}
	return r.BTF, nil
}

// dwarfInput is how DWARF is read by verbs that show or compare BTF and encode what has none.
type dwarfInput struct {
	jobs      int // workers; 0 for one
	debugDirs []string
}

// orDWARF returns what the DWARF of a file without BTF is encoded as, on top of bases. That it has
// none either, or has it in a debug file that is missing, is no news of a file that should have BTF:
// then the error is noBTF.
func (c *command) orDWARF(noBTF error, name string, f *unpack.File, bases baseChain, in dwarfInput) (*btf.Types, error) {
	base, err := bases.index(libbpf.V18)
	if err != nil {
		return nil, err
	}
	return c.orDWARFOn(noBTF, name, f, base, in)
}

// orDWARFOn is orDWARF on top of a base that is indexed.
func (c *command) orDWARFOn(noBTF error, name string, f *unpack.File, base *dwarf2btf.Base, in dwarfInput) (*btf.Types, error) {
	types, err := c.typesOfDWARF(name, f, dwarf2btf.Options{Jobs: max(1, in.jobs), DebugDirs: in.debugDirs, Base: base})
	if hasNoDWARF(err) {
		err = noBTF
	}
	return types, err
}

// hasNoDWARF reports whether a file could not be encoded because it has no debugging information
// itself. One of which a part is elsewhere has some.
func hasNoDWARF(err error) bool {
	var elsewhere *dwarf2btf.DebugFileError
	return errors.Is(err, dwarf2btf.ErrNoDWARF) || errors.As(err, &elsewhere) && !elsewhere.Partial()
}

var errNoTypes = errors.New("its DWARF has no types")

// encodeToShow encodes the DWARF of a file for those that show what is in it. The result has
// BTF.
func (c *command) encodeToShow(f *elffile.File, conv dwarf2btf.Options) (*dwarf2btf.Result, error) {
	r, err := c.toBTF(c.context(), []*elffile.File{f}, conv)
	if err != nil {
		return nil, fileError(f.Name, withCure(err))
	}
	if r.BTF == nil {
		return nil, fileError(f.Name, errNoTypes)
	}
	return r, nil
}

// print prints what the options ask for.
func (o *displayOptions) print(w io.Writer, types *btf.Types) error {
	if o.names == nil {
		return o.layoutOptions.print(w, types, nil, o.PointerSize)
	}
	p := layout.NewPrinter(w, types, o.Options)
	var ids []btf.ID
	var missing error
	for _, name := range o.names {
		id, err := layoutOf(types, name)
		if err != nil {
			missing = err
			break
		}
		ids = append(ids, id)
	}
	var err error
	switch {
	case o.contains != "":
		err = p.Containing(o.filter, ids...)
	case o.pointers != "":
		err = p.PointingTo(o.filter, ids...)
	default:
		for _, id := range ids {
			if err = o.printOne(w, p, id); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = missing
	}
	return err
}

// printOne prints a type, or a line about it. --packable is about lists alone.
func (o *displayOptions) printOne(w io.Writer, p *layout.Printer, id btf.ID) error {
	err := error(nil)
	switch {
	case o.sizes:
		err = p.Size(id)
	case o.members:
		err = p.MemberCount(id)
	default:
		err = p.Print(id)
	}
	if err == nil {
		_, err = io.WriteString(w, "\n")
	}
	return err
}
