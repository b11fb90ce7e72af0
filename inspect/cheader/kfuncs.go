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
	for _, id := range p.declTags {
		rec := p.types.Record(id)
		if rec.Component() != -1 || p.types.Record(rec.Type()).Kind() != btf.KindFunc {
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
		rec := p.types.Record(id)
		p.declaration(rec.Type(), cname{off: rec.NameOff()}, 0)
		p.str(" __weak __ksym;\n")
		if err := p.flushFull(); err != nil {
			return err
		}
	}
	p.str("#endif\n\n")
	return p.err
}
