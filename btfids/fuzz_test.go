package btfids_test

import (
	"bytes"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
)

// FuzzResolve feeds any file and any BTF. Whatever comes out describes the types
// that went in, and IDs in the section are those of types with the right name.
func FuzzResolve(f *testing.F) {
	for _, g := range goldens(f) {
		for _, form := range forms {
			base := []byte(nil)
			if g.base != nil {
				base = g.base.Bytes()
			}
			f.Add(g.ids.elf(f, form), base, g.btf.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, image, baseRaw, raw []byte) {
		if len(image)+len(baseRaw)+len(raw) > 1<<17 {
			return
		}
		file, err := elffile.New("file", bytes.NewReader(image), int64(len(image)))
		if err != nil {
			return
		}
		table, err := btfids.Read(file)
		if err != nil {
			if table != nil {
				t.Fatal("a table and an error")
			}
			return
		}
		var base *btf.Types
		if len(baseRaw) > 0 {
			if base, err = btf.Parse(baseRaw, nil); err != nil {
				return
			}
		}
		types, err := btf.Parse(raw, base)
		if err != nil {
			return
		}
		if l, err := table.Unresolve(types); err == nil && len(l.Data) != len(table.Data()) {
			t.Fatalf("section of %d bytes has %d without its IDs", len(table.Data()), len(l.Data))
		}
		first := table.Resolve(types)
		if view, err := file.WithData(file.Section(btfids.SectionName), first.Data); err == nil {
			filled, err := btfids.Read(view)
			if err != nil {
				t.Fatalf("what was filled in is not read again: %v", err)
			}
			if l, err := filled.Unresolve(types); err == nil && len(l.Data) != len(first.Data) {
				t.Fatalf("section of %d bytes has %d without its IDs", len(first.Data), len(l.Data))
			}
		}
		checkResult(t, table, types, first)
		if again := table.Resolve(types); !bytes.Equal(again.Data, first.Data) {
			t.Fatal("another result")
		}
		for _, opts := range []struct{ sets, distill bool }{{}, {distill: base != nil}, {sets: true}, {sets: true, distill: base != nil}} {
			out, err := prepare(types, table, opts.sets, opts.distill)
			if err != nil {
				continue
			}
			if (out.Base != nil) != opts.distill {
				t.Fatal("base without distilling, or the other way round")
			}
			over := out.Base
			if over == nil {
				over = types.Base()
				if out.BTF.NumIDs() < types.NumIDs() && !opts.sets {
					t.Fatalf("%d types became %d", types.NumIDs(), out.BTF.NumIDs())
				}
			}
			if _, err := btf.Parse(out.BTF.Bytes(), over); err != nil {
				t.Fatalf("what is written does not parse: %v", err)
			}
			checkResult(t, table, out.BTF, table.Resolve(out.BTF))
		}
	})
}

// checkResult checks what holds for any result.
func checkResult(t *testing.T, table *btfids.Table, types *btf.Types, r *btfids.Result) {
	t.Helper()
	if len(r.Data) != len(table.Data()) {
		t.Fatalf("section of %d bytes has %d", len(table.Data()), len(r.Data))
	}
	for _, w := range r.Warnings {
		if w.Used == 0 {
			continue
		}
		if w.Used >= w.Also {
			t.Errorf("%v: not the first one", w)
		}
		for _, id := range []btf.ID{w.Used, w.Also} {
			if types.Name(id) != w.Name || btf.KindOf(types.Record(id)[1]) != w.Kind {
				t.Errorf("%v: [%d] is %s", w, id, types.Name(id))
			}
		}
	}
}
