package peer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// blob is BTF of no types with a header of so many bytes.
func blob(order binary.ByteOrder, header int, strs string) []byte {
	b := make([]byte, header)
	order.PutUint16(b, 0xeb9f)
	b[2] = 1
	order.PutUint32(b[4:], uint32(header))
	order.PutUint32(b[20:], uint32(len(strs)))
	return append(b, strs...)
}

func TestSumOf(t *testing.T) {
	short, err := SumOf(blob(binary.LittleEndian, 24, "\x00a\x00"))
	if err != nil || short.Header != 24 {
		t.Fatalf("%+v, %v", short, err)
	}
	long, err := SumOf(blob(binary.LittleEndian, 32, "\x00a\x00"))
	if err != nil || long.Header != 32 || long.SHA256 != short.SHA256 {
		t.Errorf("a longer header: %+v, %v, want %+v", long, err, short)
	}
	for name, other := range map[string][]byte{
		"other strings": blob(binary.LittleEndian, 24, "\x00b\x00"),
		"other order":   blob(binary.BigEndian, 24, "\x00a\x00"),
	} {
		if sum, err := SumOf(other); err != nil || sum.SHA256 == short.SHA256 {
			t.Errorf("%s: %+v, %v", name, sum, err)
		}
	}
	if sum, err := SumOf(nil); err != nil || sum != (Sum{}) {
		t.Errorf("nothing: %+v, %v", sum, err)
	}
	layout := blob(binary.LittleEndian, 32, "\x00")
	layout[28] = 4
	for name, bad := range map[string][]byte{
		"short":    make([]byte, 23),
		"a header": blob(binary.LittleEndian, 24, "")[:24:24],
		"layout":   layout,
	} {
		if name == "a header" {
			bad[4] = 25
		}
		if _, err := SumOf(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestKept: what an interrupted run wrote last is written again, the rest is kept.
func TestKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept")
	k, err := openKept(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(k.add("a", ModuleResult{Module: "a.ko"}), k.add("b", ModuleResult{ExitCode: 1}), k.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)-5], 0o644); err != nil {
		t.Fatal(err)
	}
	if k, err = openKept(path); err != nil {
		t.Fatal(err)
	}
	if len(k.results) != 1 || k.results["a"].Module != "a.ko" {
		t.Errorf("kept %+v", k.results)
	}
	if err := errors.Join(k.add("b", ModuleResult{ExitCode: 1}), k.Close()); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, whole) {
		t.Errorf("got %s, want %s, %v", again, whole, err)
	}
}

func TestSpread(t *testing.T) {
	all := make([]string, 1121)
	for _, n := range []int{1, 15, 100, 1121, 5000} {
		if got := len(spread(all, n)); got < min(n, len(all)) || got > 2*n {
			t.Errorf("%d for %d of %d", got, n, len(all))
		}
	}
	if some := spread([]string{"a", "b", "c", "d", "e"}, 2); len(some) != 3 || some[0] != "a" || some[2] != "e" {
		t.Errorf("%q", some)
	}
}
