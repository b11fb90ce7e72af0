package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/outfile"
)

// An output is a file to be written.
type output struct {
	name string
	src  io.WriterTo
}

func names(outputs []output) (names []string) {
	for _, o := range outputs {
		names = append(names, o.name)
	}
	return names
}

// A writing is what a run writes at once, made of inputs.
type writing struct {
	outputs []output
	remove  []string // files that go away when outputs are put in place
	noSync  bool
	inputs  []string
	inPlace bool // the last output is the input
}

// write writes all outputs, or none: they belong together.
func (g *guard) write(w writing) error {
	outputs := names(w.outputs)
	created := outputs
	if w.inPlace {
		created = outputs[:len(outputs)-1]
	}
	if err := g.writes(created...); err != nil {
		return err
	}
	set := outfile.Set{Options: outfile.Options{NoSync: w.noSync, Check: g.last(created, w.inputs)}}
	defer set.Discard()
	for _, name := range w.remove {
		if err := g.writes(name); err != nil {
			return err
		}
		set.Remove(name)
	}
	for _, o := range w.outputs {
		if err := set.Add(o.name, o.src); err != nil {
			return fileError(o.name, err)
		}
	}
	if err := set.Commit(); err != nil {
		return err
	}
	g.wrote(outputs...)
	return nil
}

// writesRaw is writes for a file for raw BTF, and the one for its distilled base.
func (g *guard) writesRaw(name string, distilled bool) error {
	if !distilled {
		return g.writes(name)
	}
	if _, ok, err := outfile.Place(name); err == nil && !ok {
		return fmt.Errorf("%s: the distilled base needs a file beside it, which cannot be there", name)
	}
	return g.writes(name+distilledSuffix, name)
}

// leftBase looks for a distilled base beside the file for raw BTF that gets none:
// readers would take it for the base of the new BTF. ours says that it is the base of
// the BTF that is there now, and so goes away with it.
func leftBase(name string) (found, ours bool) {
	if _, err := os.Lstat(name + distilledSuffix); errors.Is(err, fs.ErrNotExist) {
		return false, false
	}
	base, err := loadBTF(name+distilledSuffix, nil)
	if err != nil || base.Base() != nil {
		return true, false
	}
	sections, err := loadSections(name)
	if err != nil || sections.ELF {
		return true, false
	}
	if _, err := btf.Parse(sections.BTF, nil); err == nil {
		return true, false // stands alone
	}
	_, err = btf.Parse(sections.BTF, base)
	return true, err == nil
}

// errLeftBase says that a file would be read as what it is not.
func errLeftBase(name string) error {
	return fmt.Errorf("%s: readers would take it for the base of the new %s, and it is not that of the old one: "+
		"move it away", name+distilledSuffix, name)
}

// oldBase returns the distilled base beside a file for raw BTF that has to go away when
// the file gets none, if there is one. say is told of it, and left of one that stays.
func oldBase(name string, say func(format string, args ...any), left func(name string) error) (remove []string, err error) {
	switch found, ours := leftBase(name); {
	case found && ours:
		remove = []string{name + distilledSuffix}
		say("%s: removed, as the new %s has no distilled base", remove[0], name)
	case found:
		return nil, left(name)
	}
	return remove, nil
}

// oldInline returns the BTF inline beside a file for raw BTF, which is split from what was
// in that file and goes away when it gets new BTF without any. say is told of it.
func oldInline(name string, say func(format string, args ...any)) (remove []string) {
	s, err := loadSections(name + inlineSuffix)
	if err != nil || s.ELF || !hasMagic(s.BTF) {
		return nil
	}
	say("%s: removed, as the new %s has no BTF inline", name+inlineSuffix, name)
	return []string{name + inlineSuffix}
}

// outputsOf are the files that a module's sections go to.
func outputsOf(files []module.Output) (outputs []output) {
	for _, f := range files {
		outputs = append(outputs, output{f.Path, bytes.NewReader(f.Data)})
	}
	return outputs
}

// rawWriting writes raw BTF, with its distilled base beside it if it has one; else an
// old one goes away.
func rawWriting(name string, m *module.Module, say func(format string, args ...any), left func(name string) error) (writing, error) {
	w := writing{outputs: outputsOf(m.Detached(name))}
	if m.Base != nil {
		return w, nil
	}
	remove, err := oldBase(name, say, left)
	w.remove = remove
	return w, err
}

// warnOfLeft is for programs whose models do not look for such a base.
func (c *command) warnOfLeft(name string) error {
	c.warn("%v", errLeftBase(name))
	return nil
}
