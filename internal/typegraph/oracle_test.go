package typegraph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

// oracle is the C program of testdata/oracle, linked with libbpf.
type oracle struct {
	p    *peer.Peers
	prog string
	dir  string
}

func newOracle(t *testing.T) *oracle {
	t.Helper()
	o := &oracle{p: peer.Get(t), dir: peer.Scratch(t)}
	src, err := os.ReadFile("testdata/oracle/oracle.c")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(o.dir, "oracle.c")
	if err := os.WriteFile(file, src, 0o644); err != nil {
		t.Fatal(err)
	}
	o.prog = filepath.Join(o.dir, "oracle")
	if res := peer.Run(t, o.p.Command("gcc", "-O2", "-Wall", "-o", o.prog, file, "-lbpf")); res.ExitCode != 0 {
		t.Fatalf("gcc (the peers need libbpf-dev): %s", res.Stderr)
	}
	return o
}

// run gives the inputs to libbpf. It returns a folder with the outputs.
func (o *oracle) run(t *testing.T, inputs []blobs, libbpf18, api bool) string {
	t.Helper()
	dir, err := os.MkdirTemp(o.dir, "cases-*")
	if err != nil {
		t.Fatal(err)
	}
	for i, in := range inputs {
		write(t, caseFile(dir, i, "in"), in.own)
		if in.base != nil {
			write(t, caseFile(dir, i, "base"), in.base)
		}
	}
	args := []string{dir, strconv.Itoa(len(inputs))}
	if api {
		args = append(args, "api")
	}
	cmd := o.p.Command(o.p.Inside(o.prog), args...)
	cmd.Path = o.p.Inside(o.prog)
	want := "v1.7"
	if libbpf18 {
		peer.WithLibbpf18(cmd)
		want = "v1.8"
	}
	res := peer.Run(t, cmd)
	if res.ExitCode != 0 || !strings.HasPrefix(string(res.Stdout), want) {
		t.Fatalf("oracle: exit status %d, libbpf %s, want %s: %s", res.ExitCode, res.Stdout, want, res.Stderr)
	}
	return dir
}

func caseFile(dir string, i int, suffix string) string {
	return filepath.Join(dir, fmt.Sprintf("%d.%s", i, suffix))
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// blobs is one input as raw BTF.
type blobs struct{ base, own []byte }

// TestLibbpf compares Dedup with libbpf, byte for byte.
func TestLibbpf(t *testing.T) {
	o := newOracle(t)
	setFailureSteps(t, 0)
	rounds := testRounds(t, 200)
	for _, v := range []struct {
		name   string
		compat Compat
		api    bool
	}{
		{"1.7", LibBPF17, false},
		{"1.8", LibBPF18, false},
		{"1.7 api", LibBPF17, true},
		{"1.8 api", LibBPF18, true},
	} {
		t.Run(v.name, func(t *testing.T) {
			const batch = 1000
			var n, refused, loops, changed int
			for first := 0; first < rounds; first += batch {
				var inputs []blobs
				for seed := first; seed < min(first+batch, rounds); seed++ {
					inputs = append(inputs, randomInput(t, uint64(seed)))
				}
				dir := o.run(t, inputs, v.compat == LibBPF18, v.api)
				for i, in := range inputs {
					switch o.compare(t, dir, i, first+i, in, Options{Compat: v.compat, KeepStrings: v.api}, v.api) {
					case "loop":
						loops++
					case "refused":
						refused++
					case "changed":
						changed++
					}
					n++
				}
				os.RemoveAll(dir)
			}
			t.Logf("%d inputs: %d changed, %d refused, %d endless in libbpf", n, changed, refused, loops)
		})
	}
}

func (o *oracle) compare(t *testing.T, dir string, i, seed int, in blobs, opts Options, api bool) string {
	t.Helper()
	own := in.own
	if api {
		mid, err := os.ReadFile(caseFile(dir, i, "mid"))
		if err != nil {
			reason, _ := os.ReadFile(caseFile(dir, i, "err"))
			t.Errorf("seed %d: %v (%s)", seed, err, reason)
			return ""
		}
		own = mid
	}
	got, err := dedupBlobs(in.base, own, opts)
	want, outErr := os.ReadFile(caseFile(dir, i, "out"))
	if errors.Is(outErr, fs.ErrNotExist) {
		reason, _ := os.ReadFile(caseFile(dir, i, "err"))
		switch {
		case string(reason) == "signal 14": // SIGALRM
			return "loop"
		case err == nil:
			t.Errorf("seed %d: libbpf refuses it: %s", seed, reason)
		}
		return "refused"
	}
	if err != nil {
		t.Errorf("seed %d: %v", seed, err)
		return ""
	}
	if api { // libbpf 1.8 gives BTF of its own making a longer header
		if want, err = rewrite(in.base, want); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, want) {
		t.Errorf("seed %d: different from libbpf (%d bytes, want %d)", seed, len(got), len(want))
		saveCase(t, seed, in.base, own, got, want)
	}
	if len(want) != len(own) {
		return "changed"
	}
	return "same"
}

// saveCase keeps a failing case in the folder that GOPAHOLE_DEDUP_KEEP names.
func saveCase(t *testing.T, seed int, base, own, got, want []byte) {
	dir := os.Getenv("GOPAHOLE_DEDUP_KEEP")
	if dir == "" {
		return
	}
	if base != nil {
		write(t, caseFile(dir, seed, "base"), base)
	}
	write(t, caseFile(dir, seed, "in"), own)
	write(t, caseFile(dir, seed, "got"), got)
	write(t, caseFile(dir, seed, "want"), want)
}

// rewrite gives raw BTF the header that we write.
func rewrite(base, own []byte) ([]byte, error) {
	t, err := parseBlobs(base, own)
	if err != nil {
		return nil, err
	}
	return t.Bytes(), nil
}

func dedupBlobs(base, own []byte, opts Options) ([]byte, error) {
	t, err := parseBlobs(base, own)
	if err != nil {
		return nil, err
	}
	out, err := Dedup(context.Background(), t, opts)
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func parseBlobs(base, own []byte) (*btf.Types, error) {
	var b *btf.Types
	if base != nil {
		var err error
		if b, err = btf.Parse(base, nil); err != nil {
			return nil, fmt.Errorf("base: %w", err)
		}
	}
	return btf.Parse(own, b)
}

// randomInput makes an input: half of them split BTF, some without any sense.
func randomInput(t *testing.T, seed uint64) blobs {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 3))
	var units []*unitBuilder
	switch rng.IntN(6) {
	case 0:
		units = identityUnits(rng)
	case 1, 2:
		for range 1 + rng.IntN(4) {
			n := 1 + rng.IntN(15)
			if rng.IntN(4) == 0 {
				n = 20 + rng.IntN(60)
			}
			units = append(units, randomUnit(rng, n))
		}
	default:
		prog := newProgram(rng, programs[rng.IntN(len(programs))].opts)
		for range 1 + rng.IntN(6) {
			units = append(units, prog.unit())
		}
	}
	n := 0
	if rng.IntN(2) == 0 {
		n = rng.IntN(len(units) + 1)
	}
	var in blobs
	var base *btf.Types
	if n > 0 {
		base = makeTypes(t, rng, nil, units[:n])
		if rng.IntN(3) != 0 {
			// The usual base has no duplicates.
			if clean, err := Dedup(context.Background(), base, Options{}); err == nil {
				base = clean
			}
		}
		in.base = base.Bytes()
	}
	in.own = makeTypes(t, rng, base, units[n:]).Bytes()
	return in
}

