package cheader

import (
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// kfuncs writes the prototypes of the functions that BPF programs may call, by name.
// They have a tag that the encoder or resolve_btfids put on them.
func (p *printer) kfuncs() error {
	p.str("\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n")
	var funcs []btf.ID
	fast := make(map[btf.ID]bool)
	for id, rec := range p.types.All() {
		if rec.Kind() != btf.KindDeclTag || rec.Component() != -1 {
			continue
		}
		if p.types.Record(rec.Type()).Kind() != btf.KindFunc {
			continue
		}
		switch p.types.Name(id) {
		case "bpf_kfunc":
			funcs = append(funcs, rec.Type())
		case "bpf_fastcall":
			fast[rec.Type()] = true
		}
	}
	slices.SortStableFunc(funcs, func(a, b btf.ID) int {
		return strings.Compare(p.types.Name(a), p.types.Name(b))
	})
	for _, id := range funcs {
		p.str("extern ")
		if fast[id] {
			p.str("__bpf_fastcall ")
		}
		p.declaration(p.types.Record(id).Type(), p.types.Name(id), 0)
		p.str(" __weak __ksym;\n")
		if err := p.flushFull(); err != nil {
			return err
		}
	}
	p.str("#endif\n\n")
	return p.err
}
