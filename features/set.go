package features

import (
	"math/bits"
	"strings"
)

// A Set holds any number of features, one a bit. The zero Set has none.
type Set uint32

// The features, in the order in which pahole lists them, and then our own.
const (
	EncodeForce       Set = 1 << iota // leave out what has no valid encoding instead of giving up
	Var                               // VAR and DATASEC for per-CPU variables
	Float                             // FLOAT; without it floating-point types become INT
	DeclTag                           // DECL_TAG from btf_decl_tag attributes, and for kfuncs
	TypeTag                           // TYPE_TAG from btf_type_tag attributes
	Enum64                            // ENUM64 for enumerations of more than 32 bits
	OptimizedFunc                     // accepted, changes nothing (pahole 1.32: the same)
	ConsistentFunc                    // no FUNC for a name whose prototypes differ
	DeclTagKfuncs                     // DECL_TAG bpf_kfunc and bpf_fastcall from .BTF_ids
	ReproducibleBuild                 // accepted, changes nothing: output never depends on timing
	DistilledBase                     // .BTF.base beside a split .BTF
	GlobalVar                         // VAR and DATASEC for every global variable
	Attributes                        // tags with the kind flag set, for attributes of arguments and results
	TrueSignature                     // prototypes as they are after optimization
	Layout                            // a layout section in the BTF header
	ForceCUMerging                    // all units of a file as one

	InlinePreview // LOC_PARAM, LOC_PROTO and LOCSEC for functions that were inlined
)

// table gives each feature its name and class. Index i describes bit i.
var table = [...]struct {
	name      string
	byDefault bool // part of the list word "default"
	inAll     bool // part of the list word "all"
	own       bool // pahole does not have it
}{
	{"encode_force", true, true, false},
	{"var", true, true, false},
	{"float", true, true, false},
	{"decl_tag", true, true, false},
	{"type_tag", true, true, false},
	{"enum64", true, true, false},
	{"optimized_func", true, true, false},
	{"consistent_func", true, true, false},
	{"decl_tag_kfuncs", true, true, false},
	{"reproducible_build", false, true, false},
	{"distilled_base", false, false, false},
	{"global_var", false, true, false},
	{"attributes", false, true, false},
	{"true_signature", false, true, false},
	{"layout", false, true, false},
	{"force_cu_merging", false, false, false},
	{"inline_preview", false, false, true},
}

// None is the empty set.
func None() Set { return 0 }

// Known returns every feature there is.
func Known() Set { return 1<<len(table) - 1 }

// Own returns the features that pahole does not have, so that it does not list them either.
func Own() Set {
	var s Set
	for i, f := range table {
		if f.own {
			s |= 1 << i
		}
	}
	return s
}

// Default returns what the word "default" stands for in a list.
func Default() Set {
	var s Set
	for i, f := range table {
		if f.byDefault {
			s |= 1 << i
		}
	}
	return s
}

// All returns what the word "all" stands for in a list. It is not every
// feature: distilled_base needs a base and force_cu_merging changes how the
// input is read, so both have to be named (pahole 1.32: the same).
func All() Set {
	var s Set
	for i, f := range table {
		if f.inAll {
			s |= 1 << i
		}
	}
	return s
}

// Legacy returns what is on when no list is given at all: the state from before
// feature lists existed, which the switches --btf_gen_* and --skip_encoding_*
// modify.
func Legacy() Set { return Var | DeclTag | TypeTag | Enum64 }

// Has reports whether all features of f are in s.
func (s Set) Has(f Set) bool { return s&f == f }

// With returns s with the features of f added.
func (s Set) With(f Set) Set { return s | f }

// Without returns s with the features of f removed.
func (s Set) Without(f Set) Set { return s &^ f }

// Names returns the names of the features in s, in the order of the table.
// Bits that are no feature have no name.
func (s Set) Names() []string {
	names := make([]string, 0, bits.OnesCount32(uint32(s)))
	for i, f := range table {
		if s&(1<<i) != 0 {
			names = append(names, f.name)
		}
	}
	return names
}

// String returns the names joined by commas: a list that [Parse] turns into the
// same set, and for the supported features the line that
// --supported_btf_features prints.
func (s Set) String() string { return strings.Join(s.Names(), ",") }

// lookup returns the feature called name.
func lookup(name string) (Set, bool) {
	for i, f := range table {
		if f.name == name {
			return 1 << i, true
		}
	}
	return 0, false
}
