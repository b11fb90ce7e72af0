package btf_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

// manyTypes makes 100,000 types in about the proportions of a kernel: per 10
// one struct of 8 members, pointers, a function with its prototype, an enum.
func manyTypes(b *testing.B) *btf.Types {
	b.Helper()
	builder := btf.NewBuilder(nil, nil)
	word := builder.AddInt("int", 4, btf.EncodingSigned)
	for i := range 10_000 {
		members := make([]btf.Member, 8)
		for m := range members {
			members[m] = btf.Member{Name: fmt.Sprintf("member_%d", (i*7+m)%5000), Type: word, Offset: uint32(m) * 32}
		}
		s := builder.AddStruct(fmt.Sprintf("struct_%d", i), 32, members...)
		p := builder.AddPtr(s)
		c := builder.AddPtr(builder.AddConst(s))
		builder.AddTypedef(fmt.Sprintf("struct_%d_t", i), s)
		proto := builder.AddFuncProto(word, btf.Param{Name: "self", Type: p}, btf.Param{Name: "from", Type: c})
		builder.AddFunc(fmt.Sprintf("function_%d", i), btf.LinkageStatic, proto)
		builder.AddEnum("", 4, btf.EnumValue{Name: fmt.Sprintf("VALUE_%d", i), Value: int64(i)})
		builder.AddArray(s, word, 4)
		builder.AddVolatile(p)
	}
	types, err := builder.Build()
	if err != nil {
		b.Fatal(err)
	}
	return types
}

// onTypes runs a benchmark on made types and, with peers, on a real kernel's.
func onTypes(b *testing.B, run func(b *testing.B, types *btf.Types)) {
	b.Run("made", func(b *testing.B) { run(b, manyTypes(b)) })
	b.Run("vmlinux", func(b *testing.B) { run(b, load(b, peer.Vmlinux(b, "612c"), nil)) })
}

func report(b *testing.B, types *btf.Types) {
	b.ReportAllocs()
	b.ReportMetric(float64(types.NumIDs()-types.FirstID())*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mtypes/s")
}

func BenchmarkParse(b *testing.B) {
	onTypes(b, func(b *testing.B, types *btf.Types) {
		raw := types.Bytes()
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			if _, err := btf.Parse(raw, nil); err != nil {
				b.Fatal(err)
			}
		}
		report(b, types)
	})
}

func BenchmarkNew(b *testing.B) {
	onTypes(b, func(b *testing.B, types *btf.Types) {
		for b.Loop() {
			if _, err := btf.New(nil, nil, types.Words(), types.Strings()); err != nil {
				b.Fatal(err)
			}
		}
		report(b, types)
	})
}

func BenchmarkBytes(b *testing.B) {
	onTypes(b, func(b *testing.B, types *btf.Types) {
		for b.Loop() {
			types.Bytes()
		}
		b.SetBytes(int64(len(types.Bytes())))
		report(b, types)
	})
}

func BenchmarkDump(b *testing.B) {
	onTypes(b, func(b *testing.B, types *btf.Types) {
		for b.Loop() {
			if err := types.Dump(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
		report(b, types)
	})
}

func BenchmarkDumpJSON(b *testing.B) {
	onTypes(b, func(b *testing.B, types *btf.Types) {
		for b.Loop() {
			if err := types.DumpJSON(io.Discard, false); err != nil {
				b.Fatal(err)
			}
		}
		report(b, types)
	})
}

func BenchmarkParseText(b *testing.B) {
	onTypes(b, func(b *testing.B, types *btf.Types) {
		var text strings.Builder
		if err := types.Dump(&text); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(text.Len()))
		for b.Loop() {
			if _, err := btf.ParseText(text.String(), nil); err != nil {
				b.Fatal(err)
			}
		}
		report(b, types)
	})
}

// The index of strings is made once per Types and used by every split BTF on
// top of it.
func BenchmarkFindStringIndex(b *testing.B) {
	onTypes(b, func(b *testing.B, types *btf.Types) {
		for b.Loop() {
			b.StopTimer()
			fresh, err := btf.New(nil, nil, types.Words(), types.Strings())
			b.StartTimer()
			if err != nil {
				b.Fatal(err)
			}
			if _, ok := fresh.FindString("no such string"); ok {
				b.Fatal("found")
			}
		}
		report(b, types)
	})
}

func BenchmarkRefs(b *testing.B) {
	onTypes(b, func(b *testing.B, types *btf.Types) {
		var highest btf.ID
		for b.Loop() {
			for _, rec := range types.Own() {
				for ref := range rec.Refs() {
					highest = max(highest, ref)
				}
			}
		}
		report(b, types)
	})
}
