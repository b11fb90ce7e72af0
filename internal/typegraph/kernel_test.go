package typegraph

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

// vmlinuxBTF loads the BTF that a kernel came with.
func vmlinuxBTF(t *testing.T, kernel string) *btf.Types {
	t.Helper()
	f, err := os.Open(peer.Vmlinux(t, kernel))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	types, err := btf.Load(f, info.Size(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// TestModules dedups what pahole makes of some modules of a real kernel and
// compares with pahole's own result, for both versions of libbpf. pahole builds
// its BTF through libbpf's API, so strings stay as they are.
func TestModules(t *testing.T) {
	const kernel, count = "612c", 4
	p := peer.Get(t)
	all := peer.Modules(t, kernel)
	base := vmlinuxBTF(t, kernel)
	dir := peer.Scratch(t)
	src, err := os.ReadFile("testdata/oracle/nodedup.c")
	if err != nil {
		t.Fatal(err)
	}
	file, shim := filepath.Join(dir, "nodedup.c"), filepath.Join(dir, "nodedup.so")
	write(t, file, src)
	if res := peer.Run(t, p.Command("gcc", "-shared", "-fPIC", "-o", shim, file)); res.ExitCode != 0 {
		t.Fatalf("gcc: %s", res.Stderr)
	}
	baseFlag := "--btf_base=" + peer.Vmlinux(t, kernel)
	for i := range count {
		module := all[(2*i+1)*len(all)/(2*count)]
		t.Run(filepath.Base(module), func(t *testing.T) {
			encode := func(libbpf18 bool, env string) []byte {
				out := filepath.Join(dir, fmt.Sprintf("%s.%v.%v", filepath.Base(module), libbpf18, env != ""))
				cmd := p.Command("pahole", "-J", baseFlag, "--btf_features=default", "--btf_encode_detached="+out, module)
				if env != "" {
					cmd.Env = append(cmd.Env, env)
				}
				if libbpf18 {
					peer.WithLibbpf18(cmd)
				}
				if res := peer.Run(t, cmd); res.ExitCode != 0 {
					t.Fatalf("pahole: %s", res.Stderr)
				}
				data, err := os.ReadFile(out)
				if err != nil {
					t.Fatal(err)
				}
				return data
			}
			raw, err := btf.Parse(encode(false, "LD_PRELOAD="+p.Inside(shim)), base)
			if err != nil {
				t.Fatal(err)
			}
			for _, compat := range []Compat{LibBPF17, LibBPF18} {
				want, err := btf.Parse(encode(compat == LibBPF18, ""), base)
				if err != nil {
					t.Fatal(err)
				}
				got, err := Dedup(context.Background(), raw, Options{KeepStrings: true, Compat: compat})
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got.Words(), want.Words()) || !bytes.Equal(got.Strings(), want.Strings()) { // headers differ in length
					t.Errorf("compat %d: %d types of %d, want %d, or others", compat, got.NumIDs()-got.FirstID(), raw.NumIDs()-raw.FirstID(), want.NumIDs()-want.FirstID())
				}
			}
		})
	}
}

// TestKernelParts makes units of parts of a real kernel's types, where structs
// behind pointers are often only declared, and compares both modes and libbpf.
func TestKernelParts(t *testing.T) {
	types := vmlinuxBTF(t, "612c")
	o := newOracle(t)
	for seed := range uint64(testRounds(t, 4)) {
		rng := rand.New(rand.NewPCG(seed, 11))
		var builders []*unitBuilder
		shapes := NewShapes()
		var units []*Unit
		for range 2 + rng.IntN(12) {
			b := kernelPart(rng, types)
			builders = append(builders, b)
			units = append(units, b.unit(shapes))
		}
		guard := compareModes(t, shapes, units, int(seed))
		own := makeKernelTypes(t, types, builders)
		dir := o.run(t, []blobs{{own: own.Bytes()}}, true, false)
		o.compare(t, dir, 0, int(seed), blobs{own: own.Bytes()}, Options{}, false)
		t.Logf("seed %d: %d types, guard %v", seed, own.NumIDs(), guard)
	}
}

// kernelPart takes some types with what they need. Names are string offsets.
func kernelPart(rng *rand.Rand, types *btf.Types) *unitBuilder {
	b := new(unitBuilder)
	local := make(map[btf.ID]uint32)
	fwds := make(map[btf.ID]uint32)
	full := rng.Float64()
	isFull := make(map[btf.ID]bool)
	var ids []btf.ID // of local numbers
	var visit func(id btf.ID, behindPointer bool) uint32
	visit = func(id btf.ID, behindPointer bool) uint32 {
		if id == 0 {
			return 0
		}
		if n := local[id]; n != 0 {
			return n
		}
		rec := types.Record(id)
		kind := btf.KindOf(rec[1])
		if behindPointer && rec[0] != 0 && (kind == btf.KindStruct || kind == btf.KindUnion) {
			known, ok := isFull[id]
			if !ok {
				known = rng.Float64() < full/2 && len(ids) < 4000
				isFull[id] = known
			}
			if !known {
				if fwds[id] == 0 {
					fwds[id] = b.add(head(rec[0], btf.KindFwd, 0, kind == btf.KindUnion, 0))
					ids = append(ids, 0)
				}
				return fwds[id]
			}
		}
		n := fwds[id]
		if n == 0 || kind != btf.KindStruct && kind != btf.KindUnion {
			n = b.add(nil)
			ids = append(ids, id)
		}
		ids[n-1] = id
		local[id] = n
		shape, edges := SplitRecord(nil, nil, rec)
		b.words[n-1], b.refs[n-1] = shape, edges
		for i, e := range edges {
			through := kind == btf.KindPtr || behindPointer && kind != btf.KindStruct && kind != btf.KindUnion
			edges[i] = visit(btf.ID(e), through)
		}
		return n
	}
	for range 1 + rng.IntN(40) {
		id := btf.ID(1 + rng.IntN(int(types.NumIDs()-1)))
		switch btf.KindOf(types.Record(id)[1]) {
		case btf.KindVar, btf.KindDatasec, btf.KindDeclTag, btf.KindFwd:
			continue
		}
		visit(id, false)
	}
	if rng.IntN(2) == 0 {
		for i := b.len(); i > 1; i-- {
			b.swap(i, 1+uint32(rng.IntN(int(i))))
		}
	}
	return b
}

// makeKernelTypes puts units together to BTF with the strings of types.
func makeKernelTypes(t *testing.T, types *btf.Types, units []*unitBuilder) *btf.Types {
	t.Helper()
	var words []uint32
	first := uint32(0)
	for _, u := range units {
		for i, shape := range u.words {
			var edges []uint32
			for _, e := range u.refs[i] {
				if e != 0 {
					e += first
				}
				edges = append(edges, e)
			}
			words = AppendRecord(words, shape, edges, func(n uint32) uint32 { return n })
		}
		first += u.len()
	}
	own, err := btf.New(nil, nil, words, types.Strings())
	if err != nil {
		t.Fatal(err)
	}
	return own
}
