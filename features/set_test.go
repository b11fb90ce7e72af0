package features

import (
	"strings"
	"testing"
)

// Recorded from pahole 1.32 with libbpf 1.7 (no layout) and 1.8.
const (
	supported17 = "encode_force,var,float,decl_tag,type_tag,enum64,optimized_func,consistent_func,decl_tag_kfuncs," +
		"reproducible_build,distilled_base,global_var,attributes,true_signature,force_cu_merging"
	supported18 = "encode_force,var,float,decl_tag,type_tag,enum64,optimized_func,consistent_func,decl_tag_kfuncs," +
		"reproducible_build,distilled_base,global_var,attributes,true_signature,layout,force_cu_merging"
)

func TestSets(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  Set
		want string
	}{
		{"none", None(), ""},
		{"known is the supported line", Known() &^ Own(), supported18},
		{"default", Default(), "encode_force,var,float,decl_tag,type_tag,enum64,optimized_func,consistent_func,decl_tag_kfuncs"},
		{"all leaves out distilled_base and force_cu_merging", All(),
			"encode_force,var,float,decl_tag,type_tag,enum64,optimized_func,consistent_func,decl_tag_kfuncs," +
				"reproducible_build,global_var,attributes,true_signature,layout"},
		{"our own", Own(), "inline_preview"},
		{"legacy", Legacy(), "var,decl_tag,type_tag,enum64"},
		{"bits beyond the table have no name", Var | 1<<31, "var"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.set.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestNames ties each constant to its name, so that a row moved in the table
// cannot go unnoticed.
func TestNames(t *testing.T) {
	for f, name := range map[Set]string{
		EncodeForce: "encode_force", Var: "var", Float: "float", DeclTag: "decl_tag", TypeTag: "type_tag",
		Enum64: "enum64", OptimizedFunc: "optimized_func", ConsistentFunc: "consistent_func",
		DeclTagKfuncs: "decl_tag_kfuncs", ReproducibleBuild: "reproducible_build", DistilledBase: "distilled_base",
		GlobalVar: "global_var", Attributes: "attributes", TrueSignature: "true_signature", Layout: "layout",
		ForceCUMerging: "force_cu_merging", InlinePreview: "inline_preview",
	} {
		if got := f.String(); got != name {
			t.Errorf("%#x is %q, want %q", uint32(f), got, name)
		}
		if got, err := Parse(name); err != nil || got != f {
			t.Errorf("Parse(%q) = %v, %v", name, got, err)
		}
	}
	if len(table) != strings.Count(supported18, ",")+1+1 { // and one of our own
		t.Errorf("%d features", len(table))
	}
}

func TestSetOperations(t *testing.T) {
	s := None().With(Var | Float).Without(Var)
	if s != Float {
		t.Errorf("got %v, want float", s)
	}
	if s.Has(Var|Float) || !s.Has(Float) || !s.Has(None()) {
		t.Error("Has must mean all of the features")
	}
}
