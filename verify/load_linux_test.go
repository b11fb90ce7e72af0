package verify_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/filetest"
	"github.com/gopahole/gopahole/internal/peer"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// A tally counts what was compared with the running kernel.
type tally struct {
	linux                               *kernel.Release
	compared, taken, refused, undecided int
	messages                            map[string]bool
	different                           int
}

func newTally(t testing.TB) *tally { return &tally{linux: running(t), messages: map[string]bool{}} }

// compare gives BTF to the kernel and to verify and wants the same verdict, errno
// and end of the log. It returns false when there were enough differences.
func (c *tally) compare(t testing.TB, name string, raw []byte) bool {
	t.Helper()
	rep := verify.Check(raw, verify.Options{Release: c.linux, Load: true, Order: binary.NativeEndian})
	c.compared++
	if rep.Has(verify.Undecided) {
		c.undecided++ // kernels have defects there, so it is not even given to this one
		return true
	}
	errno, log, err := bpfLoad(raw)
	if err != nil {
		t.Fatal(err)
	}
	var got kernel.Errno
	var line []byte
	if f := rep.Refusal; f != nil {
		got, line = f.Errno, []byte(f.Line)
		c.refused++
		c.messages[f.Message] = true
	} else {
		c.taken++
	}
	log = bytes.TrimSuffix(log, []byte("\n"))
	if got == errno && (got == 0 || endsWithLine(log, line)) {
		return true
	}
	if len(log) > 1000 {
		log = log[len(log)-1000:]
	}
	dump := ""
	if len(raw) < 1500 {
		dump = hex.Dump(raw)
	}
	t.Errorf("%s: the kernel says %d, and its log ends\n%s\nverify says %d\n%s\n%s", name, int(errno), log, int(got), line, dump)
	c.different++
	return c.different < 5
}

// endsWithLine reports whether the last lines of a log are these. A name may hold
// newlines, so the log cannot be split first.
func endsWithLine(log, line []byte) bool {
	rest, ok := bytes.CutSuffix(log, line)
	return ok && (len(line) == 0 || len(rest) == 0 || rest[len(rest)-1] == '\n')
}

func (c *tally) log(t testing.TB) {
	t.Helper()
	t.Logf("%d compared, %d taken, %d refused with %d different messages, %d not decided", c.compared, c.taken, c.refused, len(c.messages), c.undecided)
}

func TestLoadRaw(t *testing.T) {
	c := newTally(t)
	for _, tc := range rawCases {
		c.compare(t, tc.name, tc.blob())
	}
	c.log(t)
}

// mutations is the number of blobs in each of the two long tests.
func mutations(t *testing.T) int {
	if testing.Short() {
		return 2000
	}
	return 40000
}

func TestLoadRandom(t *testing.T) {
	c := newTally(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range mutations(t) {
		raw := randomBTF(r, 14)
		if r.IntN(2) == 0 {
			raw = mutate(r, raw)
		}
		if !c.compare(t, "random", raw) {
			break
		}
	}
	c.log(t)
}

// encodedSeeds returns BTF of real files: what libbpf made, and what is encoded from
// the objects of several compilers and languages.
func encodedSeeds(t *testing.T) (seeds [][]byte) {
	t.Helper()
	files, err := filepath.Glob("../btf/testdata/*/*.btf")
	if err != nil || len(files) == 0 {
		t.Fatal("no BTF in testdata", err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, raw)
	}
	objects, err := filepath.Glob("../testdata/dwarf/*.elf")
	if err != nil || len(objects) == 0 {
		t.Fatal("no objects in testdata", err)
	}
	for _, name := range objects {
		f, err := elffile.Open(name)
		if err != nil {
			continue
		}
		res, err := dwarf2btf.Convert(t.Context(), []*elffile.File{f}, dwarf2btf.Options{Features: features.Default()})
		f.Close()
		if err == nil && res.BTF != nil { // some are there to fail
			seeds = append(seeds, res.BTF.Bytes())
		}
	}
	t.Logf("%d files", len(seeds))
	return seeds
}

func TestLoadMutated(t *testing.T) {
	c := newTally(t)
	seeds := encodedSeeds(t)
	for _, tc := range rawCases {
		seeds = append(seeds, tc.blob())
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range mutations(t) {
		if !c.compare(t, "mutated", mutate(r, seeds[r.IntN(len(seeds))])) {
			break
		}
	}
	c.log(t)
}

// TestLoadKernels compares on BTF of whole kernels, as it is and changed.
func TestLoadKernels(t *testing.T) {
	c := newTally(t)
	r := rand.New(rand.NewPCG(5, 6))
	blobs := map[string][]byte{}
	if raw, err := os.ReadFile("/sys/kernel/btf/vmlinux"); err == nil {
		blobs["running"] = raw
	}
	if _, err := peer.FromEnv(); err == nil {
		for _, k := range []string{"61c", "612c"} {
			blobs[k] = filetest.Section(t, peer.Vmlinux(t, k), ".BTF")
		}
	}
	for name, raw := range blobs {
		c.compare(t, name, raw)
		for range 25 {
			if testing.Short() || !c.compare(t, name, mutate(r, raw)) {
				break
			}
		}
	}
	c.log(t)
}
