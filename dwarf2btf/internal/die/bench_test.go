package die

import "testing"

// memberList has n members as gcc describes most of them, ended by a null entry.
func memberList(b *testing.B, n int) *Cursor {
	b.Helper()
	table := new(Table)
	list := attrs{{atName, FormStrp}, {0x3a, FormData1}, {atDeclLine, FormData2}, {0x39, FormData1}, {atType, formRef4}, {atMemberLocation, FormData1}}
	if err := table.Compile(abbrevs(entryOf{1, TagMember, false, list}), 0, unit5); err != nil {
		b.Fatal(err)
	}
	var data []byte
	for i := range n {
		data = append(data, 1, byte(i), byte(i>>8), 0, 0, 1, 5, 0, 9, byte(i)|1, 0, 0, 0, 8)
	}
	c := new(Cursor)
	c.Start(".debug_info", unit5, append(data, make([]byte, 16)...), table)
	return c
}

const benchMembers = 1000

// BenchmarkMember reads members in the two ways. Half of .debug_info are members.
func BenchmarkMember(b *testing.B) {
	b.Run("Members", func(b *testing.B) {
		c := memberList(b, benchMembers)
		b.SetBytes(int64(len(c.Data)))
		b.ReportAllocs()
		var words []uint32
		var refs []Ref
		for b.Loop() {
			n := 0
			c.Pos = 0
			if words, refs, n = c.Members(words[:0], refs[:0], 0, false); n < benchMembers-1 {
				b.Fatalf("%d members", n)
			}
		}
		b.ReportMetric(benchMembers*float64(b.N)/b.Elapsed().Seconds(), "DIEs/s")
	})
	b.Run("Attrs", func(b *testing.B) {
		c := memberList(b, benchMembers)
		b.SetBytes(int64(len(c.Data)))
		b.ReportAllocs()
		for b.Loop() {
			c.Pos = 0
			for a := c.Next(); a != nil; a = c.Next() {
				c.Attrs(a)
			}
		}
		b.ReportMetric(benchMembers*float64(b.N)/b.Elapsed().Seconds(), "DIEs/s")
	})
}

// BenchmarkCompile compiles a table that was compiled before under other codes.
func BenchmarkCompile(b *testing.B) {
	in := open(b, "../../../testdata/dwarf/units-gcc-dwarf5.elf")
	units, err := in.units(false)
	if err != nil {
		b.Fatal(err)
	}
	var table Table
	b.ReportAllocs()
	for b.Loop() {
		for i := range units {
			if err := table.Compile(in.abbrev[units[i].AbbrevOff:], units[i].AbbrevOff, &units[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}
