package btf_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// What is wrong with a text is said with its line.
func TestParseTextErrors(t *testing.T) {
	const intLine = "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
	tests := []struct{ name, text, want string }{
		{"no type", "hello", `BTF text, line 1: "hello" is not the first line of a type`},
		{"no kind", "[1] INT", `BTF text, line 1: "[1] INT" is not the first line of a type`},
		{"number", "\n[one] PTR '(anon)' type_id=0", `BTF text, line 2: "one" is not a number of 32 bits`},
		{"first ID", "[2] PTR '(anon)' type_id=0", `BTF text, line 1: type 2 where 1 is expected`},
		{"next ID", intLine + "[1] PTR '(anon)' type_id=0", `BTF text, line 2: type 1 where 2 is expected`},
		{"kind", "[1] POINTER '(anon)' type_id=0", `BTF text, line 1: unknown kind POINTER`},
		{"void", "[1] VOID '(anon)'", `BTF text, line 1: unknown kind VOID`},
		{"unknown kind", "[1] UNKNOWN '(anon)'", `BTF text, line 1: unknown kind UNKNOWN`},
		{"name without quotes", "[1] PTR anon type_id=0", `BTF text, line 1: PTR does not read 'name' type_id=%`},
		{"missing value", "[1] PTR 'x' type_id=", `BTF text, line 1: PTR does not read 'name' type_id=%`},
		{"missing field", "[1] STRUCT 's' size=4", `BTF text, line 1: STRUCT does not read 'name' size=% vlen=%`},
		{"other field", "[1] STRUCT 's' size=4 len=0", `BTF text, line 1: STRUCT does not read 'name' size=% vlen=%`},
		{"more than the kind has", "[1] PTR '(anon)' type_id=0 size=8", `BTF text, line 1: PTR does not read 'name' type_id=%`},
		{"trailing blank", "[1] PTR '(anon)' type_id=0 ", `BTF text, line 1: PTR does not read 'name' type_id=%`},
		{"too large", "[1] FLOAT 'f' size=4294967296", `BTF text, line 1: "4294967296" is not a number of 32 bits`},
		{"negative", "[1] FLOAT 'f' size=-4", `BTF text, line 1: "-4" is not a number of 32 bits`},
		{"int bits", "[1] INT 'i' size=4 bits_offset=0 nr_bits=256 encoding=(none)", `BTF text, line 1: bits_offset 0 or nr_bits 256 does not fit in 8 bits`},
		{"int encoding", "[1] INT 'i' size=4 bits_offset=0 nr_bits=32 encoding=UNKN",
			`BTF text, line 1: "UNKN" is not one of ["(none)" "SIGNED" "CHAR" "BOOL"]`},
		{"enum encoding", "[1] ENUM 'e' encoding=(none) size=4 vlen=0", `BTF text, line 1: "(none)" is not one of ["UNSIGNED" "SIGNED"]`},
		{"forward", "[1] FWD 'f' fwd_kind=enum", `BTF text, line 1: "enum" is not one of ["struct" "union"]`},
		{"linkage", "[1] FUNC 'f' type_id=0 linkage=(unknown)", `BTF text, line 1: "(unknown)" is not one of ["static" "global" "extern"]`},
		{"linkage of a variable, comma missing", "[1] VAR 'v' type_id=0 linkage=static", `BTF text, line 1: VAR does not read 'name' type_id=%, linkage=%`},
		{"component", "[1] DECL_TAG 't' type_id=0 component_idx=2147483648", `BTF text, line 1: "2147483648" is not a signed number of 32 bits`},
		{"element first", "\t'x' val=1", `BTF text, line 1: element before the first type`},
		{"element of an int", intLine + "\t'x' val=1", `BTF text, line 2: INT has no elements`},
		{"element of another kind", "[1] ENUM 'e' encoding=SIGNED size=4 vlen=1\n\t'x' type_id=1",
			`BTF text, line 2: element of ENUM does not read 'name' val=%`},
		{"signed value of an unsigned enum", "[1] ENUM 'e' encoding=UNSIGNED size=4 vlen=1\n\t'x' val=-1", `BTF text, line 2: "-1" is not a number of 32 bits`},
		{"unsigned value of a signed enum", "[1] ENUM 'e' encoding=SIGNED size=4 vlen=1\n\t'x' val=2147483648",
			`BTF text, line 2: "2147483648" is not a signed number of 32 bits`},
		{"value without its suffix", "[1] ENUM64 'e' encoding=SIGNED size=8 vlen=1\n\t'x' val=1",
			`BTF text, line 2: "1" is not a signed number of 64 bits ending in LL`},
		{"value with the other suffix", "[1] ENUM64 'e' encoding=UNSIGNED size=8 vlen=1\n\t'x' val=1LL",
			`BTF text, line 2: "1LL" is not a number of 64 bits ending in ULL`},
		{"too few members", "[1] STRUCT 's' size=4 vlen=1\n" + "[2] PTR '(anon)' type_id=0\n",
			`BTF text, line 2: STRUCT before this line has vlen=1 and 0 elements`},
		{"too many params", "[1] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0\n\t'x' type_id=0",
			`BTF text, line 2: FUNC_PROTO before this line has vlen=0 and 1 elements`},
		{"bitfield of no bits", "[1] STRUCT 's' size=4 vlen=1\n\t'x' type_id=0 bits_offset=0 bitfield_size=0",
			`BTF text, line 2: bitfield_size 0 is not in 1 to 255`},
		{"bitfield of 256 bits", "[1] STRUCT 's' size=4 vlen=1\n\t'x' type_id=0 bits_offset=0 bitfield_size=256",
			`BTF text, line 2: bitfield_size 256 is not in 1 to 255`},
		{"far member beside a bitfield",
			"[1] STRUCT 's' size=4 vlen=2\n\t'x' type_id=0 bits_offset=16777216\n\t'y' type_id=0 bits_offset=0 bitfield_size=1",
			`BTF text, line 3: STRUCT before this line has bitfields and an offset of more than 24 bits`},
		{"secinfo", "[1] DATASEC 'd' size=4 vlen=1\n\ttype_id=0 offset=0", `BTF text, line 2: element of DATASEC does not read type_id=% offset=% size=%`},
		{"secinfo of another name",
			intLine + "[2] VAR 'v' type_id=1, linkage=static\n[3] DATASEC 'd' size=4 vlen=1\n\ttype_id=2 offset=0 size=4 (VAR 'w')",
			`BTF text, line 4: type 2 is (VAR 'v'), the text says (VAR 'w')`},
		{"NUL in a name", "[1] TYPEDEF 'a\x00b' type_id=0", `BTF text, line 1: name "a\x00b" has a NUL byte`},
		{"kind_flag of a kind without", "[1] PTR '(anon)' type_id=0 kind_flag=1", `BTF text, line 1: PTR does not read 'name' type_id=%`},
		{"reference to nothing", "[1] PTR '(anon)' type_id=2", `BTF types+0x8: [1] PTR: type 2 does not exist, the last one is 1`},
	}
	for _, test := range tests {
		types, err := btf.ParseText(test.text, nil)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s:\n got %v\nwant %s", test.name, err, test.want)
			continue
		}
		var te *btf.TextError
		var pe *btf.ParseError
		if !errors.As(err, &te) && !errors.As(err, &pe) || types != nil {
			t.Errorf("%s: error is a %T, types %v", test.name, err, types)
		}
	}
}

