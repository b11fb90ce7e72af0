// Package splittest is for tests of packages that distil and relocate split BTF:
// libbpf as an oracle, and a generator of random types.
package splittest

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

//go:embed testdata/oracle.c
var source []byte

// Oracle is the program of testdata/oracle.c, linked with libbpf. Questions are collected
// and answered all at once.
type Oracle struct {
	peers   *peer.Peers
	program string

	input bytes.Buffer
	slots map[string]uint32
	blobs []int // how many the answer to each question has
}

// NewOracle builds the program with the peers' compiler. Without peers the test
// is skipped, see peer.Get.
func NewOracle(t testing.TB) *Oracle {
	t.Helper()
	o := &Oracle{peers: peer.Get(t)}
	dir := peer.Scratch(t)
	file := filepath.Join(dir, "oracle.c")
	if err := os.WriteFile(file, source, 0o644); err != nil {
		t.Fatal(err)
	}
	o.program = filepath.Join(dir, "oracle")
	if res := peer.Run(t, o.peers.Command("gcc", "-O2", "-Wall", "-Werror", "-o", o.program, file, "-lbpf")); res.ExitCode != 0 {
		t.Fatalf("gcc (the peers need libbpf-dev): %s", res.Stderr)
	}
	return o
}

// Knows reports whether libbpf 1.8 knows all kinds of the types and of their bases.
func Knows(types *btf.Types) bool {
	for _, rec := range types.All() {
		if rec.Kind() > btf.LastOld {
			return false
		}
	}
	return true
}

// Answer is what libbpf says. Without an error it comes with the blobs that
// libbpf made.
type Answer struct {
	Errno  int    // positive; 0: no error
	Signal int    // that ended libbpf, such as 14 (SIGALRM) for an endless loop
	Text   string // what libbpf printed
	Blobs  [][]byte
}

// Unread is the Errno of a blob that libbpf does not read.
const Unread = 2000

// Message is the first line that libbpf printed, without its prefix.
func (a *Answer) Message() string {
	line, _, _ := strings.Cut(a.Text, "\n")
	return strings.TrimPrefix(line, "libbpf: ")
}

func (a *Answer) String() string {
	return fmt.Sprintf("errno %d, signal %d, %q", a.Errno, a.Signal, a.Text)
}

func (o *Oracle) number(n uint32) {
	o.input.Write(binary.NativeEndian.AppendUint32(nil, n))
}

func (o *Oracle) slot(raw []byte) uint32 {
	if n, ok := o.slots[string(raw)]; ok {
		return n
	}
	n := uint32(len(o.slots))
	if o.slots == nil {
		o.slots = make(map[string]uint32)
	}
	o.slots[string(raw)] = n
	o.input.WriteByte('B')
	o.number(n)
	o.number(uint32(len(raw)))
	o.input.Write(raw)
	return n
}

func (o *Oracle) ask(command byte, blobs int, raw ...[]byte) {
	var slots []uint32
	for _, r := range raw {
		slots = append(slots, o.slot(r))
	}
	o.input.WriteByte(command)
	for _, s := range slots {
		o.number(s)
	}
	o.blobs = append(o.blobs, blobs)
}

// Distill asks for btf__distill_base. The answer has the new base and the new
// split BTF.
func (o *Oracle) Distill(base, split []byte) { o.ask('D', 2, base, split) }

// DistillChain asks for btf__distill_base of BTF that is split from split BTF.
func (o *Oracle) DistillChain(base, middle, split []byte) { o.ask('M', 2, base, middle, split) }

// Relocate asks for btf__relocate. The answer has the split BTF on the target.
func (o *Oracle) Relocate(base, split, target []byte) { o.ask('R', 1, base, split, target) }

// Answers runs the program with libbpf 1.8 and returns the answers in the order
// of the questions. The oracle is empty afterwards.
func (o *Oracle) Answers(t testing.TB) []Answer {
	t.Helper()
	cmd := o.peers.Command(o.peers.Inside(o.program))
	peer.WithLibbpf18(cmd)
	cmd.Stdin = bytes.NewReader(o.input.Bytes())
	res := peer.Run(t, cmd)
	if version := string(res.Stderr); res.ExitCode != 0 || !strings.HasPrefix(version, "v1.8") {
		t.Fatalf("oracle: exit status %d, libbpf %s, want 1.8", res.ExitCode, version)
	}
	r := reader{t, res.Stdout}
	var answers []Answer
	for _, blobs := range o.blobs {
		a := Answer{Errno: int(r.number()), Text: string(r.bytes())}
		switch {
		case a.Errno > 1000 && a.Errno < Unread:
			a.Errno, a.Signal = 0, a.Errno-1000
		case a.Errno == 0:
			for range blobs {
				a.Blobs = append(a.Blobs, r.bytes())
			}
		}
		answers = append(answers, a)
	}
	if len(r.data) != 0 {
		t.Fatalf("oracle: %d bytes are left after %d answers", len(r.data), len(answers))
	}
	*o = Oracle{peers: o.peers, program: o.program}
	return answers
}

type reader struct {
	t    testing.TB
	data []byte
}

func (r *reader) number() uint32 {
	r.t.Helper()
	if len(r.data) < 4 {
		r.t.Fatal("oracle: its output ends too early")
	}
	n := binary.NativeEndian.Uint32(r.data)
	r.data = r.data[4:]
	return n
}

func (r *reader) bytes() []byte {
	r.t.Helper()
	n := r.number()
	if uint64(n) > uint64(len(r.data)) {
		r.t.Fatal("oracle: its output ends too early")
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

// RoundsVar names the environment variable with the number of random inputs.
const RoundsVar = "GOPAHOLE_SPLIT_ROUNDS"

// Rounds returns how many random inputs a test is to try: usual, or what the
// environment says.
func Rounds(t testing.TB, usual int) int {
	t.Helper()
	s := os.Getenv(RoundsVar)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", RoundsVar, err)
	}
	return n
}
