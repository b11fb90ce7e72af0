package verify

import (
	"sync"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// A Loader is a kernel that loads modules, known by its BTF. It keeps what it found
// out about that for the next module, and may be used by several goroutines. A nil
// Loader is a kernel of which nothing is known.
type Loader struct {
	vmlinux []byte // raw
	deeper  bool   // modules are split from more than vmlinux

	mu     sync.Mutex
	judged map[loaderRules]*judgedBase
}

// loaderRules is what the judgement on vmlinux depends on.
type loaderRules struct {
	release *kernel.Release
	load    bool
}

// A judgedBase is vmlinux by the rules of a release. Without base it was refused.
type judgedBase struct {
	base   *Base
	report *Report
}

// NewLoader returns the kernel with this raw BTF. More bases are what modules are
// split from in addition, each of them from the one before: the BTF of other modules,
// say. No kernel looks at those. It takes its own BTF for the base of every module
// (Linux: btf_parse_module), and so what is split from more suits none, unless it has
// a distilled base.
func NewLoader(vmlinux []byte, more ...[]byte) *Loader {
	return &Loader{vmlinux: vmlinux, deeper: len(more) > 0, judged: make(map[loaderRules]*judgedBase)}
}

// LoaderOf returns the kernel whose types, or the first of their bases, these are.
func LoaderOf(types *btf.Types) *Loader {
	var more [][]byte
	for ; types.Base() != nil; types = types.Base() {
		more = append(more, nil)
	}
	return NewLoader(types.Bytes(), more...)
}

// base returns vmlinux by the rules in o, nil with the report of its refusal.
func (l *Loader) base(o Options) (*Base, *Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rules := loaderRules{o.Release, o.Load}
	j := l.judged[rules]
	if j == nil {
		j = new(judgedBase)
		o.Base = nil
		j.base, j.report = NewBase(l.vmlinux, o)
		l.judged[rules] = j
	}
	return j.base, j.report
}

// Module says what the kernel makes of a module if it is of release v: see [Judge] and
// [Module]. A nil Loader judges BTF without a base as that of a kernel. Base and
// Release of the options do not count.
func (l *Loader) Module(v kernel.Version, m *btf.Sections, o Options) *Report {
	return Judge(v, func(r *kernel.Release) *Report {
		o := o
		o.Release = r
		if l == nil {
			return Module(m, nil, o)
		}
		base, refused := l.base(o)
		if base == nil {
			return NoBase(refused)
		}
		rep := Module(m, base, o)
		if l.deeper {
			rep.splitDeeper(m, base)
		}
		return rep
	})
}

// Vmlinux says what the kernel makes of its own BTF if it is of release v.
func (l *Loader) Vmlinux(v kernel.Version, o Options) *Report {
	return Judge(v, func(r *kernel.Release) *Report {
		o := o
		o.Release = r
		_, rep := l.base(o)
		return rep
	})
}

// splitDeeper completes the report on a module that was split from more than vmlinux.
func (r *Report) splitDeeper(m *btf.Sections, vmlinux *Base) {
	const why = "it is split from more than vmlinux, and a kernel takes its own BTF alone for the base"
	switch {
	case r.BaseIgnored, r.Has(Undecided):
	case m.Base != nil:
		if r.Relocation != nil && r.Verdict != nil {
			r.Verdict.Cause += "; types of other modules are not in it"
		}
	case r.Verdict != nil:
		r.Verdict.Cause = why + ": encode it on vmlinux, or give it a .BTF.base"
	case r.Types > 0 && GuessOrigin(m.BTF).IDs != vmlinux.NumIDs():
		r.More = append([]Finding{{Class: Danger, Cause: why + ": by luck it looks like such types, and every name and type in it is another one to the kernel"}}, r.More...)
	}
}
