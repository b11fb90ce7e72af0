package verify

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// What the kernel checks in the kinds of BTF inline, as they were posted.

// locParamRecord checks a LOC_PARAM: its flags, and whether it has as many values as
// they ask for.
func (c *checker) locParamRecord(rec btf.Record) *Finding {
	size := rec.Size()
	switch {
	case rec.NameOff() != 0:
		return c.fail("Invalid name")
	case size == 0 || size > btf.MaxLocSize:
		return c.fail("Unexpected size")
	case rec.KindFlag():
		return c.noFlag(rec)
	case rec.Vlen() == 0:
		return c.fail("Invalid vlen")
	}
	flags := btf.LocFlags(rec[3])
	least, most := 1, 2
	switch flags {
	case btf.LocConst, btf.LocConst | btf.LocSigned, btf.LocConst | btf.LocAddr:
		switch {
		case size > 8: // more than two values have room for
			most = 0
		case size > 4:
			least = 2
		}
	case btf.LocReg:
	case btf.LocReg | btf.LocDeref:
		most = 1
	case btf.LocReg | btf.LocOffset, btf.LocReg | btf.LocOffset | btf.LocSigned,
		btf.LocReg | btf.LocDeref | btf.LocOffset, btf.LocReg | btf.LocDeref | btf.LocOffset | btf.LocSigned:
		least, most = 2, 3
	default:
		return c.fail("Invalid flags")
	}
	if n := rec.Vlen(); n < least || n > most {
		return c.fail("Invalid vlen")
	}
	return nil
}

func (c *checker) locProtoRecord(rec btf.Record) *Finding {
	if rec.NameOff() != 0 {
		return c.fail("Invalid name")
	}
	return c.noFlag(rec)
}

// locsecRecord checks a LOCSEC. Neither the order of its entries nor their offsets are
// looked at.
func (c *checker) locsecRecord(rec btf.Record) *Finding {
	if f := c.noFlag(rec); f != nil {
		return f
	}
	if rec.NameOff() == 0 || !c.b.isSectionName(rec.NameOff()) {
		return c.fail("Invalid name")
	}
	for _, site := range rec.LocSites() {
		switch {
		case !isTypeID(site.Func):
			return c.fail("Invalid func")
		case !isTypeID(site.Proto):
			return c.fail("Invalid loc_proto")
		}
	}
	return nil
}

// locProto checks that a LOC_PROTO refers to nothing but locations (level 2). Messages
// count from 1.
func (r *resolver) locProto(id btf.ID, rec btf.Record) (resolved, error) {
	if rec.SizeOrType() != 0 {
		return resolved{}, r.about(id, rec).fail("Invalid loc_proto type")
	}
	for i, param := range rec.LocParams() {
		if param != 0 && r.b.record(param).Kind() != btf.KindLocParam {
			return resolved{}, r.about(id, rec).fail(fmt.Sprintf("Invalid loc_param#%d", i+1))
		}
	}
	return resolved{}, nil
}

// locsec checks that each entry of a LOCSEC has a location for each parameter of its
// function.
func (r *resolver) locsec(id btf.ID, rec btf.Record) (resolved, error) {
	if rec.SizeOrType() != 0 {
		return resolved{}, r.about(id, rec).fail("Invalid locsec type")
	}
	for i, site := range rec.LocSites() {
		function := r.b.record(site.Func)
		proto := r.b.record(function.Type())
		locs := r.b.record(site.Proto)
		switch {
		case function.Kind() != btf.KindFunc || proto.Kind() != btf.KindFuncProto:
			return resolved{}, r.about(id, rec).fail(fmt.Sprintf("Invalid func#%d", i+1))
		case locs.Kind() != btf.KindLocProto:
			return resolved{}, r.about(id, rec).fail(fmt.Sprintf("Invalid loc_proto#%d", i+1))
		case proto.Vlen() != locs.Vlen():
			return resolved{}, r.about(id, rec).fail(fmt.Sprintf("Mismatched vlen for loc_proto#%d", i+1))
		}
	}
	return resolved{}, nil
}
