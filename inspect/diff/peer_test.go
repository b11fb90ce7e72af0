package diff_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/diff"
	"github.com/gopahole/gopahole/internal/peer"
)

// A peerType is a type in JSON of bpftool.
type peerType struct {
	Kind, Name, Encoding string
	Size                 uint32
	Values               []struct {
		Name string
		Val  json.Number
	}
}

// value returns a value as it is. bpftool extends the sign of unsigned ones of 32 bits.
func (p *peerType) value(v json.Number) string {
	n, err := strconv.ParseUint(v.String(), 10, 64)
	if err == nil && p.Kind == "ENUM" && p.Encoding == "UNSIGNED" {
		return strconv.FormatUint(n&0xffffffff, 10)
	}
	return v.String()
}

// peerTypes returns the structs, unions and enums of a kernel that are alone with their name, by
// sort and name. bpftool says what they are.
func peerTypes(t *testing.T, kernel string) map[string]peerType {
	t.Helper()
	var all struct{ Types []peerType }
	if err := json.Unmarshal(peer.Bpftool(t, "-j", "btf", "dump", "file", peer.Vmlinux(t, kernel)), &all); err != nil {
		t.Fatal(err)
	}
	sorts := map[string]string{"STRUCT": "struct ", "UNION": "union ", "ENUM": "enum ", "ENUM64": "enum "}
	types, count := make(map[string]peerType), make(map[string]int)
	for _, typ := range all.Types {
		if sort := sorts[typ.Kind]; sort != "" && typ.Name != "(anon)" {
			types[sort+typ.Name] = typ
			count[sort+typ.Name]++
		}
	}
	maps.DeleteFunc(types, func(name string, _ peerType) bool { return count[name] > 1 })
	return types
}

// TestPeerKernels compares what has changed between two kernels with what a look at bpftool's
// JSON of both says: sizes, and values of enumerators.
func TestPeerKernels(t *testing.T) {
	for _, pair := range [][2]string{{"61c", "612c"}, {"612c", "72c"}, {"72c", "61c"}} {
		t.Run(pair[0]+" "+pair[1], func(t *testing.T) {
			old, now := peerTypes(t, pair[0]), peerTypes(t, pair[1])
			var want []string
			for name, o := range old {
				n, ok := now[name]
				if !ok {
					continue
				}
				if o.Size != n.Size {
					want = append(want, name+": size")
				}
				values := make(map[string]string)
				for _, v := range o.Values {
					values[v.Name] = o.value(v.Val)
				}
				for _, v := range n.Values {
					if before, ok := values[v.Name]; ok && before != n.value(v.Val) {
						want = append(want, name+": "+v.Name)
					}
				}
			}
			oldTypes, err := elffile.OpenBTF(peer.Vmlinux(t, pair[0]), nil)
			if err != nil {
				t.Fatal(err)
			}
			newTypes, err := elffile.OpenBTF(peer.Vmlinux(t, pair[1]), nil)
			if err != nil {
				t.Fatal(err)
			}
			changes, err := diff.Compare(oldTypes, newTypes, diff.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range changes {
				if _, ok := old[c.Title()]; !ok {
					continue
				}
				if _, ok := now[c.Title()]; !ok {
					continue
				}
				for _, d := range c.Details {
					switch {
					case d.Class == diff.Size && d.What == "":
						got = append(got, c.Title()+": size")
					case d.Class == diff.Value && d.What == "enumerator":
						got = append(got, c.Title()+": "+d.Name)
					}
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if len(want) < 100 {
				t.Errorf("%d differences, there must be more", len(want))
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-bpftool +diff)\n%s", d)
			}
		})
	}
}
