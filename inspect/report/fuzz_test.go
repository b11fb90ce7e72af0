package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/internal/goldentest"
)

// FuzzPage makes pages of BTF of any sort: there is a page or an error about a type, its data
// are JSON, every struct of them has whole members, and what they refer to is there.
func FuzzPage(f *testing.F) {
	f.Add(goldentest.Parse(f, smallTypes, nil).Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		types, err := btf.Parse(raw, nil)
		if err != nil {
			return
		}
		structs, err := NewStructs(types, StructOptions{})
		if err != nil {
			if !errors.As(err, new(*layout.DepthError)) {
				t.Fatal(err)
			}
			return
		}
		var out bytes.Buffer
		if err := (&Page{Structs: structs, Sizes: []*Sizes{ByKind(types)}}).Write(&out); err != nil {
			t.Fatal(err)
		}
		block := regexp.MustCompile(`(?s)id="data">(.*?)</script>`).FindSubmatch(out.Bytes())
		var data struct{ Structs structData }
		if err := json.Unmarshal(block[1], &data); err != nil {
			t.Fatal(err)
		}
		d := data.Structs
		for _, row := range d.List {
			if len(row) < 6 || (len(row)-6)%4 != 0 || row[0] >= int64(len(d.Strings)) {
				t.Fatalf("struct %v", row)
			}
			for at := 6; at < len(row); at += 4 {
				if row[at] >= int64(len(d.Strings)) || row[at+1] >= int64(len(d.Types)) || len(d.Types) != len(d.Targets) {
					t.Fatalf("member %v", row[at:at+4])
				}
			}
		}
	})
}
