package dedup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
	"github.com/gopahole/gopahole/internal/typegraph"
	"github.com/gopahole/gopahole/internal/unitgen"
	"github.com/gopahole/gopahole/libbpf"
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
func (o *oracle) run(t *testing.T, inputs []unitgen.Input, libbpf18, api bool) string {
	t.Helper()
	dir, err := os.MkdirTemp(o.dir, "cases-*")
	if err != nil {
		t.Fatal(err)
	}
	for i, in := range inputs {
		write(t, caseFile(dir, i, "in"), in.Own)
		if in.Base != nil {
			write(t, caseFile(dir, i, "base"), in.Base)
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

// TestLibbpf compares Dedup with libbpf, byte for byte.
func TestLibbpf(t *testing.T) {
	o := newOracle(t)
	old := typegraph.FailureSteps
	typegraph.FailureSteps = 0 // inputs are small
	t.Cleanup(func() { typegraph.FailureSteps = old })
	rounds := unitgen.Rounds(t, 200)
	for _, v := range []struct {
		name   string
		compat libbpf.Version
		api    bool
	}{
		{"1.7", libbpf.V17, false},
		{"1.8", libbpf.V18, false},
		{"1.7 api", libbpf.V17, true},
		{"1.8 api", libbpf.V18, true},
	} {
		t.Run(v.name, func(t *testing.T) {
			const batch = 1000
			var n, refused, loops, changed int
			for first := 0; first < rounds; first += batch {
				var inputs []unitgen.Input
				for seed := first; seed < min(first+batch, rounds); seed++ {
					inputs = append(inputs, unitgen.RandomInput(t, uint64(seed), clean))
				}
				dir := o.run(t, inputs, v.compat == libbpf.V18, v.api)
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

func (o *oracle) compare(t *testing.T, dir string, i, seed int, in unitgen.Input, opts Options, api bool) string {
	t.Helper()
	own := in.Own
	if api {
		mid, err := os.ReadFile(caseFile(dir, i, "mid"))
		if err != nil {
			reason, _ := os.ReadFile(caseFile(dir, i, "err"))
			t.Errorf("seed %d: %v (%s)", seed, err, reason)
			return ""
		}
		own = mid
	}
	got, err := dedupBlobs(in.Base, own, opts)
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
		if want, err = rewrite(in.Base, want); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, want) {
		t.Errorf("seed %d: different from libbpf (%d bytes, want %d)", seed, len(got), len(want))
		saveCase(t, seed, in.Base, own, got, want)
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
	t, err := unitgen.Input{Base: base, Own: own}.Parse()
	if err != nil {
		return nil, err
	}
	return t.Bytes(), nil
}

func dedupBlobs(base, own []byte, opts Options) ([]byte, error) {
	t, err := unitgen.Input{Base: base, Own: own}.Parse()
	if err != nil {
		return nil, err
	}
	out, err := Dedup(context.Background(), t, opts)
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// clean removes the duplicates of a base.
func clean(base *btf.Types) (*btf.Types, error) {
	return Dedup(context.Background(), base, Options{})
}
