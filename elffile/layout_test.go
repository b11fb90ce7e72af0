package elffile

import (
	"bytes"
	"debug/elf"
	"testing"

	"github.com/gopahole/gopahole/internal/filetest"
)

// Data that no header describes stay where they are.
func TestTrailingData(t *testing.T) {
	e := testELF{typ: elf.ET_REL, sections: ordinary(testOrder{}), trailer: []byte("appended to the file")}
	data := e.build()
	path := writeFile(t, "m.ko", data)
	for _, n := range []int{10, 1000, 50} {
		set(t, path, Options{}, Content{".BTF", fill8(n, 'b')})
		got := filetest.Read(t, path)
		at := len(data) - len(e.trailer)
		if !bytes.Equal(got[at:][:len(e.trailer)], e.trailer) {
			t.Errorf("the data are gone")
		}
		if len(got) > len(data)+n+len(data)/2+1000 {
			t.Errorf("%d bytes for a section of %d, the file had %d", len(got), n, len(data))
		}
	}
}
