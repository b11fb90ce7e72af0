package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dedup"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/relocate"
	"github.com/gopahole/gopahole/verify"
)

// types collects records and strings.
type types struct {
	base  *btf.Types
	words []uint32
	strs  []byte
	offs  map[string]uint32
	next  uint32
}

func newTypes(base *btf.Types) *types {
	t := &types{base: base, offs: map[string]uint32{"": 0}, next: 1}
	if base == nil {
		t.strs = []byte{0}
	} else {
		t.next = uint32(base.NumIDs())
	}
	return t
}

// name returns the offset of a name.
func (t *types) name(s string) uint32 {
	if off, ok := t.offs[s]; ok {
		return off
	}
	off := uint32(len(t.strs))
	if t.base != nil {
		off += uint32(t.base.StringEnd())
	}
	t.strs = append(append(t.strs, s...), 0)
	t.offs[s] = off
	return off
}

// add appends a record and returns its ID.
func (t *types) add(name uint32, kind btf.Kind, vlen int, word uint32, tail ...uint32) uint32 {
	t.words = append(t.words, name, btf.Info(kind, vlen, false), word)
	t.words = append(t.words, tail...)
	t.next++
	return t.next - 1
}

func (t *types) int(name string) uint32 {
	return t.add(t.name(name), btf.KindInt, 0, 4, btf.IntWord(btf.EncodingSigned, 0, 32))
}

// wrap adds a struct of one member.
func (t *types) wrap(name string, member uint32) uint32 {
	return t.add(t.name(name), btf.KindStruct, 1, 8, t.name("m"), member, 0)
}

func (t *types) done() *btf.Types {
	out, err := btf.New(nil, t.base, t.words, t.strs)
	if err != nil {
		panic(err)
	}
	return out
}

// dedupCases are types for dedup.
func dedupCases() []worstCase {
	build := func(name string, n int, fill func(t *types, n uint32)) worstCase {
		return worstCase{"dedup: " + name, n, func(n int) (func() error, int) {
			t := newTypes(nil)
			fill(t, uint32(n))
			in := t.done()
			return func() error {
				_, err := dedup.Dedup(context.Background(), in, dedup.Options{})
				return err
			}, len(in.Bytes())
		}}
	}
	chain := func(t *types, n, end uint32, kind btf.Kind) {
		for i := range n {
			if kind == btf.KindTypedef {
				t.add(t.name(fmt.Sprint("t", i)), kind, 0, t.next+1)
			} else {
				t.wrap(fmt.Sprint("s", i), t.next+1)
				t.add(0, btf.KindPtr, 0, t.next+1)
			}
		}
		t.int(fmt.Sprint("int", end))
	}
	return []worstCase{
		build("typedefs of one name in a chain", 20_000, func(t *types, n uint32) {
			t.int("int")
			for range n {
				t.add(t.name("t"), btf.KindTypedef, 0, t.next-1)
			}
		}),
		build("structs of two names in turn", 20_000, func(t *types, n uint32) {
			for i := range n {
				t.wrap([]string{"a", "b"}[i%2], t.next+1)
				t.add(0, btf.KindPtr, 0, t.next+1)
			}
			t.int("int")
		}),
		build("the same, and forward declarations of both", 2_000, func(t *types, n uint32) {
			for i := range n {
				t.wrap([]string{"a", "b"}[i%2], t.next+1)
				t.add(0, btf.KindPtr, 0, t.next+1)
			}
			t.int("int")
			t.add(t.name("a"), btf.KindFwd, 0, 0)
			t.add(t.name("b"), btf.KindFwd, 0, 0)
		}),
		build("two chains of structs that differ in the end", 50_000, func(t *types, n uint32) {
			chain(t, n, 1, btf.KindStruct)
			chain(t, n, 2, btf.KindStruct)
		}),
		build("two equal chains of typedefs", 5_000, func(t *types, n uint32) {
			chain(t, n, 1, btf.KindTypedef)
			chain(t, n, 1, btf.KindTypedef)
		}),
		build("structs of one name with arrays of different elements", 5_000, func(t *types, n uint32) {
			t.int("int")
			for i := range n {
				t.wrap("a", t.next+1)
				t.add(0, btf.KindArray, 0, 0, t.next+1, 1, 4)
				t.wrap(fmt.Sprint("s", i), 1)
			}
		}),
		build("enums of one name and a forward declaration", 100_000, func(t *types, n uint32) {
			t.add(t.name("e"), btf.KindEnum, 0, 4)
			for i := range n {
				t.add(t.name("e"), btf.KindEnum, 1, 4, t.name("v"), i)
			}
		}),
		build("names that are the ends of one", 20_000, func(t *types, n uint32) {
			long := t.overlap(1 << 20)
			for i := range n {
				t.add(long+i, btf.KindStruct, 0, 0)
			}
		}),
		{"dedup: a base with equal records", 50_000, func(n int) (func() error, int) {
			t := newTypes(nil)
			t.int("int")
			for range n {
				t.add(0, btf.KindPtr, 0, 1)
			}
			s := newTypes(t.done())
			for range n {
				s.add(0, btf.KindPtr, 0, 1)
			}
			in := s.done()
			return func() error {
				_, err := dedup.Dedup(context.Background(), in, dedup.Options{})
				return err
			}, len(in.Bytes())
		}},
	}
}

