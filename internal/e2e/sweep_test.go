package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

// sweepRows are the ways in which the modules of each kernel are encoded. What a base encoded by gopahole changes is
// which types a module shares with it: the packaged kernels were encoded by an older pahole. With libbpf 1.8, bytes
// cannot be equal, because its headers are longer; types and strings are.
//
// pahole takes a tenth of a second for a module, two minutes for a kernel. So that all of this fits into a CI run, the
// rows with share 6 are for every sixth module there; GOPAHOLE_SWEEP=all takes all.
var sweepRows = []struct {
	name     string
	ownBase  bool // else the one that the kernel came with
	distill  bool // .BTF.base as well, which pahole makes in place only
	libbpf18 bool
	share    int // one module of so many
}{
	{"split", false, false, false, 1},
	{"split,own-base", true, false, false, 1},
	{"distilled", false, true, false, 1},
	{"distilled,own-base", true, true, false, 6},
	{"split,libbpf-1.8", false, false, true, 6},
	{"split,own-base,libbpf-1.8", true, false, true, 6},
	{"distilled,libbpf-1.8", false, true, true, 6},
	{"distilled,own-base,libbpf-1.8", true, true, true, 6},
}

// TestModules compares the modules of whole kernels, encoded in one process, with pahole's results.
func TestModules(t *testing.T) {
	peers := peer.Get(t)
	version, packaged := reference(t)
	for _, kernel := range []string{"612c", "61c"} {
		t.Run(kernel, func(t *testing.T) {
			all := peer.Modules(t, kernel)
			vmlinux := peer.Vmlinux(t, kernel)
			ownBase := filepath.Join(peer.Scratch(t), "own.btf")
			if res := run(t, "-J", "-j2", packaged, "--btf_features=default", "--btf_encode_detached="+ownBase, vmlinux); res.exitCode != 0 {
				t.Fatal(res.stderr)
			}
			for _, row := range sweepRows {
				t.Run(row.name, func(t *testing.T) {
					m := moduleSweep{
						Sweep: peer.Sweep{Base: vmlinux, Flags: []string{"--btf_features=default"}, InPlace: row.distill, Libbpf18: row.libbpf18},
						peers: peers, compat: packaged, version: version, modules: moduleShare(all, row.share),
					}
					if row.ownBase {
						m.Base = ownBase
					}
					if row.distill {
						m.Flags = []string{"--btf_features=default,distilled_base"}
					}
					if row.libbpf18 {
						m.compat = "--btf_compat=libbpf-1.8"
						m.own = []string{"--btf_arrays=nested"} // which is not what a user wants on top of a base with flat ones
					}
					m.compare(t)
				})
			}
		})
	}
}

// moduleShare returns every n-th module, and those with the most types. -short takes few, GOPAHOLE_SWEEP=all takes all.
func moduleShare(all []string, n int) []string {
	switch {
	case testing.Short():
		n = 120
	case os.Getenv(peer.SweepVar) == "all":
		n = 1
	}
	large := []string{"xfs.ko", "btrfs.ko", "kvm.ko", "mlx5_core.ko"}
	var some []string
	for i, path := range all {
		if i%n == n-1 || !testing.Short() && slices.Contains(large, filepath.Base(path)) {
			some = append(some, path)
		}
	}
	return some
}

// A moduleSweep is one way to encode modules, with pahole and with gopahole.
type moduleSweep struct {
	peer.Sweep
	peers   *peer.Peers
	compat  string   // the option for gopahole
	own     []string // options that pahole does not have
	version string   // of pahole; "" if differences are not failures
	modules []string
}

// encode encodes the modules with gopahole and returns the directory of the results.
func (m *moduleSweep) encode(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	args := append([]string{"encode", "--base=" + m.Base, m.compat, "-j2", "-o", dir}, slices.Concat(m.Flags, m.own)...)
	res := run(t, append(args, m.modules...)...)
	if res.exitCode != 0 {
		t.Fatalf("exit status %d: %.2000s", res.exitCode, res.stderr)
	}
	return dir
}

