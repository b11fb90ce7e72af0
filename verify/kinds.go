package verify

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// A kindRule is what kernels do with types of a kind. Which kinds they know, and what
// differs between releases, is in the table of package kernel.
type kindRule struct {
	// record checks a record by itself (level 1; kernel: check_meta). nil stands for a
	// kind without rules: the verdict is unknown.
	record func(*checker, btf.Record) *Finding
	// resolve follows what the type refers to (level 2; kernel: resolve); nil if it
	// refers to nothing. A FUNC_PROTO is checked after its walk, see top.
	resolve func(*resolver, btf.ID, btf.Record) (resolved, error)
	// details prints what the kernel's log shows of a type; nil for nothing.
	details func(*blob, *line, btf.Record)

	sizeless bool // a type of the kind never has a size
	source   bool // only a DATASEC, DECL_TAG or LOCSEC may refer to such a type
}

// kindRules has the rules of all kinds, by kind. A new kind is a row.
var kindRules [128]kindRule

func init() {
	for kind, rule := range map[btf.Kind]kindRule{
		btf.KindVoid:      {sizeless: true},
		btf.KindInt:       {record: (*checker).intRecord, details: logInt},
		btf.KindPtr:       {record: (*checker).unnamedRef, resolve: (*resolver).reference, details: logType},
		btf.KindArray:     {record: (*checker).arrayRecord, resolve: (*resolver).array, details: logArray},
		btf.KindStruct:    {record: (*checker).structRecord, resolve: (*resolver).composite, details: logElements},
		btf.KindUnion:     {record: (*checker).structRecord, resolve: (*resolver).composite, details: logElements},
		btf.KindEnum:      {record: (*checker).enumRecord, details: logElements},
		btf.KindFwd:       {record: (*checker).fwdRecord, details: logFwd, sizeless: true},
		btf.KindTypedef:   {record: (*checker).typedefRecord, resolve: (*resolver).modifier, details: logType},
		btf.KindVolatile:  {record: (*checker).unnamedRef, resolve: (*resolver).modifier, details: logType},
		btf.KindConst:     {record: (*checker).unnamedRef, resolve: (*resolver).modifier, details: logType},
		btf.KindRestrict:  {record: (*checker).unnamedRef, resolve: (*resolver).modifier, details: logType},
		btf.KindFunc:      {record: (*checker).funcRecord, resolve: (*resolver).function, details: logType, sizeless: true},
		btf.KindFuncProto: {record: (*checker).protoRecord, details: logProto, sizeless: true},
		btf.KindVar:       {record: (*checker).varRecord, resolve: (*resolver).reference, details: logVar, source: true},
		btf.KindDatasec:   {record: (*checker).datasecRecord, resolve: (*resolver).datasec, details: logElements, source: true},
		btf.KindFloat:     {record: (*checker).floatRecord, details: logSize},
		btf.KindDeclTag: {
			record: (*checker).declTagRecord, resolve: (*resolver).declTag, details: logDeclTag, sizeless: true, source: true,
		},
		btf.KindTypeTag:  {record: (*checker).typeTagRecord, resolve: (*resolver).modifier, details: logType},
		btf.KindEnum64:   {record: (*checker).enumRecord, details: logElements},
		btf.KindLocParam: {record: (*checker).locParamRecord, details: logLocParam, sizeless: true},
		btf.KindLocProto: {record: (*checker).locProtoRecord, resolve: (*resolver).locProto, details: logVlen, source: true},
		btf.KindLocsec:   {record: (*checker).locsecRecord, resolve: (*resolver).locsec, details: logVlen, source: true},
	} {
		kindRules[kind] = rule
	}
}

// checkRecord checks a record of the kind.
func (k *kindRule) checkRecord(c *checker, rec btf.Record) *Finding {
	if k.record == nil {
		return c.noRule(rec)
	}
	return k.record(c, rec)
}

// log prints the details of a type.
func (k *kindRule) log(b *blob, l *line, rec btf.Record) {
	if k.details != nil {
		k.details(b, l, rec)
	}
}

// needsWalk reports whether a kind refers to others and is resolved.
func needsWalk(k btf.Kind) bool { return kindRules[k].resolve != nil }

// noRule is the check of a kind that the kernel knows and that has no rules here: the
// verdict is unknown. The kernel may find something, so this is not a failure, and what
// follows is looked at. Once is enough.
func (c *checker) noRule(rec btf.Record) *Finding {
	if !c.ruleless {
		c.ruleless = true
		f := c.finding(0, c.b.typeLine(c.id, rec, false, ""), "")
		f.Class = Undecided
		f.Cause = fmt.Sprintf("what Linux %v checks in a %v is not known", c.rules, rec.Kind())
		c.put(f)
	}
	return nil
}
