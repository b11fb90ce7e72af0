package dwlang

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestNames pins the set of names: neither fewer nor more than pahole 1.32 has.
func TestNames(t *testing.T) {
	all := strings.Fields(`ada83 ada95 bliss c11 c89 c99 c cobol74 cobol85 c++03 c++11 c++14 c++ d dylan
		fortran03 fortran08 fortran77 fortran90 fortran95 go haskell java julia modula2 modula3 objc objc++
		ocaml opencl pascal83 pli python renderscript rust swift upc asm`)
	codes, err := Parse(strings.Join(all, ","))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range codes {
		if got := Name(c); got != all[i] {
			t.Errorf("%s is code %#x, which is called %s", all[i], c, got)
		}
	}
	slices.Sort(codes)
	if n := len(slices.Compact(codes)); n != len(all) || n != len(names) {
		t.Errorf("%d different codes for %d names", n, len(all))
	}
}

// TestCodes takes single values from the table of the standard, so that a row
// in the wrong place is seen.
func TestCodes(t *testing.T) {
	for name, want := range map[string]uint16{
		"c89": 0x01, "c": 0x02, "c++": 0x04, "c99": 0x0c, "go": 0x16, "rust": 0x1c, "c11": 0x1d,
		"dylan": 0x20, "c++14": 0x21, "bliss": 0x25, "asm": 0x8001,
	} {
		if got, err := Parse(name); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestUnnamedCodes(t *testing.T) {
	for _, c := range []uint16{0, 0x26, 0x2c, 0x8000, 0x8002, 0xffff} {
		if got := Name(c); got != "UNKNOWN" {
			t.Errorf("%#x is called %s", c, got)
		}
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, list string
		want       []uint16
		rest       string // of the error
	}{
		{"one", "rust", []uint16{0x1c}, ""},
		{"in the order of the list", "rust,c99", []uint16{0x1c, 0x0c}, ""},
		{"case does not matter", "RUST,C++", []uint16{0x1c, 0x04}, ""},
		{"unknown", "foo", nil, "foo"},
		{"the error shows the rest of the list", "c,foo,rust", nil, "foo,rust"},
		{"no later languages", "c17", nil, "c17"},
		{"blanks are not trimmed", "c, rust", nil, " rust"},
		{"empty list", "", nil, ""},
		{"empty item", "c,,rust", nil, ",rust"},
		{"comma at the end", "c,", nil, ""},
		{"comma at the start", ",c", nil, ",c"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.list)
			if unknown := new(UnknownError); errors.As(err, &unknown) {
				if tt.want != nil || unknown.Rest != tt.rest {
					t.Errorf("got %v for the rest %q, want %q", err, unknown.Rest, tt.rest)
				}
			} else if tt.want == nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	_, err := Parse("c,foo,rust")
	if want := `unknown language "foo,rust"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
