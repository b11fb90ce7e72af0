package btf_test

import (
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
)

// TestLocRecords: what the Builder adds is what linux/btf.h says, and the accessors
// tell it again.
func TestLocRecords(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	b.AddFunc("f", btf.LinkageStatic, b.AddFuncProto(0, btf.Param{Name: "a"}, btf.Param{Name: "b"})) // 2
	b.AddFloat("float", 4)
	reg := b.AddLocParam(4, btf.LocReg, 1)
	proto := b.AddLocProto(reg, 0)
	site := btf.LocSite{Func: 2, Proto: proto, Offset: 0x40}
	sec := b.AddLocsec(".text", site, site)
	types := mustBuild(t, b)

	own := types.WithLayout(true).Bytes()[32+7*4+12+12:]
	own = own[:16+4+12+8+12+24]
	want := "00000000 01000014 04000000 08000000 01000000" +
		"00000000 02000015 00000000 04000000 00000000" +
		"0d000000 02000016 00000000" + strings.Repeat("02000000 05000000 40000000", 2)
	if got := hex.EncodeToString(own); got != strings.ReplaceAll(want, " ", "") {
		t.Errorf("%s", got)
	}
	loc := types.Record(reg).LocParam()
	if loc.Size != 4 || loc.Flags != btf.LocReg || !slices.Equal(loc.Values, []uint32{1}) || loc.String() != "reg1" {
		t.Errorf("%+v", loc)
	}
	if params := maps.Collect(types.Record(proto).LocParams()); !maps.Equal(params, map[int]btf.ID{0: reg, 1: 0}) {
		t.Error(params)
	}
	if sites := maps.Collect(types.Record(sec).LocSites()); !maps.Equal(sites, map[int]btf.LocSite{0: site, 1: site}) {
		t.Error(sites)
	}
	for _, id := range []btf.ID{reg, proto, sec} {
		rec := types.Record(id)
		if rec.Kind() != btf.KindLocParam && rec.LocParam().Values != nil {
			t.Errorf("[%d] has values", id)
		}
		if rec.Kind() != btf.KindLocProto && len(maps.Collect(rec.LocParams())) > 0 {
			t.Errorf("[%d] has parameters", id)
		}
		if rec.Kind() != btf.KindLocsec && len(maps.Collect(rec.LocSites())) > 0 {
			t.Errorf("[%d] has sites", id)
		}
	}
}

// TestLocLayout: the layout section has 80 bytes unless the types, or who asks, know the
// newer kinds; one that was read is kept. (T3-5)
func TestLocLayout(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	b.AddFloat("float", 4)
	old := mustBuild(t, b)
	b.AddLocProto()
	newer := mustBuild(t, b)
	with := func(types *btf.Types) int {
		return len(types.Bytes()) - len(types.WithLongHeader(true).WithLayout(false).Bytes())
	}
	for _, test := range []struct {
		name  string
		types *btf.Types
		want  int
	}{
		{"old kinds", old.WithLayout(true), 80},
		{"new kinds", newer.WithLayout(true), 92},
		{"asked for", old.WithFullLayout(), 92},
		{"kept by WithFullLayout", old.WithLayout(true).WithFullLayout(), 80},
		{"kept by WithLayout", old.WithFullLayout().WithLayout(true), 92},
	} {
		back, err := btf.Parse(test.types.Bytes(), nil)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		replaced, err := back.Replace(newer.Words(), newer.Strings())
		if err != nil {
			t.Fatal(err)
		}
		if a, b, c := with(test.types), with(back), with(replaced); a != test.want || b != test.want || c != test.want {
			t.Errorf("%s: %d bytes, read back %d, replaced %d; want %d", test.name, a, b, c, test.want)
		}
	}
}

