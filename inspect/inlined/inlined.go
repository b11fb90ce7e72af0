// Package inlined reads from BTF where functions were inlined, and where their parameters are
// there.
//
//	LOCSEC .text         FUNC          LOC_PROTO ──► LOC_PARAM  "in %rdi"
//	  offset ── Site ──►   │  FUNC_PROTO     0  ──►  not known
//	                       └──────┘  same number of parameters
//
// It works with BTF from anywhere: [Check] says whether the types hold together, and the other
// functions are safe without it.
package inlined

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// A Site is a place where a function was inlined.
type Site struct {
	Section     string // of the ELF file
	btf.LocSite        // its offset is from the start of the section
}

// Sites returns the sites of the types, without those of their base, in their order.
func Sites(types *btf.Types) iter.Seq[Site] {
	return func(yield func(Site) bool) {
		for id, r := range types.Own() {
			if r.Kind() != btf.KindLocsec {
				continue
			}
			section := Section(types.Name(id))
			for _, s := range r.LocSites() {
				if !yield(Site{section, s}) {
					return
				}
			}
		}
	}
}

// Has reports whether there are sites among the types, without those of their base.
func Has(types *btf.Types) bool {
	for _, r := range types.Own() {
		if r.Kind() == btf.KindLocsec && r.Vlen() > 0 {
			return true
		}
	}
	return false
}

// Section returns the ELF section that a LOCSEC of this name is about. Some writers put a word
// in front of it: "inline.text" (bpftool's tests).
func Section(locsec string) string {
	if rest, ok := strings.CutPrefix(locsec, "inline"); ok && strings.HasPrefix(rest, ".") {
		return rest
	}
	return locsec
}

// A Param is a parameter of a function at a site.
type Param struct {
	Name string
	Type btf.ID
	// Loc is where the value is; Known is false if that is not known.
	Loc   btf.LocParam
	Known bool
}

// Params returns the parameters of the function of a site. The error says that the types do not
// hold together.
func Params(types *btf.Types, s Site) ([]Param, error) {
	proto, locs, err := prototypes(types, s)
	if err != nil {
		return nil, err
	}
	params := make([]Param, 0, proto.Vlen())
	for _, p := range types.Params(types.Record(s.Func).Type()) {
		params = append(params, Param{Name: p.Name, Type: p.Type})
	}
	for i, id := range locs.LocParams() {
		if id == 0 {
			continue
		}
		r := types.Record(id)
		if r.Kind() != btf.KindLocParam {
			return nil, siteError(s, "parameter %d: [%d] is a %v, not a LOC_PARAM", i, id, r.Kind())
		}
		params[i].Loc, params[i].Known = r.LocParam(), true
	}
	return params, nil
}

// prototypes returns the FUNC_PROTO and the LOC_PROTO of a site, which have the same number of
// parameters.
func prototypes(types *btf.Types, s Site) (proto, locs btf.Record, err error) {
	fn, locs := types.Record(s.Func), types.Record(s.Proto)
	if fn.Kind() != btf.KindFunc {
		return nil, nil, siteError(s, "[%d] is a %v, not a FUNC", s.Func, fn.Kind())
	}
	proto = types.Record(fn.Type())
	switch {
	case proto.Kind() != btf.KindFuncProto:
		return nil, nil, siteError(s, "FUNC [%d] is of a %v, not of a FUNC_PROTO", s.Func, proto.Kind())
	case locs.Kind() != btf.KindLocProto:
		return nil, nil, siteError(s, "[%d] is a %v, not a LOC_PROTO", s.Proto, locs.Kind())
	case proto.Vlen() != locs.Vlen():
		return nil, nil, siteError(s, "FUNC [%d] has %d parameters, and LOC_PROTO [%d] locations for %d", s.Func, proto.Vlen(), s.Proto, locs.Vlen())
	}
	return proto, locs, nil
}

func siteError(s Site, format string, args ...any) error {
	return fmt.Errorf("site %s+%#x: %s", s.Section, s.Offset, fmt.Sprintf(format, args...))
}

// Check reports the first thing that is wrong with the sites of the types: what kernels ask of
// them, and that those of a section are in the order of their offsets, each once.
func Check(types *btf.Types) error {
	for id, r := range types.Own() {
		var err error
		switch r.Kind() {
		case btf.KindLocParam:
			if p := r.LocParam(); !Valid(p) {
				err = fmt.Errorf("[%d] LOC_PARAM: size %d, flags %#x and %d values do not belong together", id, p.Size, p.Flags, len(p.Values))
			}
		case btf.KindLocProto:
			for i, p := range r.LocParams() {
				if kind := types.Record(p).Kind(); p != 0 && kind != btf.KindLocParam {
					err = fmt.Errorf("[%d] LOC_PROTO: [%d], of parameter %d, is a %v, not a LOC_PARAM", id, p, i, kind)
					break
				}
			}
		case btf.KindLocsec:
			err = checkSites(types, id, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkSites(types *btf.Types, id btf.ID, r btf.Record) error {
	section := Section(types.Name(id))
	var same []btf.LocSite // of one offset
	for i := range r.Vlen() {
		s := r.LocSite(i)
		site := Site{section, s}
		if _, _, err := prototypes(types, site); err != nil {
			return err
		}
		switch {
		case len(same) == 0 || s.Offset == same[0].Offset:
		case s.Offset < same[0].Offset:
			return siteError(site, "it comes after that at %#x", same[0].Offset)
		default:
			same = same[:0]
		}
		same = append(same, s)
		if last := i+1 == r.Vlen() || r.LocSite(i+1).Offset != s.Offset; last && hasTwice(same) {
			return siteError(site, "it is there twice")
		}
	}
	return nil
}

// hasTwice reports whether two of the sites, which have one offset, are equal. It sorts them.
func hasTwice(sites []btf.LocSite) bool {
	if len(sites) < 2 {
		return false
	}
	slices.SortFunc(sites, func(a, b btf.LocSite) int { return cmp.Or(cmp.Compare(a.Func, b.Func), cmp.Compare(a.Proto, b.Proto)) })
	return len(slices.Compact(sites)) < len(sites)
}

// Valid reports whether kernels accept what a LOC_PARAM says (Linux, as posted:
// btf_loc_param_check_meta).
func Valid(p btf.LocParam) bool {
	if p.Size == 0 || p.Size > btf.MaxLocSize {
		return false
	}
	least, most := 0, 0
	switch p.Flags {
	case btf.LocConst, btf.LocConst | btf.LocSigned, btf.LocConst | btf.LocAddr:
		if least, most = 1, 2; p.Size > 4 {
			least = 2
		}
		if p.Size > 8 {
			return false
		}
	case btf.LocReg:
		least, most = 1, 2
	case btf.LocReg | btf.LocDeref:
		least, most = 1, 1
	case btf.LocReg | btf.LocOffset, btf.LocReg | btf.LocOffset | btf.LocSigned,
		btf.LocReg | btf.LocDeref | btf.LocOffset, btf.LocReg | btf.LocDeref | btf.LocOffset | btf.LocSigned:
		least, most = 2, 3
	}
	return least <= len(p.Values) && len(p.Values) <= most && most > 0
}
