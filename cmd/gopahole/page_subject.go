package main

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/explain"
	"github.com/gopahole/gopahole/inspect/report"
	"github.com/gopahole/gopahole/unpack"
)

// addSubject adds what there is to say of FILE, and returns its types.
func (p *pager) addSubject() (*btf.Types, error) {
	if p.subject == "" {
		return nil, nil
	}
	if len(p.o.bases) == 0 {
		p.o.bases = baseOfLoaded(p.subject)
	}
	chain, base, err := p.o.loadBase(btf.Load, p.warnOfDistilled)
	if err != nil {
		return nil, &unreadableError{fmt.Errorf("--base %w", err)}
	}
	f, err := openInput(p.subject)
	if err != nil {
		return nil, &unreadableError{err}
	}
	defer f.Close()
	if release := releaseOf(p.subject); release != "" {
		p.fact("Linux", "%s", release)
	}
	types, err := p.encode(f, base)
	if err != nil {
		return nil, err
	}
	if types == nil {
		if types, err = parseBTF(f, p.subject, chain.types(), btf.Load); err != nil {
			return nil, &unreadableError{sayBase(err)}
		}
		p.fact("BTF from", "the file as it is")
		if p.encoding == "" && !p.noDWARF {
			p.note("Which source directories the types come from, and which functions are left out, BTF does not say: "+
				"the same file with DWARF does, or --encoding=FILE.json with what `%s encode --report=FILE.json' wrote.", program)
		}
	}
	p.addTypes(types)
	return types, p.addStructs(types, pointerSize(f))
}

// encode encodes the DWARF of FILE and adds what that tells. It returns nil if there is none, or
// it is not wanted.
func (p *pager) encode(f *unpack.File, base *dwarf2btf.Base) (*btf.Types, error) {
	if p.noDWARF || p.encoding != "" {
		return nil, nil
	}
	ef, err := elffile.New(p.subject, f, f.Size())
	if err != nil { // raw BTF, or what parseBTF has an error about
		return nil, nil
	}
	defer ef.Close()
	conv, err := p.showing(p.o, base)
	if err != nil {
		return nil, err
	}
	recorder := &trace.Recorder{WantSources: true}
	var stats dwarf2btf.Stats
	conv.Trace, conv.Stats = recorder, &stats
	r, err := p.toBTF(p.context(), []*elffile.File{ef}, conv)
	switch {
	case hasNoDWARF(err):
		return nil, nil
	case err != nil:
		return nil, fileError(p.subject, withCure(err))
	case r.BTF == nil:
		return nil, nil
	}
	p.fact("BTF from", "its DWARF, encoded by this program")
	p.fact("Units of DWARF", "%s", report.Count(stats.Units))
	var sources []report.Source
	for _, s := range sourceReports(recorder.Sources) {
		sources = append(sources, sourceOf(s))
	}
	p.page.Sizes = append(p.page.Sizes, report.ByDirectory(sources, len(r.BTF.Text())))
	skipped := p.newSkipped()
	for _, fn := range recorder.Functions {
		if fn.Reason != "" {
			skipped.Add(fn.Name, string(fn.Reason), describeReason(fn.Reason, fn.Words))
		}
	}
	skipped.Sort()
	p.fact("Functions left out", "%s", report.Count(skipped.Functions))
	p.page.Skipped = skipped
	return r.BTF, nil
}

func (p *pager) newSkipped() *report.Skipped {
	file := p.subject
	if file == "" {
		file = "FILE"
	}
	return &report.Skipped{Command: fmt.Sprintf("%s explain --skipped %s", program, file)}
}

// describeReason is about functions that a rule leaves out.
func describeReason(reason trace.Reason, words string) func(*report.SkippedGroup) {
	return func(g *report.SkippedGroup) {
		g.Words, g.Why, g.Cure = words, explain.Function(&trace.Function{Reason: reason}, nil), explain.Cure(reason)
	}
}

// addTypes adds sizes and numbers of the types.
func (p *pager) addTypes(types *btf.Types) {
	p.fact("BTF", "%s", report.Bytes(types.Size()))
	p.fact("Types", "%s", report.Count(types.NumIDs()-types.FirstID()))
	functions := 0
	for _, rec := range types.Own() {
		if rec.Kind() == btf.KindFunc {
			functions++
		}
	}
	p.fact("Functions", "%s", report.Count(functions))
	p.page.Sizes = append(p.page.Sizes, report.ByKind(types))
}

func (p *pager) addStructs(types *btf.Types, pointer int) error {
	structs, err := report.NewStructs(types, report.StructOptions{PointerSize: pointer, Wants: p.wants()})
	if err != nil {
		return fileError(p.subject, err)
	}
	if structs.Named == 0 && p.words != nil {
		return fileError(p.subject, errors.New("has no struct or union that --name chooses"))
	}
	p.fact("Structs and unions", "%s", report.Count(structs.Named))
	if structs.Named == 0 {
		return nil
	}
	structs.Command = fmt.Sprintf("%s dump --format=layout NAME %s", program, p.subject)
	if len(p.o.bases) > 0 {
		structs.Command = fmt.Sprintf("%s dump -B %s --format=layout NAME %s", program, p.o.bases[len(p.o.bases)-1], p.subject)
	}
	p.page.Structs = structs
	return nil
}