// overlap adds a string of n bytes and returns its offset.
func (t *types) overlap(n int) uint32 { return t.name(strings.Repeat("x", n)) }

// typesCases are for what else reads BTF.
func typesCases() []worstCase {
	// vmlinux and a module of n structs, whose names are given.
	pair := func(n int, name func(i int) string) (vmlinux, module *btf.Types) {
		t := newTypes(nil)
		t.int("int")
		for i := range n {
			t.wrap(name(i), 1)
		}
		vmlinux = t.done()
		s := newTypes(vmlinux)
		for i := range n {
			s.add(0, btf.KindPtr, 0, uint32(i+2))
		}
		return vmlinux, s.done()
	}
	distilled := func(n int, name func(i int) string) (func() error, int) {
		vmlinux, module := pair(n, name)
		base, split, err := distill.Distill(module, distill.Options{})
		if err != nil {
			panic(err)
		}
		return func() error {
			target := relocate.NewTarget(vmlinux)
			_ = base
			_, err := relocate.Relocate(split, target)
			return err
		}, len(vmlinux.Bytes()) + len(split.Bytes())
	}
	sameName := func(int) string { return "s" }
	ownName := func(i int) string { return fmt.Sprint("s", i) }
	deep := func(n int) *btf.Types {
		t := newTypes(nil)
		t.int("int")
		for i := range n { // each struct has the one before twice
			t.add(t.name(fmt.Sprint("s", i)), btf.KindStruct, 2, uint32(4<<min(i+1, 29)), t.name("a"), t.next-1, 0, t.name("b"), t.next-1, 0)
		}
		return t.done()
	}
	overlapping := func(n int) *btf.Types {
		t := newTypes(nil)
		long := t.overlap(1 << 20)
		for i := range uint32(n) {
			t.add(long+i, btf.KindStruct, 0, 0)
		}
		return t.done()
	}
	return []worstCase{
		{"distill: structs of one name", 20_000, func(n int) (func() error, int) {
			_, module := pair(n, sameName)
			return func() error { _, _, err := distill.Distill(module, distill.Options{}); return err }, len(module.Bytes())
		}},
		{"relocate: structs of one name", 20_000, func(n int) (func() error, int) { return distilled(n, sameName) }},
		{"relocate: structs of different names", 20_000, func(n int) (func() error, int) { return distilled(n, ownName) }},
		{"verify: structs that have the one before twice", 20_000, func(n int) (func() error, int) {
			raw := deep(n).Bytes()
			return func() error { return verdict(verify.Check(raw, verify.Options{})) }, len(raw)
		}},
		{"verify: names that are the ends of one", 20_000, func(n int) (func() error, int) {
			raw := overlapping(n).Bytes()
			return func() error { return verdict(verify.Check(raw, verify.Options{})) }, len(raw)
		}},
		{"dump: names that are the ends of one", 2_000, func(n int) (func() error, int) {
			t := overlapping(n)
			return func() error { return t.Dump(io.Discard) }, len(t.Bytes())
		}},
		{"distill: names that are the ends of one", 20_000, func(n int) (func() error, int) {
			base := overlapping(n)
			s := newTypes(base)
			for i := range n {
				s.add(0, btf.KindPtr, 0, uint32(i+1))
			}
			module := s.done()
			return func() error { _, _, err := distill.Distill(module, distill.Options{}); return err }, len(base.Bytes()) + len(module.Bytes())
		}},
		{"relocate: names that are the ends of one", 20_000, func(n int) (func() error, int) {
			target := overlapping(n)
			t := newTypes(nil)
			t.wrap("s", 0)
			s := newTypes(t.done())
			s.add(0, btf.KindPtr, 0, 1)
			split := s.done()
			return func() error { _, err := relocate.Relocate(split, relocate.NewTarget(target)); return err }, len(target.Bytes())
		}},
	}
}

func verdict(r *verify.Report) error {
	if r.Refusal == nil {
		return nil
	}
	return errors.New(fmt.Sprint(r.Refusal))
}
