package mincore_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/ext"
	"github.com/gopahole/gopahole/inspect/mincore"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/peer"
)

// resolved has what becomes of the relocations of an object, a line each.
func resolved(t testing.TB, o *mincore.Object, types *btf.Types) string {
	t.Helper()
	all, err := o.Resolve(types, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := range all {
		r := &all[i]
		fmt.Fprintf(&b, "%v %s: %v, %d → %d", r.Kind, r.Access, r.State(), r.Local, r.Value)
		if r.Err != nil {
			fmt.Fprintf(&b, ": %v", r.Err)
		}
		fmt.Fprintf(&b, " (%d)\n", len(r.Uses))
	}
	return b.String()
}

// TestResolve has what becomes of each relocation on small kernels, which Minimize keeps the
// types of or fails for.
func TestResolve(t *testing.T) {
	for _, g := range goldentest.Load(t) {
		t.Run(g.Name(), func(t *testing.T) {
			types := g.Types(t, "types", nil)
			got := resolved(t, object(t, filepath.Join("testdata", objects[0])), types) // shifts depend on the byte order
			if *update {
				g.Set("resolved", got)
				g.Write(t)
			} else if diff := cmp.Diff(g.Part("resolved"), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestResolveOwn has an object's own types as the kernel's: nothing changes.
func TestResolveOwn(t *testing.T) {
	for _, name := range objects {
		path := filepath.Join("testdata", name)
		types, _ := contents(t, path)
		all, err := object(t, path).Resolve(types, 8, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			if r := &all[i]; r.State() != mincore.Resolves || r.Local != r.Value {
				t.Errorf("%s: %v %s: %v, %d → %d", name, r.Kind, r.Access, r.State(), r.Local, r.Value)
			}
		}
	}
}

// TestResized has a kernel in which a member has another size. A load can be adapted if it
// is of unsigned numbers or of pointers, and another instruction does not know the size.
func TestResized(t *testing.T) {
	const ownTypes = "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=%s\n[2] STRUCT 's' size=8 vlen=1\n\t'm' type_id=1 bits_offset=0\n"
	for encoding, want := range map[string]mincore.State{"SIGNED": mincore.Poisoned, "(none)": mincore.Resolves} {
		kernel := goldentest.Parse(t, fmt.Sprintf("[1] INT 'long' size=8 bits_offset=0 nr_bits=64 encoding=%s\n[2] STRUCT 's' size=8 vlen=1\n\t'm' type_id=1 bits_offset=0\n", encoding), nil)
		own, access := program(t, fmt.Sprintf(ownTypes, encoding), "0:0")
		o, err := mincore.NewObject("o", own, relocations(ext.CoreRelo{Type: 2, Access: access[0]}), 8)
		if err != nil {
			t.Fatal(err)
		}
		for insn, state := range map[byte]mincore.State{0x61: want, 0x62: want, 0x63: want, 0xb7: mincore.Resolves, 0x18: mincore.Resolves} {
			all, err := o.Resolve(kernel, 8, func(string) []byte { return []byte{insn} })
			if err != nil {
				t.Fatal(err)
			}
			if got := all[0].State(); got != state {
				t.Errorf("%s, instruction %#x: %v, want %v", encoding, insn, got, state)
			}
		}
	}
}

// TestNeeds has functions, variables and structs of functions that a kernel has, has not, or
// has in another form.
func TestNeeds(t *testing.T) {
	const ownTypes = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1
	'a' type_id=1
[3] FUNC 'fits' type_id=2 linkage=extern
[4] FUNC 'other___v2' type_id=2 linkage=extern
[5] FUNC 'gone' type_id=2 linkage=extern
[6] VAR 'variable' type_id=1, linkage=extern
[7] CONST '(anon)' type_id=0
[8] VAR 'typeless' type_id=7, linkage=extern
[9] DATASEC '.ksyms' size=0 vlen=5
	type_id=3 offset=0 size=0 (FUNC 'fits')
	type_id=4 offset=0 size=0 (FUNC 'other___v2')
	type_id=5 offset=0 size=0 (FUNC 'gone')
	type_id=6 offset=0 size=4 (VAR 'variable')
	type_id=8 offset=0 size=0 (VAR 'typeless')
[10] PTR '(anon)' type_id=2
[11] STRUCT 'ops' size=24 vlen=3
	'f' type_id=10 bits_offset=0
	'new' type_id=10 bits_offset=64
	'n' type_id=1 bits_offset=128
[12] VAR 'my_ops' type_id=11, linkage=global
[13] STRUCT 'none' size=4 vlen=0
[14] VAR 'my_none' type_id=13, linkage=global
[15] DATASEC '.struct_ops.link' size=28 vlen=2
	type_id=12 offset=0 size=24 (VAR 'my_ops')
	type_id=14 offset=24 size=4 (VAR 'my_none')
`
	const kernel = `[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1
	'b' type_id=1
[3] FUNC_PROTO '(anon)' ret_type_id=1 vlen=0
[4] FUNC 'fits' type_id=2 linkage=static
[5] FUNC 'other' type_id=3 linkage=static
[6] VAR 'variable' type_id=1, linkage=global
[7] PTR '(anon)' type_id=2
[8] INT 'long' size=8 bits_offset=0 nr_bits=64 encoding=SIGNED
[9] STRUCT 'ops' size=16 vlen=2
	'f' type_id=7 bits_offset=0
	'n' type_id=8 bits_offset=64
[10] STRUCT 'bpf_struct_ops_ops' size=16 vlen=1
	'data' type_id=9 bits_offset=0
[11] STRUCT 'none' size=4 vlen=0
`
	own, access := program(t, ownTypes, "0")
	o, err := mincore.NewObject("o", own, relocations(ext.CoreRelo{Type: 1, Access: access[0], Kind: ext.TypeExists}), 8)
	if err != nil {
		t.Fatal(err)
	}
	needs, err := o.Needs(goldentest.Parse(t, kernel, nil), 8)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, n := range needs {
		fmt.Fprintf(&got, "%s %s: absent %v, %v, %v\n", n.Kind, n.Name, n.Absent, n.Err, n.Missing)
	}
	const want = `kfunc fits: absent false, <nil>, []
kfunc other___v2: absent false, its type is not compatible with that of the kernel, type 3, []
kfunc gone: absent true, <nil>, []
ksym variable: absent false, <nil>, []
struct_ops ops: absent false, n has 4 bytes in the program and 8 in the kernel, [{new .struct_ops.link 8 8}]
struct_ops none: absent true, <nil>, []
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestPeerResolve compares with what libbpf says of each relocation when bpftool makes
// min_core_btf with its debugging texts.
func TestPeerResolve(t *testing.T) {
	dir := peer.Scratch(t)
	object0 := put(t, filepath.Join(dir, objects[0]), read(t, filepath.Join("testdata", objects[0])))
	matching := regexp.MustCompile(`relo #(\d+): matching candidate #0 <byte_off> .* @ offset (\d+)(?:\.\d+)?\)`)
	none := regexp.MustCompile(`relo #(\d+): no matching targets found`)
	for _, g := range goldentest.Load(t) {
		if g.Part("error") != "" {
			continue // bpftool ends
		}
		t.Run(g.Name(), func(t *testing.T) {
			types := g.Types(t, "types", nil)
			kernel := put(t, filepath.Join(dir, g.Name()+".btf"), types.Bytes())
			res := peer.Run(t, peer.Get(t).Command("bpftool", "-d", "gen", "min_core_btf", kernel, filepath.Join(dir, "out.btf"), object0))
			all, err := object(t, filepath.Join("testdata", objects[0])).Resolve(types, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			said := 0
			for _, section := range strings.Split(string(res.Stderr)+string(res.Stdout), "\n") {
				name, _, _ := strings.Cut(strings.TrimPrefix(section, "libbpf: prog '"), "'")
				if m := none.FindStringSubmatch(section); m != nil {
					said++
					if r := nth(t, all, name, m[1]); r != nil && r.Found {
						t.Errorf("libbpf finds nothing, and gopahole %v %s", r.Kind, r.Access)
					}
				}
				if m := matching.FindStringSubmatch(section); m != nil {
					said++
					if r := nth(t, all, name, m[1]); r != nil && (!r.Found || fmt.Sprint(r.Value) != m[2]) {
						t.Errorf("%s: libbpf has offset %s, gopahole %v: %d", r.Access, m[2], r.State(), r.Value)
					}
				}
			}
			if said == 0 && g.Name() != "empty" {
				t.Errorf("libbpf said nothing: %s", res.Stderr)
			}
		})
	}
}

// nth returns the resolution of relocation number n of a program, whose relocations are in
// the order of its instructions.
func nth(t *testing.T, all []mincore.Resolution, section, n string) *mincore.Resolution {
	t.Helper()
	want, err := strconv.Atoi(n)
	if err != nil {
		t.Fatal(err)
	}
	var insns []uint32
	by := make(map[uint32]*mincore.Resolution)
	for i := range all {
		for _, u := range all[i].Uses {
			if u.Section == section {
				insns = append(insns, u.Insn)
				by[u.Insn] = &all[i]
			}
		}
	}
	if want >= len(insns) {
		t.Errorf("section %s has %d relocations, libbpf numbers one %d", section, len(insns), want)
		return nil
	}
	slices.Sort(insns)
	return by[insns[want]]
}