// TestLocDraft: a layout section that has other sizes for the new kinds than linux/btf.h
// is that of a draft, and its records would be read wrongly. The kinds before them are
// not asked for, as nobody else asks.
func TestLocDraft(t *testing.T) {
	layout := make([]byte, 23*4)
	layout[4], layout[20*4], layout[20*4+1], layout[21*4+1], layout[22*4+1] = 9, 4, 4, 4, 16
	words := []uint32{1, btf.Info(btf.KindInt, 0, false), 4, 32}
	raw := func(words ...uint32) []byte { return blob{words: words, layout: layout, strs: "\x00a\x00"}.bytes() }
	if _, err := btf.Parse(raw(append(words, 0, btf.Info(btf.KindLocProto, 0, false), 0)...), nil); err != nil {
		t.Errorf("no LOCSEC: %v", err)
	}
	_, err := btf.Parse(raw(append(words, 1, btf.Info(btf.KindLocsec, 1, false), 0, 0, 0, 0, 0)...), nil)
	if pe := new(btf.ParseError); !errors.As(err, &pe) || !strings.Contains(err.Error(), "[2]: by the layout section a LOCSEC has 0 bytes and 16") {
		t.Error(err)
	}
}

// TestLocText: texts that no location has, and those that bpftool does not write and
// that are read all the same.
func TestLocText(t *testing.T) {
	for text, want := range map[string]string{
		"[1] LOC_PARAM '(anon)' size=4 flags=0x8 vlen=1":                                "does not end in  values=' and 1 values",
		"[1] LOC_PARAM '(anon)' size=4 flags=0x8 vlen=1 values='reg1":                   "does not end in",
		"[1] LOC_PARAM '(anon)' size=4 flags=0x8 vlen=4294967295 values='reg1'":         "does not end in",
		"[1] LOC_PARAM '(anon)' size=4 flags=8 vlen=1 values='reg1'":                    `"8" is not a number of 32 bits in hexadecimal`,
		"[1] LOC_PARAM '(anon)' size=4 flags=0x8 vlen=1 values='reg4294967295'":         "is no location of 1 values with flags 0x8",
		"[1] LOC_PARAM '(anon)' size=4 flags=0x8 vlen=2 values='reg1'":                  "is no location of 2 values",
		"[1] LOC_PARAM '(anon)' size=4 flags=0x8 vlen=1 values='reg1, reg2'":            "is no location of 1 values",
		"[1] LOC_PARAM '(anon)' size=4 flags=0x28 vlen=2 values='reg1 - 0x1'":           "is no location of 2 values",
		"[1] LOC_PARAM '(anon)' size=4 flags=0x2 vlen=1 values='0x100000000'":           "is no location of 1 values",
		"[1] LOC_PARAM '(anon)' size=4 flags=0x2 vlen=1 values='0x1 (addr)'":            "is no location of 1 values",
		"[1] LOC_PARAM '(anon)' size=4 flags=0x18 vlen=1 values='*(reg1)'":              "is no location of 1 values",
		"[1] LOC_PARAM '(anon)' size=4 flags=0x2 vlen=1 values='0x1'\n\tvalue=1":        "LOC_PARAM has no elements",
		"[1] LOC_PROTO '(anon)' vlen=1\n\ttype_id=0 value='reg1'":                       "type 0 is value='unavailable', the text says value='reg1'",
		"[1] LOC_PROTO '(anon)' vlen=1\n\ttype_id=2 value='unavailable'":                "type 2 does not exist",
		"[1] LOC_PROTO '(anon)' vlen=1\n\t'a' type_id=0":                                "element of LOC_PROTO does not read type_id=%",
		"[1] LOCSEC 's' vlen=1\n\tname='f' func_type_id=0 loc_proto_type_id=0 offset=0": "type 0 is name='(anon)', the text says name='f'",
		"[1] LOCSEC 's' vlen=1\n\tname='f' func_type_id=0 offset=0":                     "element of LOCSEC does not read",
	} {
		if _, err := btf.ParseText(text, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n%v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"[1] LOC_PROTO '(anon)' vlen=1\n\ttype_id=0\n": "[1] LOC_PROTO '(anon)' vlen=1\n\ttype_id=0 value='unavailable'\n",
		"[1] LOCSEC 's' vlen=1\n\tfunc_type_id=0 loc_proto_type_id=0 offset=1\n": "[1] LOCSEC 's' vlen=1\n" +
			"\tname='(anon)' func_type_id=0 loc_proto_type_id=0 offset=1\n",
	} {
		types, err := btf.ParseText(text, nil)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := dump(t, types); got != want {
			t.Errorf("%s", got)
		}
	}
}
