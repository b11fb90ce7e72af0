package dwarf2btf_test

import (
	"debug/dwarf"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

func sigRef(a dwarf.Attr, signature int) attr { return at(a, dwarftest.FormRefSig8, signature) }

// typeUnit is a type unit about the entry whose name is to.
func typeUnit(version uint16, signature int, to string, parts ...any) *dwarftest.Unit {
	return &dwarftest.Unit{Version: version, Kind: dwarftest.TypeUnit, Signature: uint64(signature), TypeLabel: to,
		DIE: entry(dwarf.TagTypeUnit, append([]any{language(langC)}, parts...)...)}
}

func sigMember(n string, signature int) *die {
	return entry(dwarf.TagMember, name(n), sigRef(dwarf.AttrType, signature), num(dwarf.AttrDataMemberLoc, 0))
}

// declared is the declaration of a type that has a unit of its own.
func declared(l string, signature int, parts ...any) *die {
	return entry(dwarf.TagStructType, append([]any{label(l), yes(dwarf.AttrDeclaration), sigRef(dwarf.AttrSignature, signature)}, parts...)...)
}

// Units that refer to types by signature have what they have without type units.
func TestTypeUnits(t *testing.T) {
	inUnits := func(version uint16, units ...*dwarftest.Unit) *dwarftest.File {
		for _, u := range units {
			u.Version = version
		}
		return file(units...)
	}
	for _, test := range []struct {
		name  string
		units func(version uint16) []*dwarftest.Unit
		want  []string // lines of the result that have to be there
		not   string   // what must not be there
		err   string
	}{
		{
			name: "direct reference",
			units: func(v uint16) []*dwarftest.Unit {
				return []*dwarftest.Unit{
					unit(structure("outer", 8, sigMember("m", 1))),
					typeUnit(v, 1, "inner", intType(), structure("inner", 4, member("x", "int", 0))),
				}
			},
			want: []string{"[1] STRUCT 'outer' size=8 vlen=1\n\t'm' type_id=3 bits_offset=0", "[2] INT 'int'", "[3] STRUCT 'inner' size=4"},
		},
		{
			name: "declaration, before and after the reference",
			units: func(v uint16) []*dwarftest.Unit {
				return []*dwarftest.Unit{
					unit(pointer("p", "decl"), declared("decl", 1), structure("outer", 8, member("m", "p", 0), member("n", "decl", 0))),
					typeUnit(v, 1, "inner", structure("inner", 4)),
				}
			},
			want: []string{"[1] PTR '(anon)' type_id=3", "'n' type_id=3", "[3] STRUCT 'inner' size=4"},
			not:  "FWD",
		},
		{
			name: "types that refer to each other",
			units: func(v uint16) []*dwarftest.Unit {
				return []*dwarftest.Unit{
					unit(structure("outer", 8, sigMember("m", 1))),
					typeUnit(v, 1, "one", declared("d2", 2), pointer("p2", "d2"), structure("one", 8, member("x", "p2", 0))),
					typeUnit(v, 2, "two", declared("d1", 1), pointer("p1", "d1"), structure("two", 8, member("x", "p1", 0))),
				}
			},
			want: []string{"'m' type_id=3", "[2] PTR '(anon)' type_id=5", "[3] STRUCT 'one'", "[4] PTR '(anon)' type_id=3", "[5] STRUCT 'two'"},
		},
		{
			name: "a type inside the declaration of another one",
			units: func(v uint16) []*dwarftest.Unit {
				return []*dwarftest.Unit{
					unit(structure("outer", 8, sigMember("m", 2))),
					typeUnit(v, 1, "in", structure("in", 4)),
					typeUnit(v, 2, "deep", declared("decl", 1, structure("deep", 4))),
				}
			},
			want: []string{"'m' type_id=2", "[2] STRUCT 'deep'", "[3] STRUCT 'in'"},
		},
		{
			// As gcc makes them for C++, around a declaration inside of the type.
			name: "a declaration of the type in its own unit",
			units: func(v uint16) []*dwarftest.Unit {
				again := entry(dwarf.TagStructType, label("again"), yes(dwarf.AttrDeclaration),
					at(dwarf.AttrSignature, dwarftest.FormRef4, "own"),
					entry(dwarf.TagStructType, label("in"), name("in"), yes(dwarf.AttrDeclaration)))
				return []*dwarftest.Unit{
					unit(structure("outer", 8, sigMember("m", 1))),
					typeUnit(v, 1, "own", again, structure("own", 16, member("p", "in*", 0), member("q", "again*", 8)),
						pointer("in*", "in"), pointer("again*", "again")),
				}
			},
			want: []string{"'m' type_id=3", "[2] FWD 'in'", "[3] STRUCT 'own' size=16", "'p' type_id=4",
				"'q' type_id=5", "[4] PTR '(anon)' type_id=2", "[5] PTR '(anon)' type_id=3"},
		},
		{
			name: "a type that nobody refers to",
			units: func(v uint16) []*dwarftest.Unit {
				return []*dwarftest.Unit{unit(intType()), typeUnit(v, 1, "alone", structure("alone", 4))}
			},
			want: []string{"STRUCT 'alone'"},
		},
		{
			name: "two units of one signature",
			units: func(v uint16) []*dwarftest.Unit {
				return []*dwarftest.Unit{
					unit(structure("outer", 8, sigMember("m", 1))),
					typeUnit(v, 1, "one", structure("one", 4)), typeUnit(v, 1, "two", structure("two", 8)),
				}
			},
			want: []string{"'m' type_id=2", "[2] STRUCT 'one'", "[3] STRUCT 'two'"},
		},
		{
			name: "a parameter in registers, by the size of a type of another unit",
			units: func(v uint16) []*dwarftest.Unit {
				return []*dwarftest.Unit{
					unit(intType(), function("f", "int", textAddr,
						entry(dwarf.TagFormalParameter, name("a"), sigRef(dwarf.AttrType, 1), in(5)),
						param("b", "int", in(4)))),
					typeUnit(v, 1, "s", structure("s", 8)),
				}
			},
			want: []string{"'a' type_id=2", "'b' type_id=1"},
		},
		{
			name: "missing type unit",
			units: func(v uint16) []*dwarftest.Unit {
				return []*dwarftest.Unit{unit(structure("outer", 8, sigMember("m", 7))), typeUnit(v, 1, "one", structure("one", 4))}
			},
			err: `^\.debug_info\+0x[0-9a-f]+: no type unit has the signature 0x0000000000000007`,
		},
		{
			name: "no type unit at all",
			units: func(uint16) []*dwarftest.Unit {
				return []*dwarftest.Unit{unit(declared("outer", 7))}
			},
			err: `no type unit has the signature`,
		},
		{
			name: "signatures in a circle",
			units: func(v uint16) []*dwarftest.Unit {
				return []*dwarftest.Unit{unit(pointer("p", "d0"), declared("d0", 1)),
					typeUnit(v, 1, "d1", declared("d1", 2)), typeUnit(v, 2, "d2", declared("d2", 1))}
			},
			err: `types stand for each other and never for a type of their own`,
		},
	} {
		for _, v := range []uint16{4, 5} {
			for _, list := range []string{"default", "default,force_cu_merging"} {
				t.Run(fmt.Sprintf("%s, DWARF %d, %s", test.name, v, list), func(t *testing.T) {
					set, err := features.Parse(list)
					if err != nil {
						t.Fatal(err)
					}
					res, err := convert(inUnits(v, test.units(v)...).Build(t), dwarf2btf.Options{Features: set, Jobs: 1})
					if test.err != "" || err != nil {
						if err == nil || test.err == "" || !regexp.MustCompile(test.err).MatchString(err.Error()) {
							t.Fatalf("error %v, want %q", err, test.err)
						}
						return
					}
					got := dump(t, res)
					for _, want := range test.want {
						if !strings.Contains(got, want) {
							t.Errorf("no %q in\n%s", want, got)
						}
					}
					if test.not != "" && strings.Contains(got, test.not) {
						t.Errorf("%q in\n%s", test.not, got)
					}
				})
			}
		}
	}
}

// A type unit belongs to the units that refer to it: it goes when they are left out.
func TestTypeUnitsOfExcludedUnits(t *testing.T) {
	cxx := typeUnit(5, 1, "cxx", structure("cxx", 4))
	cxx.DIE.Attrs[0] = language(4)
	other := &dwarftest.Unit{DIE: entry(dwarf.TagCompileUnit, name("b.cc"), language(4), structure("outer", 8, sigMember("m", 1)))}
	image := file(unit(intType()), other, cxx).Build(t)
	for _, opts := range []dwarf2btf.Options{{Languages: dwarf2btf.Languages{Exclude: []dwarf2btf.Language{4}}}, {CUExclude: []string{"b"}}} {
		opts.Features, opts.Jobs = features.Default(), 1
		res, err := convert(image, opts)
		if err != nil {
			t.Fatal(err)
		}
		if got := dump(t, res); strings.Contains(got, "cxx") {
			t.Errorf("%+v, %q:\n%s", opts.Languages, opts.CUExclude, got)
		}
	}
}

func sigPointer(signature int) *die {
	return entry(dwarf.TagPointerType, sigRef(dwarf.AttrType, signature))
}

// A file may have type units and nothing else, with any number of workers.
func TestNothingButTypeUnits(t *testing.T) {
	for _, version := range []uint16{4, 5} {
		image := file(typeUnit(version, 1, "alone", structure("alone", 4))).Build(t)
		var first string
		for _, jobs := range []int{1, 2, 8} {
			r, err := convert(image, dwarf2btf.Options{Features: features.Default(), Jobs: jobs})
			if err != nil {
				t.Fatalf("DWARF %d, %d workers: %v", version, jobs, err)
			}
			got := fmt.Sprint(r.Main)
			if r.BTF != nil {
				got = dump(t, r)
			}
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("DWARF %d, %d workers: %s, want %s", version, jobs, got, first)
			}
		}
	}
}
