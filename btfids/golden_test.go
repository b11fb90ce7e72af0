package btfids_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/peer"
	"github.com/gopahole/gopahole/module"
)

var update = flag.Bool("update", false, "write what resolve_btfids of Linux 6.12 and 7.2 does into the goldens (needs the peers)")

// A golden is a case of testdata/golden: ids, the section in the form of the type
// ids; btf, and base if btf is split from one; and what the tools make of it.
// Results have the warnings first.
//
//	in_place             resolve_btfids of 6.12
//	files, files.btf     resolve_btfids of 7.2
//	distilled, distilled.btf, distilled.base    the same with --distill_base, if there is a base
type golden struct {
	*goldentest.File
	ids  *ids
	base *btf.Types // or nil
	btf  *btf.Types
}

// A mode is a way to run the tools.
type mode struct {
	name    string
	files   bool // as in 7.2
	distill bool
}

var modes = []mode{{"in_place", false, false}, {"files", true, false}, {"distilled", true, true}}

func goldens(t testing.TB) []golden {
	t.Helper()
	var all []golden
	for _, f := range goldentest.Load(t) {
		g := golden{File: f, ids: parseIDs(t, f.Part("ids"))}
		if f.Part("base") != "" {
			g.base = f.Types(t, "base", nil)
		}
		g.btf = f.Types(t, "btf", g.base)
		all = append(all, g)
	}
	return all
}

// A result is what comes out of a run.
type result struct {
	warnings  string
	ids       []byte
	btf, base []byte // nil if there is none
}

// input returns types of the case as a form has them. The header of newer BTF is
// for newer tools only.
func (g *golden) input(t testing.TB, f form, m mode) (base, types *btf.Types) {
	t.Helper()
	var err error
	if g.base != nil {
		base = g.base.WithByteOrder(f.order)
	}
	raw := g.btf.WithByteOrder(f.order)
	if m.files {
		raw = raw.WithLayout(f.layout).WithLongHeader(f.longHeader)
	}
	if types, err = btf.Parse(raw.Bytes(), base); err != nil {
		t.Fatal(err)
	}
	return base, types
}

// ours runs this package.
func (g *golden) ours(t testing.TB, f form, m mode) result {
	t.Helper()
	table := mustRead(t, g.ids.elf(t, f))
	_, types := g.input(t, f, m)
	var r result
	if m.files {
		out, err := prepare(types, table, false, m.distill)
		if err != nil {
			t.Fatal(err)
		}
		types, r.btf = out.BTF, out.BTF.Bytes()
		if out.Base != nil {
			r.base = out.Base.Bytes()
		}
	}
	resolved := table.Resolve(types)
	for _, w := range resolved.Warnings {
		r.warnings += w.String() + "\n"
	}
	r.ids = resolved.Data
	return r
}

// prepare is what resolve_btfids does with types before it looks up IDs, since Linux
// 7.0.
func prepare(types *btf.Types, table *btfids.Table, sets, distill bool) (*module.Module, error) {
	m := &module.Module{BTF: types, Table: table}
	return m, module.Run(context.Background(), m, module.Prepare(module.PrepareOptions{Sets: sets, Distill: distill})...)
}

// theirs runs the kernel's tool.
func (g *golden) theirs(t testing.TB, f form, m mode) result {
	t.Helper()
	dir := peer.Scratch(t)
	file := filepath.Join(dir, "file")
	write(t, file, g.ids.elf(t, f))
	base, types := g.input(t, f, m)
	write(t, file+".BTF.1", types.Bytes())
	args := []string{"--btf", file + ".BTF.1"}
	if base != nil {
		write(t, file+".base", base.Bytes())
		args = append(args, "-b", file+".base")
	}
	version := "612"
	if m.files {
		version = "72"
	}
	if m.distill {
		args = append(args, "--distill_base")
	}
	res := peer.Resolve(t, version, append(args, file)...)
	if res.ExitCode != 0 {
		t.Fatalf("resolve_btfids: exit code %d: %s", res.ExitCode, res.Stderr)
	}
	r := result{warnings: string(res.Stderr)}
	if m.files {
		r.ids, r.btf = load(t, file+".BTF_ids"), load(t, file+".BTF")
	} else {
		r.ids = section(t, file)
	}
	if m.distill {
		r.base = load(t, file+".BTF.base")
	}
	return r
}

func write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// section returns the contents of .BTF_ids.
func section(t testing.TB, name string) []byte {
	t.Helper()
	f, err := elffile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := f.SectionData(f.Section(btfids.SectionName))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// modes returns those that make sense for the case.
func (g *golden) modes() []mode {
	if g.base == nil {
		return modes[:2]
	}
	return modes
}

// TestGolden compares with what the kernel's tools did once, in all forms of ELF
// files.
func TestGolden(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.Name(), func(t *testing.T) {
			for _, m := range g.modes() {
				if *update {
					g.compare(t, forms[0], m, g.theirs(t, forms[0], m))
				}
				for _, f := range forms {
					g.compare(t, f, m, g.ours(t, f, m))
				}
			}
			if *update && !t.Failed() {
				g.Write(t)
			}
		})
	}
}

// compare compares a result with the golden, or makes it the golden if that
// is to be and has none.
func (g *golden) compare(t *testing.T, f form, m mode, r result) {
	t.Helper()
	check := func(part, got string) {
		t.Helper()
		if *update && g.Part(part) == "" {
			g.Set(part, got)
		}
		if diff := cmp.Diff(g.Part(part), got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", f.name, part, diff)
		}
	}
	check(m.name, r.warnings+g.ids.text(f.order, r.ids))
	if r.btf == nil {
		return
	}
	base, _ := g.input(t, f, m)
	if r.base != nil {
		base = mustParse(t, r.base, nil)
		check(m.name+".base", goldentest.Dump(t, base))
	}
	check(m.name+".btf", goldentest.Dump(t, mustParse(t, r.btf, base)))
}

func mustParse(t testing.TB, raw []byte, base *btf.Types) *btf.Types {
	t.Helper()
	types, err := btf.Parse(raw, base)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// TestOracle compares bytes with the kernel's tools, in all forms of ELF files.
func TestOracle(t *testing.T) {
	peer.Get(t)
	for _, g := range goldens(t) {
		for _, f := range forms {
			for _, m := range g.modes() {
				t.Run(g.Name()+"/"+f.name+"/"+m.name, func(t *testing.T) {
					ours, theirs := g.ours(t, f, m), g.theirs(t, f, m)
					if diff := cmp.Diff(theirs.warnings, ours.warnings); diff != "" {
						t.Errorf("warnings (-want +got):\n%s", diff)
					}
					for _, c := range []struct {
						name         string
						ours, theirs []byte
					}{{".BTF_ids", ours.ids, theirs.ids}, {".BTF", ours.btf, theirs.btf}, {".BTF.base", ours.base, theirs.base}} {
						if !bytes.Equal(c.ours, c.theirs) {
							t.Errorf("%s:\n got %x\nwant %x", c.name, c.ours, c.theirs)
						}
					}
				})
			}
		}
	}
}
