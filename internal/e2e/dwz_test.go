package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/internal/peer"
)

// TestSupplementaryFileOfModules runs dwz over modules of a kernel, alone and together, and encodes them. The types are
// those of the modules before, and the bytes are those of pahole 1.32 unless it says that it left a unit out which
// something refers to.
func TestSupplementaryFileOfModules(t *testing.T) {
	peers := peer.Get(t)
	dir := peer.Scratch(t)
	in := func(command string) {
		t.Helper()
		if res := peer.Run(t, peers.Command("sh", "-ec", "cd "+peers.Inside(dir)+"; "+command)); res.ExitCode != 0 {
			t.Fatalf("%s: %s%s", command, res.Stdout, res.Stderr)
		}
	}
	var names []string
	for _, module := range smallModules(t, 6) {
		name := strings.TrimSuffix(filepath.Base(module), ".ko")
		names = append(names, name)
		// dwz takes linked files only. Some relocations of code do not fit, which nobody runs.
		in(fmt.Sprintf("ld --noinhibit-exec --unresolved-symbols=ignore-all -e 0 -static --build-id -o %s.whole %s 2>/dev/null; cp %[1]s.whole %[1]s.one; cp %[1]s.whole %[1]s.many; dwz %[1]s.one",
			name, peers.Inside(module)))
	}
	in("dwz -m common -M common *.many")
	pruned := 0
	for _, name := range names {
		want := canonical(t, encodeDefault(t, filepath.Join(dir, name+".whole")))
		for _, kind := range []string{".one", ".many"} {
			file := filepath.Join(dir, name+kind)
			got := encodeDefault(t, file)
			if diff := cmp.Diff(want, canonical(t, got)); diff != "" {
				t.Errorf("%s%s: -before dwz +after\n%s", name, kind, diff)
			}
			theirs, messages := paholeDefault(t, peers, file)
			if strings.Contains(messages, "pruned") {
				pruned++
				continue
			}
			if theirs == nil {
				t.Fatalf("%s: pahole wrote nothing: %s", file, messages)
			}
			if !slices.Equal(theirs, got) {
				t.Errorf("%s%s: %s, pahole %s", name, kind, sum(got), sum(theirs))
			}
		}
	}
	if pruned > len(names) {
		t.Errorf("pahole left out units of %d files of %d, also of those without a supplementary file", pruned, 2*len(names))
	}
}

// smallModules returns n modules of all kinds that dwz is done with soon.
func smallModules(t *testing.T, n int) []string {
	t.Helper()
	var small []string
	for _, module := range peer.Modules(t, "612c") {
		if info, err := os.Stat(module); err == nil && info.Size() < 2<<20 {
			small = append(small, module)
		}
	}
	var some []string
	for i := range n {
		some = append(some, small[i*len(small)/n])
	}
	return some
}

// encodeDefault encodes a file as pahole with libbpf 1.7 does, with more options.
func encodeDefault(t *testing.T, file string, args ...string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.btf")
	args = append([]string{"-J", "--btf_compat=libbpf-1.7", "--btf_features=default", "--btf_encode_detached=" + out}, args...)
	if res := run(t, append(args, file)...); res.exitCode != 0 {
		t.Fatalf("%s: exit status %d: %s", file, res.exitCode, res.stderr)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// paholeDefault has pahole encode a file, into one beside it. It returns nil if pahole wrote nothing.
func paholeDefault(t *testing.T, peers *peer.Peers, file string) (raw []byte, messages string) {
	t.Helper()
	out := filepath.Join(filepath.Dir(file), "pahole.btf")
	os.Remove(out)
	res := peer.Run(t, peers.Command("pahole", "-J", "--btf_features=default", "--btf_encode_detached="+out, file))
	raw, err := os.ReadFile(out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return raw, string(res.Stderr)
}