// makeTypes turns units into BTF. Some strings are there twice, some are
// not used, unless rng is nil.
func makeTypes(t testing.TB, rng *rand.Rand, base *btf.Types, units []*unitBuilder) *btf.Types {
	t.Helper()
	first, strStart := uint32(1), uint32(0)
	var strs []byte
	if base != nil {
		first = uint32(base.NumIDs())
		strStart = uint32(base.StringStart()) + uint32(len(base.Strings()))
	} else {
		strs = append(strs, 0)
	}
	offsets := make(map[uint32]uint32)
	name := func(n uint32) uint32 {
		if n == 0 {
			return 0
		}
		s := fmt.Sprintf("n%d", n)
		if base != nil && rng != nil && rng.IntN(2) == 0 {
			if off, ok := base.FindString(s); ok {
				return uint32(off)
			}
		}
		if off, ok := offsets[n]; ok && (rng == nil || rng.IntN(10) != 0) {
			return off
		}
		if rng != nil && rng.IntN(10) == 0 {
			strs = append(strs, "unused\x00"...)
		}
		offsets[n] = strStart + uint32(len(strs))
		strs = append(append(strs, s...), 0)
		return offsets[n]
	}
	var words []uint32
	id := first
	for _, u := range units {
		unitBase := id - 1
		for i, shape := range u.words {
			refs := make([]uint32, len(u.refs[i]))
			for j, e := range u.refs[i] {
				if e != 0 {
					e += unitBase
				}
				refs[j] = e
			}
			named := shape
			for _, w := range shapeNames(shape) {
				if &named[0] == &shape[0] {
					named = append([]uint32(nil), shape...)
				}
				named[w] = name(shape[w])
			}
			words = AppendRecord(words, named, refs, func(n uint32) uint32 { return n })
			id++
		}
	}
	types, err := btf.New(nil, base, words, strs)
	if err != nil {
		t.Fatal(err)
	}
	return types
}

// shapeNames returns the indexes of the words of a shape that are names.
func shapeNames(shape []uint32) []int {
	names := []int{0}
	step := 0
	switch btf.KindOf(shape[1]) {
	case btf.KindStruct, btf.KindUnion, btf.KindEnum:
		step = 2
	case btf.KindEnum64:
		step = 3
	case btf.KindFuncProto:
		step = 1
	}
	for i := 3; step != 0 && i < len(shape); i += step {
		names = append(names, i)
	}
	return names
}
