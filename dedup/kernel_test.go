package dedup

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
	"github.com/gopahole/gopahole/internal/unitgen"
	"github.com/gopahole/gopahole/libbpf"
)

// vmlinuxBTF loads the BTF that a kernel came with.
func vmlinuxBTF(t *testing.T, kernel string) *btf.Types {
	t.Helper()
	types, err := btf.Open(peer.Vmlinux(t, kernel), nil)
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
			for _, compat := range []libbpf.Version{libbpf.V17, libbpf.V18} {
				want, err := btf.Parse(encode(compat == libbpf.V18, ""), base)
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
// behind pointers are often only declared, and compares with libbpf.
func TestKernelParts(t *testing.T) {
	types := vmlinuxBTF(t, "612c")
	o := newOracle(t)
	for seed := range uint64(unitgen.Rounds(t, 4)) {
		rng := rand.New(rand.NewPCG(seed, 11))
		var units []*unitgen.Unit
		for range 2 + rng.IntN(12) {
			units = append(units, unitgen.KernelPart(rng, types))
		}
		own := unitgen.KernelTypes(t, types, units)
		in := unitgen.Input{Own: own.Bytes()}
		dir := o.run(t, []unitgen.Input{in}, true, false)
		o.compare(t, dir, 0, int(seed), in, Options{}, false)
	}
}
