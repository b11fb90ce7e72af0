// Package trace is what dwarf2btf.Convert writes down of its decisions for those who ask. The encoder's own
// rules fill it in while they decide, so that what is said here is what was done:
//
//	Recorder ─► Options.Trace ─► Convert ─► Functions, Instances    of functions
//	   │ Wants: of which names                Variables, Definitions  of variables, structs and unions
//
// Nothing is recorded, and nothing costs anything, without a Recorder. Package inspect/explain makes sentences of it.
//
// Stable are the exported names and the words of [Reason] and [Fate]. Fields may be added.
package trace

import "debug/elf"

// A Recorder takes what is recorded. One belongs to one conversion.
type Recorder struct {
	// Wants says of which names more is recorded than which functions are left out; nil is of none. It is called from
	// several goroutines.
	Wants func(name []byte) bool

	Machine elf.Machine

	// Functions are those that are left out, and of the names that are wanted those that are encoded too, in the order
	// of encoding.
	Functions []Function

	// Instances, Variables and Definitions are of the names that are wanted, in the order of the input.
	Instances   []Instance
	Variables   []Variable
	Definitions []Definition

	// Sources says how much of the result comes from where, if WantSources is set, in the order of directories.
	WantSources bool
	Sources     []Source

	// LeftUnits counts the units that options leave out as a whole, such as those in other languages.
	LeftUnits int
}

// Reset forgets what was recorded: the input is read again.
func (r *Recorder) Reset() {
	*r = Recorder{Wants: r.Wants, Machine: r.Machine, WantSources: r.WantSources}
}

// A Source is a directory of the source and what its units brought into the result: a type counts where it was met first,
// and a function where the instance is that stands for it.
type Source struct {
	Directory string // of the names of units; "" for what is of no unit alone
	Types     int
	Bytes     int          // of their records, without names
	Kinds     []SourceKind // the same by kind, in the order of their names
}

// A SourceKind is what a directory brought of one kind.
type SourceKind struct {
	Kind  string // as package btf writes it, such as STRUCT
	Types int
	Bytes int
}

// Wanted reports whether details of a name are recorded.
func (r *Recorder) Wanted(name []byte) bool { return r.Wants != nil && r.Wants(name) }

// A Reason is the rule that keeps a function out of BTF.
type Reason string

// The reasons.
const (
	AmbiguousAddress      Reason = "ambiguous_address"
	OptimizedParams       Reason = "optimized_params"
	ReorderedParams       Reason = "reordered_params"
	UncertainLocation     Reason = "uncertain_location"
	InconsistentPrototype Reason = "inconsistent_prototype"
	UnexpectedRegister    Reason = "unexpected_register"
)

// A Function is the verdict on all instances of one name in a file.
type Function struct {
	File    string // that was encoded
	Name    string
	Encoded string   // name of its FUNC, "" if it has none: it is left out
	Reason  Reason   // "" unless it is left out
	Words   string   // those of pahole 1.32
	Differ  []Differ // instances that do not agree
	// Symbols are those of the name, of functions that are wanted.
	Symbols []Symbol
	// Kfunc: a set of .BTF_ids has it, as far as the features let the encoder look.
	Kfunc bool
}

// Differ says how two instances of a function differ.
type Differ struct {
	A, B  int    // numbers of the instances, as in Instance.Number
	Words string // those of pahole 1.32
}

// A Symbol is a function of the symbol table.
type Symbol struct {
	Name    string
	Section string // of a relocatable file; "" for others
	Address uint64 // in a relocatable file the offset in Section
}

// A Fate is what became of an instance of a function.
type Fate string

// The fates.
const (
	Judged      Fate = "judged"            // with the others of its name
	Declared    Fate = "declaration"       // it is only declared there
	NoSymbol    Fate = "no_symbol"         // no function of the symbol table has its name
	UnnamedArgs Fate = "unnamed_parameter" // one of its parameters has no name
)

// An Instance is one entry of DWARF for a function.
type Instance struct {
	Number int // from 0, among the judged ones of the conversion; -1 if it is not judged
	Name   string
	Place
	Fate      Fate
	Section   string // of a relocatable file; "" for others
	Address   uint64 // where its code begins, in a relocatable file the offset in Section; 0 and no Section if it has none: an abstract instance, or one that was inlined everywhere
	Symbol    string // at that address, "" if there is none
	Prototype string // in C, of a judged one
	Params    []Param

	Clang            bool // its unit says that clang compiled it
	Inlined          bool // DW_AT_inline: it was inlined, or declared so
	Reordered        bool // its parameters have other positions than in the source
	SignatureChanged bool // clang says that it does not follow the calling convention
	OptimizedSymbol  bool // its symbol has a suffix .isra or .constprop
	UncertainPlace   bool // a packed struct is among the parameters on the stack
	Unexpected       bool // a parameter is in an unexpected register
	OptimizedParams  bool // a parameter is missing, or has no location
}

// A Place is where something stands.
type Place struct {
	Unit   string // name of the compile unit
	Offset uint64 // of the entry in .debug_info, in bytes
	File   string // of the source, "" if it is not known
	Line   uint64 // from 1, 0 if it is not known
}

// A Param is a parameter of an instance.
type Param struct {
	Name       string
	Found      string // where it is: a register, "constant", "stack", "memory", "elsewhere" or "nowhere"
	Expected   string // where the calling convention puts it: registers, "stack", or "" if it is not known
	Optimized  bool   // it is not passed, or not as the source says
	Unexpected bool   // it is not where the calling convention puts it
}

// A Definition is a struct or union in a unit.
type Definition struct {
	Name string
	Place
	Union   bool
	Size    uint32 // in bytes
	Members []Member
}

// A Member is a member of a Definition.
type Member struct {
	Name string
	Word uint32 // its offset as in linux/btf.h, struct btf_member
	Type string // name of its type, or of what it leads to through pointers and the like; "" for base types and if it is not known
}

// A VarReason is why a variable is left out.
type VarReason string

// The reasons.
const (
	VarEncoded     VarReason = "encoded"
	VarNotAsked    VarReason = "not_asked"        // no feature asks for variables
	VarLocal       VarReason = "local"            // it is in a function
	VarDeclaration VarReason = "declaration"      // it is only declared there
	VarArtificial  VarReason = "artificial"       // the compiler made it
	VarNoAddress   VarReason = "no_address"       // it has no fixed address, or was optimized away
	VarNoSection   VarReason = "no_section"       // no section with contents has its address
	VarSection     VarReason = "section"          // its section is not asked for
	VarName        VarReason = "name"             // tools make up such names
	VarNoSymbol    VarReason = "no_symbol"        // at the start of its section, and no symbol says that it belongs there
	VarInvalidName VarReason = "invalid_name"     // C has no such name
	VarVoid        VarReason = "void"             // its type is void
	VarUnitVoid    VarReason = "after_void"       // a variable before it in the unit is void: pahole gives up there
	VarSize        VarReason = "size"             // its type has no size, or more than 4 GiB
	VarBehind      VarReason = "offset_too_large" // it is further than 4 GiB from the start of its section
)

// A Variable is one entry of DWARF for a variable.
type Variable struct {
	Name string
	Place
	Reason  VarReason
	Address uint64
	Section string // that has the address, "" if that is not known
	// Relative: the file is relocatable, and Address is an offset in Section.
	Relative bool
}
