package module

import (
	"bytes"
	"context"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/outfile"
)

// sections returns the contents of the sections that a module gets: .BTF, .BTF.base,
// which is removed if there is none (left by an earlier run with another base, it would
// make readers take .BTF for something split from it), .BTF.inline, which is removed as
// well (it is split from the .BTF that was there), and .BTF_ids, if it was filled in.
func (m *Module) sections() ([]elffile.Content, *btf.Sections) {
	read := &btf.Sections{BTF: m.BTF.Bytes(), ELF: true}
	if m.Base != nil {
		read.Base = m.Base.Bytes()
	}
	if m.Inline != nil {
		read.Inline = m.Inline.Bytes()
	}
	contents := []elffile.Content{
		{Name: ".BTF", Data: read.BTF}, {Name: ".BTF.base", Data: read.Base}, {Name: btf.InlineSection, Data: read.Inline},
	}
	if m.IDs != nil {
		contents = append(contents, elffile.Content{Name: btfids.SectionName, Data: m.IDs})
	}
	return contents, read
}

// Embed puts BTF, Base and IDs into the file at path, all at once; if it fails, the
// file stays as it was. If it is the module's own file, it has to be as it was when it
// was opened. The error is one of elffile.SetSections.
func Embed(path string, opts elffile.Options) Step {
	return Step{"embed", func(_ context.Context, m *Module) error {
		contents, read := m.sections()
		opts.ReadBack = read.ReadBack
		if f := m.file(); f != nil && f.Name == path && opts.Opened == nil {
			opts.Opened = f.Opened()
		}
		return elffile.SetSections(path, contents, opts)
	}}
}

// EmbedCopy puts BTF, Base and IDs into a copy of the module's file. The error is one
// of elffile.File.WriteCopy.
func EmbedCopy(path string, opts elffile.Options) Step {
	return Step{"embed into a copy", func(_ context.Context, m *Module) error {
		contents, read := m.sections()
		opts.ReadBack = read.ReadBack
		return m.file().WriteCopy(path, contents, opts)
	}}
}

// EmbedIDs puts IDs alone into the file at path, and other sections of it that go
// with them.
func EmbedIDs(path string, opts elffile.Options, more ...elffile.Content) Step {
	return Step{"embed " + btfids.SectionName, func(_ context.Context, m *Module) error {
		contents := append([]elffile.Content{{Name: btfids.SectionName, Data: m.IDs}}, more...)
		return elffile.SetSections(path, contents, opts)
	}}
}

// An Output is a file for Detach to write.
type Output struct {
	Path string
	Data []byte
}

// Detached returns the files for raw BTF: path has BTF, and path.base the distilled
// base, if there is one. That comes first, so that new BTF never stands beside an old
// base.
func (m *Module) Detached(path string) []Output {
	if m.Base == nil {
		return []Output{{path, m.BTF.Bytes()}}
	}
	return []Output{{path + ".base", m.Base.Bytes()}, {path, m.BTF.Bytes()}}
}

// DetachedSections returns a file for each section, as resolve_btfids writes them from
// Linux 7.0 on: path.BTF_ids, path.BTF, path.BTF.base and path.BTF.inline, as far as there
// are any.
func (m *Module) DetachedSections(path string) []Output {
	var outputs []Output
	if m.IDs != nil {
		outputs = append(outputs, Output{path + btfids.SectionName, m.IDs})
	}
	outputs = append(outputs, Output{path + ".BTF", m.BTF.Bytes()})
	if m.Base != nil {
		outputs = append(outputs, Output{path + ".BTF.base", m.Base.Bytes()})
	}
	if m.Inline != nil {
		outputs = append(outputs, Output{path + btf.InlineSection, m.Inline.Bytes()})
	}
	return outputs
}

// Detach writes the files that name returns, such as those of [Module.Detached], all
// or none of them.
func Detach(name func(*Module) []Output, opts outfile.Options) Step {
	return Step{"detach", func(_ context.Context, m *Module) error {
		set := outfile.Set{Options: opts}
		defer set.Discard()
		for _, o := range name(m) {
			if err := set.Add(o.Path, bytes.NewReader(o.Data)); err != nil {
				return err
			}
		}
		return set.Commit()
	}}
}
