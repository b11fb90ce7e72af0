package kfunc

import (
	"encoding/binary"
	"errors"
	"reflect"
	"testing"
)

const shndx = 7

type sym struct {
	name        string
	value, size uint64
	shndx       uint32
}

func words(order binary.ByteOrder, w ...uint32) []byte {
	b := make([]byte, 4*len(w))
	for i, x := range w {
		order.PutUint32(b[4*i:], x)
	}
	return b
}

func TestKfuncs(t *testing.T) {
	set := func(name string, value, size uint64) sym {
		return sym{"__BTF_ID__set8__" + name, value, size, shndx}
	}
	fn := func(name string, value uint64) sym {
		return sym{"__BTF_ID__func__" + name, value, 0, shndx}
	}
	le := binary.LittleEndian
	for _, tc := range []struct {
		name    string
		addr    uint64
		data    []byte
		order   binary.ByteOrder
		symbols []sym
		want    []Kfunc
	}{
		{"a set of three, symbols in any order", 0, words(le, 3, 1, 0, 0, 0, 4096, 0, 57344), le,
			[]sym{fn("kf_fast__2", 16), fn("kf_plain__1", 8), set("ks", 0, 32), fn("kf_arena__3", 24)},
			[]Kfunc{{"kf_fast", FastCall}, {"kf_plain", 0}, {"kf_arena", ArenaRet | ArenaArg | ArenaArg<<1}}},
		{"a set without the flag has no kfuncs", 0, words(le, 1, 2, 0, 4096), le,
			[]sym{set("other", 0, 16), fn("f__1", 8)}, nil},
		{"symbol values are addresses", 0xffff1000, words(le, 1, 1, 0, 4), le,
			[]sym{set("s", 0xffff1000, 16), fn("f__1", 0xffff1008)}, []Kfunc{{"f", 4}}},
		{"big-endian", 0, words(binary.BigEndian, 1, 1, 0, 4), binary.BigEndian,
			[]sym{set("s", 0, 16), fn("f__1", 8)}, []Kfunc{{"f", 4}}},
		{"IDs outside of sets are not kfuncs", 0, words(le, 1, 1, 0, 4, 0, 5), le,
			[]sym{set("s", 0, 16), fn("f__1", 16)}, nil},
		{"the last symbol of a function counts", 0, words(le, 2, 1, 0, 4, 0, 5), le,
			[]sym{set("s", 0, 24), fn("f__2", 16), fn("f__1", 8)}, []Kfunc{{"f", 4}}},
		{"other prefixes", 0, words(le, 1, 1, 0, 4), le,
			[]sym{set("s", 0, 16), {"__BTF_ID__struct__f__1", 8, 0, shndx}, {"__BTF_ID__set__x", 8, 16, shndx}}, nil},
		{"names with underscores", 0, words(le, 1, 1, 0, 4), le,
			[]sym{set("s", 0, 16), fn("a__b_c__12", 8), fn("x__1_2", 8), fn("x_", 8), fn("x", 8), fn("", 8), fn("_", 8), fn("__1", 8), fn("y___3", 8), fn("z__", 8)},
			[]Kfunc{{"a__b_c", 4}, {"", 4}, {"y_", 4}, {"z", 4}}},
		{"symbols of other sections", 0, words(le, 1, 1, 0, 4), le,
			[]sym{set("s", 0, 16), {"__BTF_ID__func__f__1", 8, 0, shndx + 1}}, nil},
		{"a set outside of the section is none", 16, words(le, 1, 1, 0, 4), le,
			[]sym{set("before", 8, 100), set("behind", 32, 100), set("half", 28, 100), fn("f__1", 24)}, nil},
		{"overlapping sets", 0, words(le, 3, 1, 0, 1, 3, 1, 0, 2), le,
			[]sym{set("b", 16, 16), set("a", 0, 20), fn("f__1", 8), fn("g__2", 24)}, []Kfunc{{"f", 1}, {"g", 2}}},
		{"nested sets", 0, words(le, 3, 1, 3, 1, 0, 1, 0, 2), le,
			[]sym{set("a", 0, 32), set("b", 8, 8), fn("f__1", 24)}, []Kfunc{{"f", 2}}},
		{"a set whose end wraps is empty", 0, words(le, 1, 1, 0, 4), le,
			[]sym{set("s", 0, 1<<64-1), set("w", 8, 1<<64-4), fn("f__1", 8)}, []Kfunc{{"f", 4}}},
		{"NOBITS", 0, nil, le, []sym{set("s", 0, 16), fn("f__1", 8)}, nil},
	} {
		c := NewCollector(shndx)
		for _, s := range tc.symbols {
			c.Add([]byte(s.name), s.value, s.size, s.shndx)
		}
		got, err := c.Kfuncs(tc.addr, tc.data, tc.order)
		if err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %v, %v; want %v", tc.name, got, err, tc.want)
		}
	}
}

