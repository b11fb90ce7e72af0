package main

import (
	"bufio"
	"debug/elf"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/inspect/inlined"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/unpack"
)

var inlineVerb = verb{
	name:      "inline",
	arguments: "[-B BASE] [--dwarf] [--json] FUNCTION FILE",
	summary:   "List the places where a function was inlined, and where its parameters are there (preview)",
	example: `inline fdget vmlinux
		inline -B vmlinux.BTF fdget vmlinux.BTF.inline`,
	details: `
FILE is a kernel, module, program or object with DWARF, a file whose BTF says where
functions were inlined (.BTF.inline or .BTF), or such BTF as raw data. BTF counts
first; --dwarf reads the DWARF all the same. BTF that is split needs its base; DWARF
does not.

A line has address, function and section of the place, the parameters, and where the
source has the call, each as far as FILE says it:
  0xffffffff8128d0e4 [do_dup2+0x64, .text +0x28d0e4] fdget(fd [%rdi]) fs/file.c:1206
A parameter is in a register, [%rdi]; constant, [const 5]; an address from the start
of .text on, [addr 0x1008]; in memory, [*(%rsp+16)]; or [unavailable] at that address.
fbreg is the frame base of the function around it.

--json prints an object on a line for each place:
  file, function, section, offset (in it), address, in (function around it),
  in_offset, call_file, call_line, and params (name, size, location, flags, values)
with flags and values as in linux/btf.h, and no size, flags and values where the
location is not known.

Exit status: 0, also for a function that was inlined nowhere, 1 for one that FILE does
not know or a result that cannot be had, 2 for wrong arguments, 3 for a file that
cannot be read.
`,
	reads: true,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		v := &inlineLister{command: c}
		baseList(fs, &v.bases, "what the BTF of FILE is split from, a `FILE` of either sort; given again, that one on top of it")
		on(fs, "dwarf", "", "read the DWARF, whatever BTF says", func() { v.dwarf = true })
		debugDirFlag(fs, &v.debugDirs)
		unitJobsFlag(fs, &v.jobs)
		c.jsonFlag(fs, "print a line of JSON for each place")
		return v.run
	},
}

// An inlineLister is one run of the verb inline.
type inlineLister struct {
	*command
	bases     []string
	debugDirs []string
	dwarf     bool
	jobs      int

	needsBase error // that the BTF of the file is split, and its base was not given
}

func (v *inlineLister) run(operands []string) error {
	if len(operands) != 2 {
		return &verbUsageError{"takes a function and a file"}
	}
	function, name := operands[0], operands[1]
	if err := v.prints(v.bases, []string{name}); err != nil {
		return err
	}
	f, err := openInput(name)
	if err != nil {
		return &unreadableError{err}
	}
	defer f.Close()
	in, err := v.open(function, name, f)
	if err != nil {
		return err
	}
	defer in.close()
	return v.print(function, in)
}

// inlineInput is what is known of the sites in a file.
type inlineInput struct {
	name  string
	elf   *elffile.File // nil for raw BTF
	types *btf.Types
	calls map[callSite]dwarf2btf.InlinedCall // from DWARF
	funcs *codeSymbols                       // nil for raw BTF
}

type callSite struct {
	section string
	offset  uint32
}

func (in *inlineInput) close() {
	if in.elf != nil {
		in.elf.Close()
	}
}