// What the reader takes beyond what bpftool writes: blank lines, indentation
// by spaces, no brackets in a DATASEC, kind_flag.
func TestParseTextLoose(t *testing.T) {
	types, err := btf.ParseText(`
[1] STRUCT 's' size=4 vlen=1 kind_flag=1
    'x' type_id=0 bits_offset=0

[2] DECL_TAG 'd' type_id=1 component_idx=-1 kind_flag=1
[3] TYPE_TAG 't' type_id=1 kind_flag=1
[4] UNION '(anon)' size=0 vlen=0 kind_flag=1
[5] STRUCT 'plain' size=0 vlen=0
[6] VAR 'v' type_id=1, linkage=static
[7] DATASEC 'sec' size=4 vlen=1
 	type_id=6 offset=0 size=4
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for id := btf.ID(1); id <= 5; id++ {
		if got := btf.KindFlag(types.Record(id)[1]); got != (id != 5) {
			t.Errorf("[%d]: kind_flag %v", id, got)
		}
	}
	want := "[7] DATASEC 'sec' size=4 vlen=1\n\ttype_id=6 offset=0 size=4 (VAR 'v')\n"
	if got := dump(t, types); !bytes.HasSuffix([]byte(got), []byte(want)) {
		t.Errorf("dump:\n%s", got)
	}
	if types, err := btf.ParseText("", nil); err != nil || types.NumIDs() != 1 {
		t.Errorf("empty text: %v", err)
	}
}

// Names are interned in the order of the text, each once; an empty name that
// is not anonymous gets an offset of its own.
func TestParseTextStrings(t *testing.T) {
	types, err := btf.ParseText(`[1] STRUCT 's' size=4 vlen=3
	'b' type_id=0 bits_offset=0
	's' type_id=0 bits_offset=0
	'' type_id=0 bits_offset=0
[2] TYPEDEF 'b' type_id=0
[3] FWD '' fwd_kind=struct
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(types.Strings()), "\x00s\x00b\x00\x00"; got != want {
		t.Errorf("strings %q, want %q", got, want)
	}
	if off := types.Record(3)[0]; off != 5 {
		t.Errorf("empty name at %d, want 5", off)
	}
}

// oddTypes has what bpftool has no words for.
func oddTypes(t testing.TB) *btf.Types {
	t.Helper()
	types, err := btf.New(nil, nil, []uint32{
		1, btf.Info(btf.KindInt, 0, false), 4, 0x03000020,
		0, btf.Info(btf.KindFuncProto, 0, false), 0,
		1, btf.Info(btf.KindFunc, 3, false), 2,
		1, btf.Info(btf.KindVar, 0, false), 1, 3,
		1, btf.Info(btf.KindTypedef, 7, true), 1,
	}, []byte("\x00x\x00"))
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// What bpftool has no words for is dumped like bpftool does.
// TestDumpNames: a name cannot begin a line, and two names do not look the same.
func TestDumpNames(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	names := []string{"a' size=4\n[2] INT 'b", "a\\n", "\x1b[2J", "\u202e", "\xff", "it's"}
	for _, name := range names {
		b.AddFwd(name, btf.FwdStruct)
	}
	types := mustBuild(t, b)
	want := `[1] FWD 'a' size=4\n[2] INT 'b' fwd_kind=struct
[2] FWD 'a\\n' fwd_kind=struct
[3] FWD '\x1b[2J' fwd_kind=struct
[4] FWD '\u202e' fwd_kind=struct
[5] FWD '\xff' fwd_kind=struct
[6] FWD 'it's' fwd_kind=struct
`
	text := dump(t, types)
	if text != want {
		t.Errorf("got\n%s", text)
	}
	back, err := btf.ParseText(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		if got := back.Name(btf.ID(i + 1)); got != name {
			t.Errorf("%q reads %q", name, got)
		}
	}
	if _, err := btf.ParseText(`[1] FWD 'a\q' fwd_kind=struct`, nil); err == nil {
		t.Error("a backslash that begins no escape is no error")
	}
}

func TestDumpUnknownWords(t *testing.T) {
	want := `[1] INT 'x' size=4 bits_offset=0 nr_bits=32 encoding=UNKN
[2] FUNC_PROTO '(anon)' ret_type_id=0 vlen=0
[3] FUNC 'x' type_id=2 linkage=(unknown)
[4] VAR 'x' type_id=1, linkage=(unknown)
[5] TYPEDEF 'x' type_id=1
`
	if got := dump(t, oddTypes(t)); got != want {
		t.Errorf("got:\n%s", got)
	}
}