func (m *moduleSweep) compare(t *testing.T) {
	t.Helper()
	dir := m.encode(t)
	want, err := m.Run(t.Context(), m.peers, m.modules)
	if err != nil {
		t.Fatal(err)
	}
	report := t.Errorf
	if m.version == "" {
		report = t.Logf
	}
	var different []string
	anchored := 0
	for _, module := range m.modules {
		w := want[module]
		if w.ExitCode != 0 || w.Output != "" || w.BTF == (peer.Sum{}) || m.InPlace && w.Base == (peer.Sum{}) {
			report("%s: pahole: exit status %d, %.500s", w.Module, w.ExitCode, w.Output)
			continue
		}
		if m.InPlace && w.Base.SHA256 == noTypes(t).SHA256 { // libbpf loses types then, see DIFFERENCES.md
			if _, raw := resultOf(t, dir, module); parseBTF(t, raw, nil).Name(1) != "int" {
				t.Errorf("%s: .BTF.base does not begin with int", w.Module)
			}
			anchored++
			continue
		}
		types, base := m.sums(t, dir, module)
		if m.Libbpf18 { // what is left to compare then is below a header of any length
			types.Header, base.Header = w.BTF.Header, w.Base.Header
		}
		if types != w.BTF || base != w.Base {
			different = append(different, module)
		}
	}
	for i, module := range different {
		what := "differs"
		if i < 3 {
			what = m.difference(t, dir, module)
		}
		report("pahole %s and gopahole: %s: %s", m.version, filepath.Base(module), what)
	}
	t.Logf("%d modules, %d differ; %d need no type of the base by name", len(m.modules), len(different), anchored)
}

