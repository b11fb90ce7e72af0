package features

import (
	"errors"
	"strings"
	"testing"
)

func TestLists(t *testing.T) {
	pad := func(n int, tail string) string { return strings.Repeat(",", n-len(tail)) + tail }
	for _, tt := range []struct {
		name, list string
		want       Set
		unknown    string // names reported by a lenient list
	}{
		{"one", "var", Var, ""},
		{"several, any order", "float,var", Var | Float, ""},
		{"repeated", "var,var", Var, ""},
		{"empty list", "", None(), ""},
		{"default", "default", Default(), ""},
		{"all", "all", All(), ""},
		{"default inside a list", "attributes,default", Default() | Attributes, ""},
		{"all inside a list", "distilled_base,all", All() | DistilledBase, ""},
		{"plus adds the default ones", "+attributes", Default() | Attributes, ""},
		{"plus alone", "+", Default(), ""},
		{"plus before a default one", "+var", Default(), ""},
		{"plus all", "+all", Default() | All(), ""},
		{"plus works at the start only", "var,+float", Var, "+float"},
		{"one plus only", "++float", Default(), "+float"},
		{"empty items", ",,var,,float,", Var | Float, ""},
		{"blanks are not trimmed", "var, float ,decl_tag", Var | DeclTag, " float "},
		{"case matters", "Var,DEFAULT", None(), "Var DEFAULT"},
		{"no prefixes of names", "decl", None(), "decl"},
		{"underscores only", "decl-tag", None(), "decl-tag"},
		{"unknown ones are ignored", "future,var,more", Var, "future more"},
		{"1024 characters count", pad(1024, ",var"), Var, ""},
		{"the 1025th is dropped, even inside a name", pad(1025, ",var"), None(), "va"},
		{"a name cut by the limit may be another name", pad(1024, ",var") + "iable", Var, ""},
		{"a leading plus is not counted", "+" + pad(1024, ",attributes"), Default() | Attributes, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var unknown []string
			b := Builder{Unknown: func(name string) { unknown = append(unknown, name) }}
			b.List(tt.list)
			if b.Set() != tt.want {
				t.Errorf("lenient: got %v, want %v", b.Set(), tt.want)
			}
			if got := strings.Join(unknown, " "); got != tt.unknown {
				t.Errorf("lenient: unknown %q, want %q", got, tt.unknown)
			}
			got, err := Parse(tt.list)
			switch first, _, _ := strings.Cut(tt.unknown, " "); {
			case tt.unknown == "":
				if err != nil || got != tt.want {
					t.Errorf("strict: got %v, %v; want %v", got, err, tt.want)
				}
			case err == nil || got != None():
				t.Errorf("strict: got %v without an error for %q", got, first)
			}
		})
	}
}

// TestUnknownError compares with the text that pahole 1.32 prints.
func TestUnknownError(t *testing.T) {
	for _, tt := range []struct {
		list, want string
	}{
		{"bogus,var", "Feature 'bogus' in 'bogus,var' is not supported.  Supported BTF features are:\n" + supported17},
		{"+var,bogus,worse", "Feature 'bogus' in 'var,bogus,worse' is not supported.  Supported BTF features are:\n" + supported17},
	} {
		b := Builder{Unsupported: Layout}
		err := b.StrictList(tt.list)
		if unknown := new(UnknownError); !errors.As(err, &unknown) || unknown.Name != "bogus" {
			t.Errorf("%s: got %#v", tt.list, err)
		} else if err.Error() != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.list, err, tt.want)
		}
	}
}
