package elffile

import (
	"bytes"
	"testing"
)

// Every read of a file with other data in a section is that of the changed file,
// wherever it begins and ends.
func TestOverlay(t *testing.T) {
	file := []byte("0123456789")
	o := &overlay{bytes.NewReader(file), []byte("abc"), 4}
	want := []byte("0123abc789")
	for from := range file {
		for to := from; to <= len(file); to++ {
			got := make([]byte, to-from)
			if n, err := o.ReadAt(got, int64(from)); n != len(got) || err != nil || !bytes.Equal(got, want[from:to]) {
				t.Errorf("%d to %d: %q, %d, %v, want %q", from, to, got, n, err, want[from:to])
			}
		}
	}
	got := make([]byte, 20)
	if n, err := o.ReadAt(got, 5); n != 5 || err == nil || !bytes.Equal(got[:n], want[5:]) {
		t.Errorf("past the end: %q, %d, %v", got, n, err)
	}
}
