package main

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/ext"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/mincore"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/unpack"
)

// survive says whether the files of --for do on a kernel what they did on another, or, with
// one kernel, what they were compiled for.
func (d *differ) survive(kernels []string) error {
	var sides []*diffSide
	for _, name := range kernels {
		s, err := d.load(name, nil)
		if err == nil && s.types.Base() != nil {
			err = fileError(s.name, errNoKernel)
		}
		if err != nil {
			return &unreadableError{err}
		}
		sides = append(sides, s)
	}
	old, new := sides[0], sides[len(sides)-1]
	if len(sides) == 1 {
		old = nil
	}
	code := exitOK
	for _, name := range d.needs {
		survives, err := d.survives(name, old, new)
		if err != nil {
			d.complain(err)
			if d.json {
				if err := d.printJSON(unreadableJSON{d.jsonHead(name), err.Error()}); err != nil {
					return err
				}
			}
			code = exitUnreadable
		} else if !survives {
			code = max(code, exitFailure)
		}
	}
	if code != exitOK {
		return &statusError{code}
	}
	return nil
}

// survives judges one file, a BPF object or a module.
func (d *differ) survives(name string, old, new *diffSide) (bool, error) {
	f, err := openInput(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	file, err := elffile.New(name, f, f.Size())
	if err == nil {
		defer file.Close()
		if file.Section(ext.SectionName) != nil {
			p, err := loadProgram(name, f, file)
			if err != nil {
				return false, err
			}
			return d.program(p, old, new)
		}
	}
	return d.moduleSurvives(name, old, new)
}

// moduleSurvives judges a module: whether it relocates or, without a distilled base, whether it was made
// for the kernel.
func (d *differ) moduleSurvives(name string, old, new *diffSide) (bool, error) {
	m := loadRelocatable(name)
	verdict := d.relocation
	if errors.Is(m.err, errNotDistilled) {
		verdict = d.splitVerdict
	}
	is, err := verdict(m, new)
	if err != nil {
		return false, err
	}
	out := survivalJSON{jsonHead: d.jsonHead(name), Kernel: new.name, Survives: is.survives, Verdict: is.word, Why: is.why}
	if old != nil {
		was, err := verdict(m, old)
		if err != nil {
			return false, err
		}
		out.Old, out.OldVerdict = old.name, was.word
	}
	return out.Survives, d.printSurvival(&out, nil)
}

// A moduleVerdict is what a kernel makes of a module.
type moduleVerdict struct {
	word, why string
	survives  bool
}

// relocation is the verdict of relocate --check. The error is about files that cannot be read.
func (d *differ) relocation(m *relocatable, s *diffSide) (moduleVerdict, error) {
	target, err := (&relocateRun{command: d.command, version: d.version}).loadTarget([]string{s.name})
	if err != nil {
		return moduleVerdict{}, err
	}
	c := check(m, target)
	if c.verdict() == unreadable {
		return moduleVerdict{}, m.err
	}
	return moduleVerdict{c.verdict(), c.why(), c.exit() == exitOK}, nil
}

// splitVerdict is the verdict of scan on a module with plain split BTF, which is for one build of
// a kernel alone.
func (d *differ) splitVerdict(m *relocatable, s *diffSide) (moduleVerdict, error) {
	v, err := d.verifierOn(s.name, d.version)
	if err != nil {
		return moduleVerdict{}, err
	}
	defer v.chain[0].close()
	is := v.scan(operand{path: m.name})
	if is.state == scanUnreadable {
		return moduleVerdict{}, fileError(m.name, errors.New(is.why))
	}
	return moduleVerdict{is.state.String(), is.why, is.state.inOrder()}, nil
}

// A bpfProgram is a BPF object.
type bpfProgram struct {
	name   string
	object *mincore.Object
	file   *elffile.File
	code   map[string][]byte // contents of sections
	weak   map[string]bool   // symbols that need not be there
	err    error             // of the first section that could not be read
}

func loadProgram(name string, f *unpack.File, file *elffile.File) (*bpfProgram, error) {
	object, err := readObject(name, f, file)
	if err != nil {
		return nil, err
	}
	p := &bpfProgram{name: name, object: object, file: file, code: make(map[string][]byte), weak: make(map[string]bool)}
	_ = file.Symbols(func(s elffile.Symbol) error { // without symbols nothing is weak
		if elf.ST_BIND(s.Info) == elf.STB_WEAK {
			p.weak[string(s.Name)] = true
		}
		return nil
	})
	return p, nil
}

// section returns the contents of a section, nil for one that has none or cannot be read; then
// err says why.
func (p *bpfProgram) section(name string) []byte {
	data, ok := p.code[name]
	if !ok {
		if s := p.file.Section(name); s != nil && s.HasData() {
			var err error
			if data, err = p.file.SectionData(s); err != nil {
				p.err = cmp.Or(p.err, err)
			}
		}
		p.code[name] = data
	}
	return data
}

// Verdicts on what a program needs.
const (
	asBefore    = "as before"
	differently = "differently"
	needGuarded = "guarded"
	poisoned    = "poisoned"
	fails       = "fails"
)

// survivalWords are all of them, in the order of texts.
var survivalWords = []string{asBefore, differently, needGuarded, poisoned, fails}

// needJSON is what --json prints of one thing that a program needs.
type needJSON struct {
	jsonHead
	Old     string  `json:"old,omitempty"`
	Kernel  string  `json:"kernel"`
	Kind    string  `json:"kind"`
	What    string  `json:"what"`
	Verdict string  `json:"verdict"`
	Why     string  `json:"why,omitempty"`
	Section string  `json:"section,omitempty"`
	Insn    *uint32 `json:"insn,omitempty"`
	Uses    int     `json:"uses,omitempty"`
	Before  string  `json:"before,omitempty"`
	Now     string  `json:"now,omitempty"`
	Module  string  `json:"module,omitempty"`
}

// survivalJSON is what it prints of a file as a whole.
type survivalJSON struct {
	jsonHead
	Old        string `json:"old,omitempty"`
	Kernel     string `json:"kernel"`
	Survives   bool   `json:"survives"`
	Unknown    bool   `json:"unknown,omitempty"` // with Survives false
	Verdict    string `json:"verdict"`
	OldVerdict string `json:"old_verdict,omitempty"`
	Why        string `json:"why,omitempty"`
}

// program judges a BPF object.
func (d *differ) program(p *bpfProgram, old, new *diffSide) (bool, error) {
	needs, err := d.programNeeds(p, new)
	if err != nil {
		return false, err
	}
	var before []programNeed
	if old != nil {
		if before, err = d.programNeeds(p, old); err != nil {
			return false, err
		}
	}
	counts, modules := make(map[string]int), make(map[string]bool)
	out := survivalJSON{jsonHead: d.jsonHead(p.name), Kernel: new.name, Survives: true}
	var all []needJSON
	refused, onBoth := false, false // for certain; only as on the old kernel
	for i, n := range needs {
		j := needJSON{jsonHead: d.jsonHead(p.name), Kernel: new.name, Kind: n.kind, What: n.what, Uses: len(n.uses), Now: n.value, Before: n.compiled}
		j.Verdict, j.Why = n.verdict, n.why
		if len(n.uses) > 0 {
			j.Section, j.Insn = n.uses[0].Section, &n.uses[0].Insn
		}
		same := n.same
		if before != nil {
			j.Old, j.Before = old.name, before[i].value
			// An object that is refused on both did nothing before either.
			same = n.value == before[i].value && n.verdict == before[i].verdict && n.verdict != fails && n.verdict != poisoned
		}
		switch {
		case same:
			j.Verdict = asBefore
		case n.verdict == poisoned && before != nil && before[i].verdict == poisoned:
			out.Survives, onBoth = false, true
			j.Why += "; so it is on " + old.name
		case n.verdict == "":
			j.Verdict = differently
		case n.verdict != needGuarded:
			out.Survives, refused = false, true
		}
		if j.Module = n.module; n.module != "" {
			modules[n.module] = true
		}
		counts[j.Verdict]++
		all = append(all, j)
	}
	var words []string
	for _, word := range survivalWords {
		if counts[word] > 0 {
			words = append(words, fmt.Sprintf("%d %s", counts[word], word))
		}
	}
	switch {
	case onBoth && !refused:
		out.Unknown, out.Why = true, "whether a program comes to an instruction that is poisoned on both is not seen here"
	case len(modules) > 0:
		out.Why = "with the modules " + strings.Join(slices.Sorted(maps.Keys(modules)), ", ") + " loaded"
	}
	out.Verdict = cmp.Or(strings.Join(words, ", "), "it needs nothing of a kernel")
	if old != nil {
		out.Old = old.name
	}
	return out.Survives, d.printSurvival(&out, all)
}

// A programNeed is one thing that a program needs, on one kernel.
type programNeed struct {
	kind, what      string
	uses            []mincore.Use
	verdict, why    string // "" for what is there
	compiled, value string // as text; "" for what has none, or is not there
	same            bool   // as when it was compiled

	there  bool   // the kernel has it
	absent string // the name of what vmlinux has nothing of, and a module may have; "" for others
	module string // that has it, "" for vmlinux
}

// programNeeds asks one kernel, and its modules if they are known.
func (d *differ) programNeeds(p *bpfProgram, s *diffSide) ([]programNeed, error) {
	needs, err := d.needsOf(p, s.types, s)
	if err != nil {
		return nil, err
	}
	return needs, d.inModules(p, s, needs)
}

// needsOf asks the types of a kernel, which may have those of a module with them.
func (d *differ) needsOf(p *bpfProgram, types *btf.Types, s *diffSide) ([]programNeed, error) {
	all, err := p.object.Resolve(types, s.pointer, p.section)
	if err != nil {
		return nil, fileError(p.name, fmt.Errorf("on %s: %w", s.name, err))
	}
	var needs []programNeed
	for i := range all {
		n := newProgramNeed(&all[i])
		if name, _, _ := strings.Cut(all[i].Type, "___"); !n.there && all[i].Err == nil && !isNamed(types, name) {
			n.absent = name
		}
		needs = append(needs, n)
	}
	others, err := p.object.Needs(types, s.pointer)
	if err != nil {
		return nil, fileError(p.name, fmt.Errorf("on %s: %w", s.name, err))
	}
	for i := range others {
		needs = append(needs, p.externNeed(&others[i], s))
	}
	if p.err != nil { // neither sizes of loads nor values of members are known without a section
		return nil, fileError(p.name, p.err)
	}
	return needs, nil
}

// isNamed reports whether there is a type of a name.
func isNamed(types *btf.Types, name string) bool {
	for range types.Named(name) {
		return true
	}
	return false
}

// newProgramNeed puts a relocation into words.
func newProgramNeed(r *mincore.Resolution) programNeed {
	n := programNeed{kind: r.Kind.String(), what: r.Access, uses: r.Uses, compiled: coreValue(r.Kind, r.Local), there: r.Found || r.Err != nil}
	if r.Err == nil && (r.Found || r.State() == mincore.Absent) {
		n.value = coreValue(r.Kind, r.Value)
	}
	switch r.State() {
	case mincore.Fails:
		n.verdict, n.why = fails, r.Err.Error()
	case mincore.Guarded:
		n.verdict, n.why = needGuarded, "there is none that fits, and the program asks whether there is"
	case mincore.Poisoned:
		n.verdict, n.why = poisoned, "there is none that fits: a program that comes to the instruction is refused"
		if r.Resized {
			n.why = fmt.Sprintf("a load of %d bytes cannot become one of %d: a program that comes to the instruction is refused", r.LocalSize, r.NewSize)
		}
	}
	n.same = n.verdict == "" && (n.value == n.compiled || r.Kind == ext.TypeIDTarget && r.Found)
	if r.Kind == ext.TypeIDTarget && r.Found {
		n.value, n.compiled = "", "" // IDs are those of a build
	}
	return n
}

// coreValue is the value of a relocation as text.
func coreValue(k ext.CoreKind, v uint64) string {
	switch k {
	case ext.FieldExists, ext.TypeExists, ext.TypeMatches, ext.EnumvalExists:
		if v == 0 {
			return "no"
		}
		return "yes"
	}
	return fmt.Sprint(v)
}

// externNeed puts another need into words. Value is what a change of it would be seen by.
func (p *bpfProgram) externNeed(m *mincore.Need, s *diffSide) programNeed {
	n := programNeed{kind: m.Kind, what: quote.Name(m.Name), compiled: "there", value: "there", there: !m.Absent}
	if m.Absent {
		n.absent, _, _ = strings.Cut(m.Name, "___")
	}
	switch {
	case m.Err != nil:
		n.verdict, n.why, n.value = fails, m.Err.Error(), ""
	case m.Absent && p.weak[m.Name]:
		n.verdict, n.why, n.value = needGuarded, "there is none, and the symbol is weak", ""
	case m.Absent:
		n.verdict, n.why, n.value = fails, "there is none in its BTF; one in a module is seen if the directory of the kernel is named", ""
		if s.hasModules() {
			n.why = "neither the kernel nor one of its modules has it"
		}
	case len(m.Missing) > 0:
		n.verdict, n.why, n.value = p.missing(m.Missing)
	}
	n.same = n.verdict == ""
	return n
}

// missing judges members of a struct_ops that the kernel's has not. Pointers to functions are 0
// in the file, and libbpf does not load those of such members.
func (p *bpfProgram) missing(members []mincore.MissingMember) (verdict, why, value string) {
	const most = 16
	var names []string
	for _, m := range members {
		data := p.section(m.Section)
		data = data[min(uint64(m.Offset), uint64(len(data))):min(uint64(m.Offset)+uint64(m.Size), uint64(len(data)))]
		if bytes.ContainsFunc(data, func(r rune) bool { return r != 0 }) {
			return fails, fmt.Sprintf("the kernel's has no %s, which is set", quote.Line(m.Name)), ""
		}
		if len(names) < most {
			names = append(names, m.Name)
		}
	}
	return needGuarded, fmt.Sprintf("the kernel's has no %s: it is passed over, and so is a function that it leads to",
		quote.Line(strings.Join(names, ", "))), ""
}

// printSurvival prints the verdict on a file, and what it needs: all with -v, or what is not
// as before.
func (d *differ) printSurvival(sum *survivalJSON, needs []needJSON) error {
	switch {
	case d.silent:
		return nil
	case d.json:
		for _, n := range needs {
			if err := d.printJSON(n); err != nil {
				return err
			}
		}
		return d.printJSON(sum)
	}
	var b strings.Builder
	word := d.paint(good, "survives")
	switch {
	case sum.Unknown:
		word = d.paint(doubt, "unknown")
	case !sum.Survives:
		word = d.paint(bad, "does not survive")
	}
	on := sum.Kernel
	if sum.Old != "" {
		on = sum.Old + " → " + sum.Kernel
	}
	fmt.Fprintf(&b, "%s on %s: %s: %s", quote.Line(sum.File), quote.Line(on), word, sum.Verdict)
	if sum.OldVerdict != "" && sum.OldVerdict != sum.Verdict {
		fmt.Fprintf(&b, ", before %s", sum.OldVerdict)
	}
	if sum.Why != "" {
		fmt.Fprintf(&b, ": %s", quote.Line(sum.Why))
	}
	b.WriteString("\n")
	for i := range needs {
		if n := &needs[i]; d.verbose || n.Verdict != asBefore {
			b.WriteString("    " + n.text(d.command) + "\n")
		}
	}
	if _, err := io.WriteString(d.stdout, b.String()); err != nil {
		return stdoutError(err)
	}
	return nil
}

// needStyle is how a verdict on a need is shown.
func needStyle(verdict string) style {
	switch verdict {
	case asBefore:
		return good
	case differently, needGuarded:
		return doubt
	}
	return bad
}

// text is a need on a line.
func (n *needJSON) text(c *command) string {
	text := fmt.Sprintf("%s %s: %s", n.Kind, n.What, c.paint(needStyle(n.Verdict), n.Verdict))
	if n.Verdict == differently {
		text += fmt.Sprintf(": %s → %s", cmp.Or(n.Before, "none"), cmp.Or(n.Now, "none"))
	}
	if n.Module != "" {
		text += ", in module " + quote.Name(n.Module)
	}
	if n.Why != "" {
		text += ": " + n.Why
	}
	if n.Uses > 0 {
		text += fmt.Sprintf(" (%s+%#x", quote.Line(n.Section), *n.Insn)
		if n.Uses > 1 {
			text += fmt.Sprintf(" and %d more", n.Uses-1)
		}
		text += ")"
	}
	return text
}
