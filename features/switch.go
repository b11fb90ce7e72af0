package features

// A Switch is one of the options without argument that set a single feature.
// Most are older than feature lists.
type Switch struct {
	Name    string // without dashes
	Feature Set
	On      bool // the option switches the feature on
}

// Switches returns these options, in the order of their names.
//
// skip_encoding_btf_inconsistent_proto is the odd one: what it skips is the
// encoding of inconsistent functions, and that is what consistent_func does, so
// it switches the feature on.
func Switches() []Switch {
	return []Switch{
		{"btf_attributes", Attributes, true},
		{"btf_encode_force", EncodeForce, true},
		{"btf_gen_floats", Float, true},
		{"btf_gen_optimized", OptimizedFunc, true},
		{"reproducible_build", ReproducibleBuild, true},
		{"skip_encoding_btf_decl_tag", DeclTag, false},
		{"skip_encoding_btf_enum64", Enum64, false},
		{"skip_encoding_btf_inconsistent_proto", ConsistentFunc, true},
		{"skip_encoding_btf_type_tag", TypeTag, false},
		{"skip_encoding_btf_vars", Var, false},
	}
}

// Apply changes one feature as the option does.
func (b *Builder) Apply(s Switch) {
	if s.On {
		b.On(s.Feature)
	} else {
		b.Off(s.Feature)
	}
}
