package reloc

import (
	"debug/elf"
	"testing"
)

// BenchmarkReadAt reads units of 256 KiB with a relocation every 16 bytes, as in a module: nearly all are references
// to .debug_str.
func BenchmarkReadAt(b *testing.B) {
	const unit, units = 256 << 10, 8
	for _, m := range []struct {
		name    string
		machine elf.Machine
		rela    bool
		big     bool
		typ     uint32
	}{{"x86-64", elf.EM_X86_64, true, false, 10}, {"s390x", elf.EM_S390, true, true, 4}, {"mips64el", elf.EM_MIPS, true, false, 2}} {
		b.Run(m.name, func(b *testing.B) {
			var list []relocation
			for off := uint64(3); off < unit*units-8; off += 16 {
				list = append(list, relocation{off, 3, m.typ, int64(off % 1000)})
			}
			s, err := section(m.machine, false, m.big, m.rela, make([]byte, unit*units), list...).target(b)
			if err != nil {
				b.Fatal(err)
			}
			p := make([]byte, unit)
			if err := s.ReadAt(p, 0); err != nil { // makes the index
				b.Fatal(err)
			}
			b.SetBytes(unit)
			b.ReportAllocs()
			i := uint64(0)
			for b.Loop() {
				if err := s.ReadAt(p, i%units*unit); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*unit/16), "ns/reloc")
		})
	}
}
