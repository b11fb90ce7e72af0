package features

import (
	"strings"
	"testing"
)

// TestOptionOrder replays command lines; want is a list again, or "legacy".
func TestOptionOrder(t *testing.T) {
	for _, tt := range []struct{ name, args, want string }{
		{"no option", "", "legacy"},
		{"switches change the legacy set", "--btf_gen_floats --skip_encoding_btf_vars", "float,decl_tag,type_tag,enum64"},
		{"a list starts from nothing", "--btf_features=float", "float"},
		{"lists add up", "--btf_features=float --btf_features=var", "float,var"},
		{"the plus of a later list adds to the first", "--btf_features=attributes --btf_features=+layout", "default,attributes,layout"},
		{"the first list may have the plus", "--btf_features=+layout --btf_features=attributes", "default,attributes,layout"},
		{"--features is the same option", "--features=float --btf_features=var", "float,var"},
		{"a strict list resets too", "--btf_gen_floats --btf_features_strict=var", "var"},
		{"strict and lenient lists add up", "--btf_features_strict=var --btf_features=float", "var,float"},
		{"btf_gen_all is the list all", "--btf_gen_floats --btf_gen_all", "all"},
		{"a list after btf_gen_all adds", "--btf_gen_all --btf_features=force_cu_merging", "all,force_cu_merging"},
		{"switches before the first list are lost", "--btf_gen_floats --btf_attributes --btf_features=var", "var"},
		{"switches after it work", "--btf_features=var --btf_gen_floats --skip_encoding_btf_vars", "float"},
		{"switches between lists survive", "--btf_features=var --btf_gen_floats --btf_features=decl_tag", "var,float,decl_tag"},
		{"a later list switches on again", "--btf_features=var --skip_encoding_btf_vars --btf_features=var", "var"},
		{"an empty list is a list", "--btf_gen_floats --btf_features=", ""},
		{"a list of unknown names is a list", "--btf_gen_floats --btf_features=future", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := Legacy()
			if tt.want != "legacy" {
				var err error
				if want, err = Parse(tt.want); err != nil {
					t.Fatal(err)
				}
			}
			var b Builder
			for arg := range strings.FieldsSeq(tt.args) {
				if err := replay(&b, arg); err != nil {
					t.Fatal(err)
				}
			}
			if got := b.Set(); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// replay gives one option to b, as the command does.
func replay(b *Builder, arg string) error {
	name, list, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
	switch name {
	case "btf_features", "features":
		b.List(list)
	case "btf_features_strict":
		return b.StrictList(list)
	case "btf_gen_all":
		b.List("all")
	default:
		for _, s := range Switches() {
			if s.Name == name {
				b.Apply(s)
			}
		}
	}
	return nil
}

// TestSwitches starts each switch from the opposite state.
func TestSwitches(t *testing.T) {
	for _, tt := range []struct {
		name, from string
		want       Set
	}{
		{"btf_attributes", "", Attributes},
		{"btf_encode_force", "", EncodeForce},
		{"btf_gen_floats", "", Float},
		{"btf_gen_optimized", "", OptimizedFunc},
		{"reproducible_build", "", ReproducibleBuild},
		{"skip_encoding_btf_inconsistent_proto", "", ConsistentFunc},
		{"skip_encoding_btf_decl_tag", "default", Default() &^ DeclTag},
		{"skip_encoding_btf_enum64", "default", Default() &^ Enum64},
		{"skip_encoding_btf_type_tag", "default", Default() &^ TypeTag},
		{"skip_encoding_btf_vars", "default", Default() &^ Var},
	} {
		var b Builder
		b.List(tt.from)
		if err := replay(&b, "--"+tt.name); err != nil {
			t.Fatal(err)
		}
		if got := b.Set(); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	if n := len(Switches()); n != 10 {
		t.Errorf("%d switches, 10 are tested", n)
	}
}

// TestUnsupported: a feature that this libbpf does not have is known, so even a
// strict list may name it, but stays off.
func TestUnsupported(t *testing.T) {
	b := Builder{Unsupported: Layout}
	if got := b.Supported().String(); got != supported17 {
		t.Errorf("supported line: got %s, want %s", got, supported17)
	}
	if err := b.StrictList("layout,var"); err != nil {
		t.Fatal(err)
	}
	b.List("all")
	b.On(Layout)
	if got, want := b.Set(), All()&^Layout; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestStrictErrorChangesNothing(t *testing.T) {
	var b Builder
	if err := b.StrictList("float,bogus"); err == nil {
		t.Fatal("no error")
	}
	if got := b.Set(); got != Legacy() {
		t.Errorf("got %v, want the legacy set", got)
	}
}
