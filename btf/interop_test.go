package btf_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"testing"

	cilium "github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
)

// A reader that shares no code with this package sees in our blobs what we
// put there: its types, printed in the same form, make the same text.
func TestInteropCilium(t *testing.T) {
	if strconv.IntSize == 32 {
		t.Skip("cilium/ebpf v0.22.0 refuses component_idx -1 where int has 32 bits")
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		types, err := allKinds(order).Build()
		if err != nil {
			t.Fatal(err)
		}
		for _, layout := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/%v", order, layout), func(t *testing.T) {
				types := types.WithLayout(layout)
				spec, err := cilium.LoadSpecFromReader(bytes.NewReader(types.Bytes()))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(withoutDeclTags(dump(t, types)), ciliumDump(t, spec, types)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
	for _, g := range goldens(t) {
		if g.split == "" {
			continue
		}
		types := g.types(t)
		base, err := cilium.LoadSpecFromReader(bytes.NewReader(types[0].Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		split, err := cilium.LoadSplitSpecFromReader(bytes.NewReader(types[1].Bytes()), base)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(g.split, ciliumDump(t, split, types[1])); diff != "" {
			t.Errorf("%s: -want +got:\n%s", g.name, diff)
		}
	}
}

// withoutDeclTags cuts the lines of DECL_TAGs after the kind: cilium keeps
// their contents to itself.
func withoutDeclTags(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if head, _, ok := strings.Cut(line, " DECL_TAG "); ok {
			lines[i] = head + " DECL_TAG\n"
		}
	}
	return strings.Join(lines, "")
}

// ciliumDump prints the types of spec, as many as own has.
func ciliumDump(t *testing.T, spec *cilium.Spec, own *btf.Types) string {
	t.Helper()
	var out strings.Builder
	for id := own.FirstID(); id < own.NumIDs(); id++ {
		typ, err := spec.TypeByID(cilium.TypeID(id))
		if err != nil {
			t.Fatalf("[%d]: %v", id, err)
		}
		fmt.Fprintf(&out, "[%d] %s\n", id, ciliumType(t, spec, typ))
	}
	return out.String()
}

func ciliumType(t *testing.T, spec *cilium.Spec, typ cilium.Type) string {
	t.Helper()
	id := func(typ cilium.Type) cilium.TypeID {
		if _, void := typ.(*cilium.Void); void {
			return 0
		}
		id, err := spec.TypeID(typ)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	name := func(s string) string {
		if s == "" {
			s = "(anon)"
		}
		return "'" + s + "'"
	}
	ref := func(kind, s string, target cilium.Type) string {
		return fmt.Sprintf("%s %s type_id=%d", kind, name(s), id(target))
	}
	composite := func(kind, s string, size uint32, members []cilium.Member) string {
		out := fmt.Sprintf("%s %s size=%d vlen=%d", kind, name(s), size, len(members))
		for _, m := range members {
			out += fmt.Sprintf("\n\t%s type_id=%d bits_offset=%d", name(m.Name), id(m.Type), uint32(m.Offset))
			if m.BitfieldSize != 0 {
				out += fmt.Sprintf(" bitfield_size=%d", m.BitfieldSize)
			}
		}
		return out
	}
	switch typ := typ.(type) {
	case *cilium.Int:
		enc := map[cilium.IntEncoding]string{cilium.Unsigned: "(none)", cilium.Signed: "SIGNED", cilium.Char: "CHAR", cilium.Bool: "BOOL"}[typ.Encoding]
		return fmt.Sprintf("INT %s size=%d bits_offset=0 nr_bits=%d encoding=%s", name(typ.Name), typ.Size, typ.Size*8, enc)
	case *cilium.Pointer:
		return ref("PTR", "", typ.Target)
	case *cilium.Array:
		return fmt.Sprintf("ARRAY '(anon)' type_id=%d index_type_id=%d nr_elems=%d", id(typ.Type), id(typ.Index), typ.Nelems)
	case *cilium.Struct:
		return composite("STRUCT", typ.Name, typ.Size, typ.Members)
	case *cilium.Union:
		return composite("UNION", typ.Name, typ.Size, typ.Members)
	case *cilium.Enum:
		return ciliumEnum(typ, name)
	case *cilium.Fwd:
		return fmt.Sprintf("FWD %s fwd_kind=%v", name(typ.Name), typ.Kind)
	case *cilium.Typedef:
		return ref("TYPEDEF", typ.Name, typ.Type)
	case *cilium.Volatile:
		return ref("VOLATILE", "", typ.Type)
	case *cilium.Const:
		return ref("CONST", "", typ.Type)
	case *cilium.Restrict:
		return ref("RESTRICT", "", typ.Type)
	case *cilium.TypeTag:
		return ref("TYPE_TAG", typ.Value, typ.Type)
	case *cilium.Func:
		return ref("FUNC", typ.Name, typ.Type) + fmt.Sprintf(" linkage=%v", typ.Linkage)
	case *cilium.FuncProto:
		out := fmt.Sprintf("FUNC_PROTO '(anon)' ret_type_id=%d vlen=%d", id(typ.Return), len(typ.Params))
		for _, p := range typ.Params {
			out += fmt.Sprintf("\n\t%s type_id=%d", name(p.Name), id(p.Type))
		}
		return out
	case *cilium.Var:
		return ref("VAR", typ.Name, typ.Type) + fmt.Sprintf(", linkage=%v", typ.Linkage)
	case *cilium.Datasec:
		out := fmt.Sprintf("DATASEC %s size=%d vlen=%d", name(typ.Name), typ.Size, len(typ.Vars))
		for _, v := range typ.Vars {
			out += fmt.Sprintf("\n\ttype_id=%d offset=%d size=%d (VAR %s)", id(v.Type), v.Offset, v.Size, name(v.Type.TypeName()))
		}
		return out
	case *cilium.Float:
		return fmt.Sprintf("FLOAT %s size=%d", name(typ.Name), typ.Size)
	}
	if fmt.Sprintf("%T", typ) == "*btf.declTag" {
		return "DECL_TAG"
	}
	t.Fatalf("unexpected %T", typ)
	return ""
}

// ciliumEnum prints enums of 8 bytes as ENUM64: cilium has one type for both
// kinds.
func ciliumEnum(typ *cilium.Enum, name func(string) string) string {
	kind, enc := "ENUM", "UNSIGNED"
	if typ.Size == 8 {
		kind = "ENUM64"
	}
	if typ.Signed {
		enc = "SIGNED"
	}
	out := fmt.Sprintf("%s %s encoding=%s size=%d vlen=%d", kind, name(typ.Name), enc, typ.Size, len(typ.Values))
	for _, v := range typ.Values {
		out += "\n\t" + name(v.Name) + " val="
		switch {
		case kind == "ENUM" && typ.Signed:
			out += fmt.Sprint(int32(v.Value))
		case kind == "ENUM":
			out += fmt.Sprint(uint32(v.Value))
		case typ.Signed:
			out += fmt.Sprint(int64(v.Value), "LL")
		default:
			out += fmt.Sprint(v.Value, "ULL")
		}
	}
	return out
}
