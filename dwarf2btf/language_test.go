package dwarf2btf

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestLanguageNames pins the set of names: those of pahole 1.32, and those of languages that
// got their code later.
func TestLanguageNames(t *testing.T) {
	pahole := strings.Fields(`ada83 ada95 bliss c11 c89 c99 c cobol74 cobol85 c++03 c++11 c++14 d dylan
		fortran03 fortran08 fortran77 fortran90 fortran95 go haskell java julia modula2 modula3 objc objc++
		ocaml opencl pascal83 pli python renderscript rust swift upc asm`)
	later := strings.Fields(`kotlin zig crystal c++17 c++20 c17 fortran18 ada2005 ada2012 hip assembly c# mojo glsl glsl_es
		hlsl opencl_cpp cpp_for_opencl sycl c++23 odin p4 metal c23 fortran23 ruby move hylo v algol68 nim`)
	all := append(slices.Clone(pahole), later...)
	codes, err := ParseLanguages(strings.Join(all, ","))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range codes {
		if got := c.String(); got != all[i] {
			t.Errorf("%s is code %#x, which is called %s", all[i], uint16(c), got)
		}
		want := all[i]
		if i >= len(pahole) {
			want = "UNKNOWN"
		}
		if got := c.paholeName(); got != want {
			t.Errorf("%s is called %s by pahole, want %s", all[i], got, want)
		}
	}
	slices.Sort(codes)
	if n := len(slices.Compact(codes)); n != len(all) || n+1 != len(LanguageNames()) { // c++ is not among them
		t.Errorf("%d different codes for %d names; there are %d", n, len(all), len(LanguageNames()))
	}
}

// TestLanguageCodes takes single values from the table of the standard, so that a row
// in the wrong place is seen.
func TestLanguageCodes(t *testing.T) {
	for name, want := range map[string]Language{
		"c89": 0x01, "c": 0x02, "c99": 0x0c, "go": 0x16, "rust": 0x1c, "c11": 0x1d,
		"dylan": 0x20, "c++14": 0x21, "bliss": 0x25, "asm": 0x8001,
		"c17": 0x2c, "c++20": 0x2b, "c++23": 0x3a, "c23": 0x3e, "fortran23": 0x3f, "nim": 0x45,
	} {
		if got, err := ParseLanguages(name); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestUnnamedLanguages(t *testing.T) {
	for _, c := range []Language{0, 0x29, 0x46, 0x8000, 0x8002, 0xffff} {
		if got := c.String(); got != "UNKNOWN" {
			t.Errorf("%#x is called %s", uint16(c), got)
		}
	}
}

func TestParseLanguages(t *testing.T) {
	for _, tt := range []struct {
		name, list string
		want       []Language
		rest       string // of the error
	}{
		{"one", "rust", []Language{0x1c}, ""},
		{"in the order of the list", "rust,c99", []Language{0x1c, 0x0c}, ""},
		{"case does not matter", "RUST,C11", []Language{0x1c, 0x1d}, ""},
		{"c++ is all its versions", "c,C++", []Language{0x02, 0x04, 0x19, 0x1a, 0x21, 0x2a, 0x2b, 0x3a}, ""},
		{"unknown", "foo", nil, "foo"},
		{"the error shows the rest of the list", "c,foo,rust", nil, "foo,rust"},
		{"later languages", "c17,c++20", []Language{0x2c, 0x2b}, ""},
		{"blanks are not trimmed", "c, rust", nil, " rust"},
		{"empty list", "", nil, ""},
		{"empty item", "c,,rust", nil, ",rust"},
		{"comma at the end", "c,", nil, ""},
		{"comma at the start", ",c", nil, ",c"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseLanguages(tt.list)
			if unknown := new(UnknownLanguageError); errors.As(err, &unknown) {
				if tt.want != nil || unknown.Rest != tt.rest {
					t.Errorf("got %v for the rest %q, want %q", err, unknown.Rest, tt.rest)
				}
			} else if tt.want == nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestUnknownLanguage(t *testing.T) {
	_, err := ParseLanguages("c,foo,rust")
	if want := `unknown language "foo,rust"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
