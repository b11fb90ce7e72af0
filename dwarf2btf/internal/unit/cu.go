package unit

import (
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/dwarf2btf/internal/funcs"
	"github.com/gopahole/gopahole/dwarf2btf/internal/location"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// CU is what pahole calls a CU: the types, functions and variables of one unit, or of all
// units of a file when they refer to each other. A worker fills it, and the encoder adds
// CUs in the order of the input.
//
// Offsets are relative to base, the section offset of the first unit. Types are
// numbered from 1 in the order in which pahole numbers them: children before
// their parent. Storage is used again for the next unit.
type CU struct {
	Err error  // why it could not be decoded
	At  uint64 // section offset of the unit, or of its skeleton

	Name      string      // of the unit, if verbose output wants it
	Filtered  bool        // all is left out
	Reason    string      // line for verbose output
	Languages LanguageSet // of the units that are not left out

	// Types are the types in the order in which pahole numbers them: children before
	// their parent. Decl tags follow them, and variables with their decl tags.
	Types      typegraph.Unit
	NumTypes   int      // types
	NumTags    int      // types and their decl tags
	IndexEdges []uint32 // edges that are index types of arrays, which are chosen later
	NeedInt    bool     // some array wants an index type
	IntType    uint32   // first base type named int, 0 if there is none

	Functions []Function    // functions to be offered for selection
	Params    []funcs.Param // of Functions; types are type numbers
	Annots    []funcs.Annot // of Functions
	Vars      []VarSecinfo  // variables that go into a DATASEC
	Inlined   Inlined       // functions that were inlined

	SignedEnums []Enum   // of Types, if verbose output wants them: those with a signed type
	Unknown     []string // names of functions without a symbol, for verbose output
	Reports     []report // warnings, for File.TakeReports
	Stats       Stats
	Traced      Traced // what is recorded for those who ask

	*decoding // what is needed until the CU is complete, nil after that
}

// decoding is what is known of a CU while it is decoded.
//
// Offsets are relative to base, the section offset of the first unit. Types are numbered
// from 1.
type decoding struct {
	base  uint64 // section offset that offsets are relative to
	taken int    // units that are not left out

	refs  []die.Ref  // the edges of Types before they are resolved
	types []typeInfo // by type number - 1

	cross     int  // references of functions and variables that lead to another unit
	edgesDone bool // edges are resolved

	targets []target // what references from other units can lead to, merged CUs only

	held []*splitUnit // whose files are in use

	next     uint32               // first offset after all units
	spans    []span               // where units stand that are not from the base on
	placed   map[*typeUnit]uint32 // offset of the type units that are wanted
	wanted   []*typeUnit          // in the order in which they are referred to
	ntypes   int                  // of these, those that were decoded
	synonyms []die.Ref            // to the types that declarations stand for, see synonym

	declTags []declTag // of types
	funcs    []function
	params   []param
	annots   []annotation // of functions
	vars     []variable

	inlined       []inlined
	inlinedParams []inlinedParam // of inlined

	pending []pendingShape

	members []trueMember // numbered from 1 in location.Facts
	exprs   []byte       // copies of location expressions, merged mode

	packed  map[uint32]bool   // by type number, see packed.go
	aligned map[uint32]uint64 // by type number, in bytes

	warned warning // of those that are given once
}

// Stats counts what a CU read.
type Stats struct {
	DIEs       uint64
	Bytes      uint64
	Lists      uint64 // location lists
	TypeBytes  uint64 // bytes of type units
	SplitBytes uint64 // bytes of split units, each with its part of what else is in the file
}

// typeInfo is what later decisions need to know of a type.
type typeInfo struct {
	size uint32 // DW_AT_byte_size as it stands there, 0 if absent
	tag  typeTag
}

// typeTag is the kind of a type DIE as far as later decisions need it.
type typeTag uint8

const (
	tagOther typeTag = iota // arrays, prototypes, type tags
	tagFlat                 // an array without dimensions, which pahole 1.32 takes for one element
	tagBase
	tagBaseSigned // encoding signed or signed_char
	tagPointer
	tagConst
	tagModifier // volatile, restrict
	tagTypedef
	tagStruct
	tagClass
	tagUnion
	tagEnum
)

// pendingShape is a type whose shape depends on a type that may follow.
type pendingShape struct {
	num    uint32 // type number
	info   *section
	unit   die.Unit
	words  []uint32
	enum   die.Ref // to the type of an ENUM64
	member []pendingMember

	memberPointer bool    // a C++ pointer to a member, to
	target        die.Ref // what this leads to
}

// pendingMember is a bit-field whose storage size is that of its type.
type pendingMember struct {
	word      int    // of the offset in words
	edge      int    // index of the member's type among the edges of the struct
	bitOffset int64  // DW_AT_bit_offset
	bitSize   uint32 // in bits
	byteOff   uint64 // in bytes
	dataOff   uint64 // DW_AT_data_bit_offset
	hasData   bool   // it was given: only the size matters
}

// declTag is a DECL_TAG of a struct, union or typedef.
type declTag struct {
	typ       uint32 // type number
	component int32  // member, or -1
	value     nameKey
}

// annotation is a DECL_TAG of a function or a parameter, or of a variable.
type annotation struct {
	component int32
	value     nameKey
}

// Functions, parameters and variables have their references twice: in refs as they were
// read, until they are resolved and 0 is left there, and as numbers after that.

// functionRefs are the references of a function that are not resolved yet.
type functionRefs struct{ typ, origin, spec die.Ref }

// paramRefs are those of a parameter.
type paramRefs struct{ typ, origin die.Ref }

// variableRefs are those of a variable.
type variableRefs struct{ typ, spec die.Ref }

// function is a DW_TAG_subprogram.
type function struct {
	off       uint32
	name      nameKey
	refs      functionRefs
	typ       uint32 // type number
	origin    uint32 // index + 1
	spec      uint32 // index + 1
	first     uint32 // parameters are params[first:last]
	last      uint32
	annot     [2]uint32 // annots[annot[0]:annot[1]]
	addr      uint64    // DW_AT_low_pc
	entry     int32     // of the symbol table, -1 if there is none
	flags     funcFlags
	ignored   bool // no symbol has its name
	reordered bool // a parameter has another position than its origin
	unit      *unitContext
}

type funcFlags uint8

const (
	fnDeclaration funcFlags = 1 << iota
	fnHasOrigin
	fnInlined // DW_AT_inline is not 0
	fnVararg
	fnNoCall // DW_AT_calling_convention is DW_CC_nocall
)

// param is a DW_TAG_formal_parameter of a subprogram.
type param struct {
	off      uint32
	name     nameKey
	refs     paramRefs
	typ      uint32 // type number
	cur      uint32 // type number, that of the origin included; see recodeParams
	origin   uint32 // index + 1
	index    int32  // among its siblings
	locForm  locForm
	locLen   uint32 // bytes of an expression
	loc      uint64 // position of the expression, or offset of the list
	hasLoc   bool
	hasConst bool
	hasOwn   bool // has its own DW_AT_type
	byOrigin bool // DW_AT_abstract_origin: its size is that of the origin's type

	facts location.Facts
}

// trueMember is the only member of a struct that a parameter still passes.
type trueMember struct {
	name nameKey
	typ  uint32 // type number
}

type locForm uint8

const (
	locNone  locForm = iota
	locExpr          // in the unit's bytes, or in cu.exprs if the CU has several units
	locList          // section offset of a location list
	locOther         // a form that says nothing
)

// variable is a DW_TAG_variable that may be emitted, or that one may complete.
type variable struct {
	off      uint32
	name     nameKey
	refs     variableRefs
	typ      uint32 // type number
	spec     uint32 // index + 1
	annot    [2]uint32
	addr     uint64
	top      bool // a direct child of the unit
	decl     bool // DW_AT_declaration
	hasSpec  bool // DW_AT_specification
	external bool
	artifice bool // DW_AT_artificial
	global   bool // its location is an address
}

// Function is a function that has an ELF symbol, with everything that the
// selection wants to know. Its parameters are CU.Params[First:Last].
type Function struct {
	funcs.State // Ret is a type number
	First, Last uint32
	Annot       [2]uint32 // CU.Annots[Annot[0]:Annot[1]]
}

// VarSecinfo is a VAR's place in its section.
type VarSecinfo struct {
	Section int
	Num     uint32 // type number of the VAR
	Offset  uint32 // in bytes
	Size    uint32 // in bytes
}

// unitContext is what outlives the decoding of a unit.
type unitContext struct {
	name         nameKey
	src          *source
	unit         die.Unit
	clang        bool
	language     uint16
	loclistsBase uint64
	stmtList     uint64 // of its line numbers, plus one; 0 if there are none, or they are not wanted

	left []leftOut // of the unit, with best effort
}

// NewCU returns an empty CU.
func NewCU() *CU {
	c := &CU{decoding: new(decoding)}
	c.reset()
	return c
}

// reset empties the CU and keeps its storage.
func (c *CU) reset() {
	c.Err, c.Name, c.taken, c.Filtered, c.Reason = nil, "", 0, false, ""
	c.Languages = LanguageSet{}
	c.Types.Shapes, c.Types.Edges, c.refs = c.Types.Shapes[:0], c.Types.Edges[:0], c.refs[:0]
	c.Types.Start = append(c.Types.Start[:0], 0)
	c.types, c.NumTypes, c.NumTags = c.types[:0], 0, 0
	c.IndexEdges, c.NeedInt, c.IntType = c.IndexEdges[:0], false, 0
	c.cross, c.edgesDone = 0, false
	c.targets, c.declTags = c.targets[:0], c.declTags[:0]
	c.funcs, c.params, c.annots, c.vars = c.funcs[:0], c.params[:0], c.annots[:0], c.vars[:0]
	c.Functions, c.Params, c.Annots, c.Vars = c.Functions[:0], c.Params[:0], c.Annots[:0], c.Vars[:0]
	c.inlined, c.inlinedParams = c.inlined[:0], c.inlinedParams[:0]
	c.Inlined.reset()
	c.SignedEnums = c.SignedEnums[:0]
	c.pending, c.exprs, c.members = c.pending[:0], c.exprs[:0], c.members[:0]
	c.Unknown = c.Unknown[:0]
	c.next, c.spans, c.wanted, c.ntypes, c.synonyms = 0, c.spans[:0], c.wanted[:0], 0, c.synonyms[:0]
	clear(c.placed)
	c.held = c.held[:0]
	c.Reports, c.warned = c.Reports[:0], 0
	if c.packed == nil {
		c.packed, c.aligned = make(map[uint32]bool), make(map[uint32]uint64)
	}
	clear(c.packed)
	clear(c.aligned)
	c.Stats = Stats{}
	c.Traced.reset()
}