// open reads the sites of a file, from BTF if it has them there, else from DWARF.
func (v *inlineLister) open(function, name string, f *unpack.File) (*inlineInput, error) {
	in := &inlineInput{name: name}
	ef, err := elffile.New(name, f, f.Size())
	switch {
	case errors.As(err, new(*elffile.NotELFError)):
		if v.dwarf {
			return nil, &unreadableError{fileError(name, errors.New("no ELF file, so there is no DWARF in it"))}
		}
	case err != nil:
		return nil, &unreadableError{fileError(name, err)}
	default:
		in.elf = ef
	}
	if !v.dwarf {
		if in.types, err = v.fromBTF(in.elf, name, f); err != nil {
			in.close()
			return nil, err
		}
	}
	if in.elf != nil && (in.types == nil || !inlined.Has(in.types)) {
		err = v.fromDWARF(function, in)
	} else if !inlined.Has(in.types) {
		err = &unreadableError{fileError(name, errNoSites)}
	}
	if err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

var errNoSites = errors.New("its BTF does not say where functions were inlined: encode it with the feature inline_preview")

// fromBTF returns the types of a file, with BTF inline if it has that; nil for an ELF file
// without any, and for one whose DWARF has to do, as its base was not given.
func (v *inlineLister) fromBTF(ef *elffile.File, name string, f *unpack.File) (*btf.Types, error) {
	if ef != nil && ef.Section(".BTF") == nil {
		return nil, nil
	}
	chain, err := loadBases(v.bases, nil)
	if err != nil {
		return nil, &unreadableError{fmt.Errorf("--base %w", err)}
	}
	var types *btf.Types
	if ef != nil && ef.Section(btf.InlineSection) != nil || ef == nil && isInline(name, v.bases) {
		types, err = loadInline(name, chain.types())
	} else {
		types, err = parseBTF(f, name, chain.types(), btf.Load)
	}
	switch {
	case err != nil && ef != nil && errors.Is(err, btf.ErrNeedBase):
		v.needsBase = err
		return nil, nil
	case err != nil:
		return nil, &unreadableError{sayBase(err)}
	}
	return types, nil
}

// fromDWARF encodes the sites of a file.
func (v *inlineLister) fromDWARF(function string, in *inlineInput) error {
	r, err := v.encodeToShow(in.elf, dwarf2btf.Options{
		Features: features.Default().With(features.InlinePreview), CallsOf: function, DebugDirs: v.debugDirs, Jobs: v.jobs,
	})
	switch {
	case errors.Is(err, dwarf2btf.ErrNoDWARF) && v.needsBase != nil:
		return &unreadableError{sayBase(v.needsBase)}
	case errors.Is(err, dwarf2btf.ErrNoDWARF):
		return &unreadableError{fileError(in.name, errors.New("has neither DWARF nor BTF that says where functions were inlined"))}
	case err != nil:
		return err
	}
	in.types, in.calls = r.BTF, make(map[callSite]dwarf2btf.InlinedCall)
	for _, call := range r.Calls {
		at := callSite{call.Section, call.Offset}
		if _, ok := in.calls[at]; !ok {
			in.calls[at] = call
		}
	}
	return nil
}

// inlineReport is a site as --json prints it.
type inlineReport struct {
	jsonHead
	Function string        `json:"function"`
	Section  string        `json:"section"`
	Offset   uint32        `json:"offset"`
	Address  *uint64       `json:"address,omitempty"`
	In       string        `json:"in,omitempty"`
	InOffset *uint64       `json:"in_offset,omitempty"`
	CallFile string        `json:"call_file,omitempty"`
	CallLine uint64        `json:"call_line,omitempty"`
	Params   []inlineParam `json:"params"`
}

type inlineParam struct {
	Name     string   `json:"name"`
	Size     uint32   `json:"size,omitempty"`
	Location string   `json:"location"`
	Flags    *uint32  `json:"flags,omitempty"`
	Values   []uint32 `json:"values,omitempty"`
}

// print prints the sites of a function.
func (v *inlineLister) print(function string, in *inlineInput) error {
	known := false
	for id := range in.types.Named(function) {
		known = known || in.types.Record(id).Kind() == btf.KindFunc
	}
	if !known {
		return fileError(in.name, fmt.Errorf("there is no function '%s' in it: a macro, or one that no code is left of, or misspelled", function))
	}
	if in.elf != nil {
		var err error
		if in.funcs, err = readCodeSymbols(in.elf); err != nil {
			return &unreadableError{fileError(in.name, err)}
		}
	}
	out := bufio.NewWriter(v.stdout)
	n := 0 // sites
	for s := range inlined.Sites(in.types) {
		if in.types.Name(s.Func) != function {
			continue
		}
		r, err := in.report(function, s)
		if err != nil {
			return fileError(in.name, err)
		}
		n++
		r.jsonHead = v.jsonHead(in.name)
		if v.json {
			if err := v.printJSON(r); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(out, quote.Line(r.line()))
	}
	if err := out.Flush(); err != nil {
		return stdoutError(err)
	}
	if n == 0 && !v.json {
		v.warn("%s: %s was inlined nowhere", in.name, function)
	}
	return nil
}

// report says what is known of a site.
func (in *inlineInput) report(function string, s inlined.Site) (*inlineReport, error) {
	params, err := inlined.Params(in.types, s)
	if err != nil {
		return nil, err
	}
	r := &inlineReport{Function: function, Section: s.Section, Offset: s.Offset, Params: []inlineParam{}}
	machine := in.machine()
	for i := range params {
		p := &params[i]
		out := inlineParam{Name: p.Name, Location: p.Text(machine)}
		if p.Known {
			flags := uint32(p.Loc.Flags)
			out.Size, out.Flags, out.Values = p.Loc.Size, &flags, slices.Clone(p.Loc.Values)
		}
		r.Params = append(r.Params, out)
	}
	if in.funcs != nil {
		r.Address = in.funcs.address(s.Section, s.Offset)
		if name, offset, ok := in.funcs.around(s.Section, s.Offset); ok {
			r.In, r.InOffset = name, &offset
		}
	}
	if call, ok := in.calls[callSite{s.Section, s.Offset}]; ok {
		r.CallFile, r.CallLine = call.File, call.Line
	}
	return r, nil
}

// line is a report for people, in the form of pfunct.
func (r *inlineReport) line() string {
	line := ""
	if r.Address != nil {
		line = fmt.Sprintf("%#x ", *r.Address)
	}
	line += "["
	if r.InOffset != nil {
		line += fmt.Sprintf("%s+%#x, ", r.In, *r.InOffset)
	}
	line += fmt.Sprintf("%s +%#x] %s(", r.Section, r.Offset, r.Function)
	for i, p := range r.Params {
		if i > 0 {
			line += ", "
		}
		name := p.Name
		if name == "" {
			name = "..."
		}
		line += fmt.Sprintf("%s [%s]", name, p.Location)
	}
	line += ")"
	switch {
	case r.CallFile != "":
		line += fmt.Sprintf(" %s:%d", r.CallFile, r.CallLine)
	case r.CallLine != 0:
		line += fmt.Sprintf(" line %d", r.CallLine)
	}
	return line
}

// machine is that of the file; raw BTF does not say it.
func (in *inlineInput) machine() elf.Machine {
	if in.elf == nil {
		return elf.EM_NONE
	}
	return in.elf.Machine
}