// noTypes is the sum of BTF without any type.
func noTypes(t *testing.T) peer.Sum {
	t.Helper()
	types, err := btf.NewBuilder(nil, nil).Build()
	if err != nil {
		t.Fatal(err)
	}
	sum, err := peer.SumOf(types.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// resultOf returns the BTF and the base that gopahole wrote for a module, as far as they are there.
func resultOf(t *testing.T, dir, module string) (types, base []byte) {
	t.Helper()
	file := filepath.Join(dir, strings.TrimSuffix(filepath.Base(module), ".ko")+".btf")
	types, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if base, err = os.ReadFile(file + ".base"); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return types, base
}

func (m *moduleSweep) sums(t *testing.T, dir, module string) (types, base peer.Sum) {
	t.Helper()
	rawTypes, rawBase := resultOf(t, dir, module)
	types, err := peer.SumOf(rawTypes)
	if err == nil {
		base, err = peer.SumOf(rawBase)
	}
	if err != nil {
		t.Errorf("%s: %v", module, err)
	}
	return types, base
}

// difference says in what the results for a module differ: the first type, as bpftool would print it.
func (m *moduleSweep) difference(t *testing.T, dir, module string) string {
	t.Helper()
	want, err := m.Encode(m.peers, module)
	if err != nil {
		t.Fatal(err)
	}
	types, base := resultOf(t, dir, module)
	if m.InPlace {
		if where := typeDifference(t, nil, nil, want.Base, base); where != "" {
			return ".BTF.base: " + where
		}
		return typeDifference(t, parseBTF(t, want.Base, nil), parseBTF(t, base, nil), want.BTF, types)
	}
	over := loadBase(t, m.Base)
	return typeDifference(t, over, over, want.BTF, types)
}

func loadBase(t *testing.T, path string) *btf.Types {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	types, err := btf.Load(f, st.Size(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

func parseBTF(t *testing.T, raw []byte, base *btf.Types) *btf.Types {
	t.Helper()
	types, err := btf.Parse(raw, base)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// typeDifference returns "" for blobs with the same types and strings, and otherwise the first type that differs.
func typeDifference(t *testing.T, baseA, baseB *btf.Types, a, b []byte) string {
	t.Helper()
	x, errX := btf.Parse(a, baseA)
	y, errY := btf.Parse(b, baseB)
	if errX != nil || errY != nil {
		return fmt.Sprintf("parsing: %v, %v", errX, errY)
	}
	count := fmt.Sprintf("%d and %d types; ", x.NumIDs()-x.FirstID(), y.NumIDs()-y.FirstID())
	var textX, textY bytes.Buffer
	if x.Dump(&textX) != nil || y.Dump(&textY) != nil {
		return "no dump"
	}
	xs, ys := typeTexts(textX.String()), typeTexts(textY.String())
	for i := range min(len(xs), len(ys)) {
		if xs[i] != ys[i] {
			return count + "the first:\n" + xs[i] + "\n" + ys[i]
		}
	}
	if len(xs) != len(ys) {
		return count + "equal as far as both go"
	}
	if !bytes.Equal(x.Strings(), y.Strings()) {
		return fmt.Sprintf("%sequal, but the strings are not: %d and %d bytes", count, len(x.Strings()), len(y.Strings()))
	}
	return ""
}

// typeTexts splits a dump into its types.
func typeTexts(dump string) []string {
	return strings.Split(dump, "\n[")
}

// TestModulesOneByOne: many modules in one process are encoded as each of them alone, detached and in place.
func TestModulesOneByOne(t *testing.T) {
	all := peer.Modules(t, "612c")
	vmlinux := peer.Vmlinux(t, "612c")
	var modules []string
	for i := 20; i < len(all); i += len(all) / 12 {
		modules = append(modules, all[i])
	}
	dir := t.TempDir()
	for _, list := range []string{"default", "default,distilled_base"} {
		options := []string{"--btf_base=" + vmlinux, "--btf_features=" + list}
		out := filepath.Join(dir, "out-"+list)
		if res := run(t, slices.Concat([]string{"encode", "-j3", "-o", out}, options, modules)...); res.exitCode != 0 || res.stderr != "" {
			t.Fatalf("%s: exit status %d: %s", list, res.exitCode, res.stderr)
		}
		copies := filepath.Join(dir, "copies-"+list)
		if err := os.Mkdir(copies, 0o777); err != nil {
			t.Fatal(err)
		}
		for _, module := range modules {
			copyFile(t, module, filepath.Join(copies, filepath.Base(module)))
		}
		if res := run(t, append([]string{"encode", "-j2", "--in-place", copies}, options...)...); res.exitCode != 0 || res.stderr != "" {
			t.Fatalf("%s: in place: exit status %d: %s", list, res.exitCode, res.stderr)
		}
		for _, module := range modules {
			alone := filepath.Join(dir, "alone.ko")
			copyFile(t, module, alone)
			if res := run(t, append([]string{"-J", alone}, options...)...); res.exitCode != 0 || res.stderr != "" {
				t.Fatalf("%s: alone: exit status %d: %s", module, res.exitCode, res.stderr)
			}
			wantTypes, wantBase := sections(t, alone)
			gotTypes, gotBase := sections(t, filepath.Join(copies, filepath.Base(module)))
			if !bytes.Equal(gotTypes, wantTypes) || !bytes.Equal(gotBase, wantBase) {
				t.Errorf("%s: %s: in place, the sections differ from those of one module alone", list, filepath.Base(module))
			}
			gotTypes, gotBase = resultOf(t, out, module)
			if !bytes.Equal(gotTypes, wantTypes) || !bytes.Equal(gotBase, wantBase) {
				t.Errorf("%s: %s: as files, the results differ from those of one module alone", list, filepath.Base(module))
			}
		}
	}
}

func sections(t *testing.T, file string) (types, base []byte) {
	t.Helper()
	types, base, err := peer.SectionsOf(file)
	if err != nil {
		t.Fatal(err)
	}
	return types, base
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestModuleRefersToKernel looks at a module's functions: what their parameters point to is the kernel's types.
func TestModuleRefersToKernel(t *testing.T) {
	base := loadBase(t, peer.Vmlinux(t, "612c"))
	var module string
	for _, path := range peer.Modules(t, "612c") {
		if filepath.Base(path) == "xfs.ko" {
			module = path
		}
	}
	dir := filepath.Join(t.TempDir(), "out")
	if res := run(t, "encode", "--base="+peer.Vmlinux(t, "612c"), "--features=default", "-o", dir, module); res.exitCode != 0 {
		t.Fatal(res.stderr)
	}
	raw, _ := resultOf(t, dir, module)
	types := parseBTF(t, raw, base)
	kernel, own := 0, 0
	for id := types.FirstID(); id < types.NumIDs(); id++ {
		rec := types.Record(id)
		if btf.KindOf(rec[1]) != btf.KindFunc {
			continue
		}
		proto := types.Record(btf.ID(rec[2]))
		for at := 4; at < len(proto); at += 2 {
			if ptr := types.Record(btf.ID(proto[at])); ptr != nil && btf.KindOf(ptr[1]) == btf.KindPtr && ptr[2] != 0 {
				switch name := types.Name(btf.ID(ptr[2])); {
				case name == "inode" || name == "dentry" || name == "file":
					if btf.ID(ptr[2]) >= base.NumIDs() {
						t.Errorf("%s: struct %s is the module's own [%d]", types.Name(id), name, ptr[2])
					}
					kernel++
				case strings.HasPrefix(name, "xfs_") && btf.ID(ptr[2]) >= base.NumIDs():
					own++
				}
			}
		}
	}
	if kernel < 100 || own < 100 {
		t.Errorf("%d parameters are pointers to types of the kernel, %d to types of the module: too few to tell", kernel, own)
	}
}