func TestPairs(t *testing.T) {
	le := binary.LittleEndian
	data := words(le, 2, 1, 20, 4, 30, 5, 1, 0, 40, 6, 1, 1, 50, 7)
	c := NewCollector(shndx)
	add := func(name string, value, size uint64) {
		c.Add([]byte("__BTF_ID__set8__"+name), 0x1000+value, size, shndx)
	}
	add("second", 40, 1000) // longer than the section
	add("no_kfuncs", 24, 16)
	add("first", 0, 24)
	add("overlapping", 8, 16)
	add("small", 0, 4)
	want := []Pair{{20, 4}, {30, 5}, {50, 7}}
	if got := c.Pairs(0x1000, data, le); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := c.Pairs(0x1000, nil, le); len(got) != 0 {
		t.Errorf("%v without data", got)
	}
}

func TestKfuncBehindTheSection(t *testing.T) {
	for _, value := range []uint64{12, 16, 1000} {
		c := NewCollector(shndx)
		c.Add([]byte("__BTF_ID__set8__s"), 0, 2000, shndx)
		c.Add([]byte("__BTF_ID__func__f__1"), value, 0, shndx)
		_, err := c.Kfuncs(0, words(binary.LittleEndian, 1, 1, 0, 4), binary.LittleEndian)
		var oe *OffsetError
		if !errors.As(err, &oe) || oe.Func != "f" || oe.Offset != value || oe.Size != 16 {
			t.Errorf("offset %d: %v", value, err)
		}
	}
}

func FuzzKfuncs(f *testing.F) {
	f.Add(words(binary.LittleEndian, 3, 1, 0, 0, 0, 4096, 0, 57344), uint64(0), []byte{0, 32, 8, 16, 24})
	f.Fuzz(func(t *testing.T, data []byte, addr uint64, places []byte) {
		c := NewCollector(shndx)
		if len(places) > 2 {
			c.Add([]byte("__BTF_ID__set8__s"), addr+uint64(places[0]), uint64(places[1]), shndx)
			c.Add([]byte("__BTF_ID__set8__t"), addr+uint64(places[2]), 9, shndx)
			places = places[2:]
		}
		for _, p := range places {
			c.Add([]byte{'_', '_', 'B', 'T', 'F', '_', 'I', 'D', '_', '_', 'f', 'u', 'n', 'c', '_', '_', p, '_', '_', '1'}, addr+uint64(p), 0, shndx)
		}
		if n := len(c.Pairs(addr, data, binary.BigEndian)); 8*n > len(data) {
			t.Fatalf("%d pairs in %d bytes", n, len(data))
		}
		all, err := c.Kfuncs(addr, data, binary.BigEndian)
		var oe *OffsetError
		if err != nil && !errors.As(err, &oe) {
			t.Fatal(err)
		}
		for _, k := range all {
			if off := uint64(k.Name[0]); off+8 > uint64(len(data)) || Flags(binary.BigEndian.Uint32(data[off+4:])) != k.Flags {
				t.Fatalf("%q: flags %#x of %d bytes", k.Name, k.Flags, len(data))
			}
		}
	})
}

func TestMisplaced(t *testing.T) {
	le := binary.LittleEndian
	for _, tc := range []struct {
		name string
		data []byte
		want bool
	}{
		{"as it was linked", words(le, 0, 1, 0, 4096, 0, 0), false},
		{"filled in", words(le, 2, 1, 8, 4096, 9, 0), true},
		{"one of them", words(le, 2, 1, 0, 0, 9, 4096), true},
		{"flags that nobody acts on", words(le, 2, 1, 8, 1, 9, 2), false},
		{"all have the flag", words(le, 2, 1, 8, 4096, 9, 4097), false},
		{"no set of kfuncs", words(le, 2, 0, 8, 4096, 9, 0), false},
		{"cut off", words(le, 2, 1, 8, 4096, 9), false},
	} {
		c := NewCollector(shndx)
		c.Add([]byte("__BTF_ID__set8__s"), 0, 24, shndx)
		if got := c.Misplaced(0, tc.data, le, FastCall); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
