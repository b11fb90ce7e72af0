package btf_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
)

func dumpJSON(t testing.TB, types *btf.Types, indent bool) string {
	t.Helper()
	var buf bytes.Buffer
	if err := types.DumpJSON(&buf, indent); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// TestDumpJSON has each form once. That they are bpftool's, TestPeerJSON checks.
func TestDumpJSON(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n",
			`{"id":1,"kind":"INT","name":"int","size":4,"bits_offset":0,"nr_bits":32,"encoding":"SIGNED"}`},
		{"[1] PTR '(anon)' type_id=0\n", `{"id":1,"kind":"PTR","name":"(anon)","type_id":0}`},
		{"[1] STRUCT 's' size=4 vlen=2 kind_flag=1\n\t'a' type_id=0 bits_offset=0\n\t'b' type_id=0 bits_offset=3 bitfield_size=5\n",
			`{"id":1,"kind":"STRUCT","name":"s","size":4,"vlen":2,"members":[{"name":"a","type_id":0,"bits_offset":0},` +
				`{"name":"b","type_id":0,"bits_offset":3,"bitfield_size":5}]}`},
		{"[1] UNION 'u' size=0 vlen=0\n", `{"id":1,"kind":"UNION","name":"u","size":0,"vlen":0,"members":[]}`},
		{"[1] ENUM 'e' encoding=SIGNED size=4 vlen=1\n\t'A' val=-1\n",
			`{"id":1,"kind":"ENUM","name":"e","encoding":"SIGNED","size":4,"vlen":1,"values":[{"name":"A","val":-1}]}`},
		{"[1] ENUM 'e' encoding=UNSIGNED size=4 vlen=1\n\t'A' val=4294967295\n",
			`{"id":1,"kind":"ENUM","name":"e","encoding":"UNSIGNED","size":4,"vlen":1,"values":[{"name":"A","val":18446744073709551615}]}`},
		{"[1] ENUM64 'e' encoding=UNSIGNED size=8 vlen=1\n\t'A' val=18446744073709551615ULL\n",
			`{"id":1,"kind":"ENUM64","name":"e","encoding":"UNSIGNED","size":8,"vlen":1,"values":[{"name":"A","val":18446744073709551615}]}`},
		{"[1] FWD 'f' fwd_kind=union\n", `{"id":1,"kind":"FWD","name":"f","fwd_kind":"union"}`},
		{"[1] VAR 'v' type_id=0, linkage=static\n", `{"id":1,"kind":"VAR","name":"v","type_id":0,"linkage":"static"}`},
		{"[1] DECL_TAG 't' type_id=0 component_idx=-1\n",
			`{"id":1,"kind":"DECL_TAG","name":"t","type_id":0,"component_idx":-1}`},
		{"[1] LOC_PARAM '(anon)' size=4 flags=0x8 vlen=1 values='reg1'\n",
			`{"id":1,"kind":"LOC_PARAM","name":"(anon)","size":4,"flags":8,"vlen":1,"values":[1]}`},
	} {
		types, err := btf.ParseText(c.text, nil)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if diff := cmp.Diff(`{"types":[`+c.want+"]}\n", dumpJSON(t, types, false)); diff != "" {
			t.Errorf("%s(-want +got)\n%s", c.text, diff)
		}
	}
}

func TestDumpJSONIndent(t *testing.T) {
	types, err := btf.ParseText("[1] UNION 'u' size=0 vlen=0\n[2] STRUCT 's' size=0 vlen=1\n\t'a' type_id=1 bits_offset=0\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
    "types": [{
            "id": 1,
            "kind": "UNION",
            "name": "u",
            "size": 0,
            "vlen": 0,
            "members": []
        },{
            "id": 2,
            "kind": "STRUCT",
            "name": "s",
            "size": 0,
            "vlen": 1,
            "members": [{
                    "name": "a",
                    "type_id": 1,
                    "bits_offset": 0
                }
            ]
        }
    ]
}
`
	if diff := cmp.Diff(want, dumpJSON(t, types, true)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestDumpJSONNames: any name comes back from JSON as it was, and gives no orders to
// a terminal.
func TestDumpJSONNames(t *testing.T) {
	for _, name := range []string{
		"plain", `quote" and \ backslash`, "line\nbreak\t\r\f\b", "escape\x1b[2J", "\u202eright to left",
		"größe", "\U000e0001tag", "\xff\xfe", "half \xc3", "replaced \ufffd",
	} {
		b := btf.NewBuilder(binary.LittleEndian, nil)
		b.AddStruct(name, 0)
		types, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		text := dumpJSON(t, types, false)
		if i := strings.IndexAny(text, "\x1b\u202e\U000e0001\r"); i >= 0 {
			t.Errorf("%q: %q is not escaped", name, text[i:i+3])
		}
		var back struct {
			Types []struct {
				Name   string
				Base64 []byte `json:"name_base64"`
			}
		}
		if err := json.Unmarshal([]byte(text), &back); err != nil {
			t.Errorf("%q: %v in %s", name, err, text)
			continue
		}
		got := back.Types[0].Name
		if back.Types[0].Base64 != nil {
			got = string(back.Types[0].Base64)
		}
		if got != name {
			t.Errorf("%q: %q is read from %s", name, got, text)
		}
	}
}
