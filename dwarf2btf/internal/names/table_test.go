package names

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unsafe"
)

// There are 100,000 names in a kernel: what says where a text is does not grow by accident.
func TestSize(t *testing.T) {
	if size := unsafe.Sizeof(span{}); size != 12 {
		t.Errorf("span has %d bytes, want 12", size)
	}
}

// Equal strings have equal identities, whoever interns them, and texts do not
// change when the table grows.
func TestNames(t *testing.T) {
	table := NewTable(nil)
	text := func(i int) []byte {
		if i%1000 == 7 {
			return bytes.Repeat([]byte{byte('a' + i%26)}, blockSize+i) // longer than a block
		}
		return []byte(fmt.Sprint("name ", i))
	}
	const n, workers = 20000, 4
	var ids [workers][n]ID
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range n {
				k := (i + w*n/workers) % n
				ids[w][k] = table.Intern(text(k))
				if got := table.Bytes(ids[w][k]); !bytes.Equal(got, text(k)) {
					t.Errorf("%.20q reads as %.20q", text(k), got)
					return
				}
			}
		})
	}
	wg.Wait()
	seen := map[ID]bool{}
	for i := range n {
		for w := 1; w < workers; w++ {
			if ids[w][i] != ids[0][i] {
				t.Fatalf("%d: identities %d and %d", i, ids[w][i], ids[0][i])
			}
		}
		if ids[0][i] == 0 || seen[ids[0][i]] {
			t.Fatalf("%d: identity %d", i, ids[0][i])
		}
		seen[ids[0][i]] = true
	}
	if table.Intern(nil) != 0 || table.Bytes(0) != nil || table.Err() != nil {
		t.Error("the empty string has an identity")
	}
}

// A table that is full says so.
func TestNamesLimit(t *testing.T) {
	table := NewTable(nil)
	table.limit = 100
	first := table.Intern([]byte(strings.Repeat("x", 60)))
	if first == 0 || table.Err() != nil {
		t.Fatal("no room for the first name")
	}
	if table.Intern([]byte(strings.Repeat("y", 60))) != 0 || table.Err() == nil {
		t.Error("room for 120 bytes")
	}
	if table.Intern([]byte(strings.Repeat("x", 60))) != first {
		t.Error("the first name is lost")
	}
}
