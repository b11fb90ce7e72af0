package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// TestApart compares files whose debugging information pahole 1.32 does not find, or takes a part of, with the same
// program in one file: the bytes are the same.
func TestApart(t *testing.T) {
	for _, tt := range []struct{ name, rule, object, whole string }{
		{
			name: "symbols", rule: "A file without symbols has those of its separate debug file.",
			object: "debuglink-no-symtab.elf", whole: "debuglink-gcc-dwarf5.elf",
		},
		{
			name: "debug_sup", rule: "A supplementary file of DWARF 5 (dwz -5) is as good as the other kind.",
			object: "sup-gcc-dwarf5.elf", whole: "altlink-gcc-dwarf5.elf",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, row := range goldenRows {
				encode := func(object string) string {
					out := filepath.Join(t.TempDir(), "out.btf")
					args := append([]string{"-J", "--btf_encode_detached=" + out}, row.flags...)
					if res := run(t, append(args, filepath.Join(root, "testdata/dwarf", object))...); res.exitCode != 0 {
						t.Fatalf("%s, %s: exit status %d: %s", object, row.name, res.exitCode, res.stderr)
					}
					raw, err := os.ReadFile(out)
					if err != nil {
						t.Fatal(err)
					}
					return dump(t, raw)
				}
				if got, want := encode(tt.object), encode(tt.whole); got != want {
					t.Errorf("%s %s: got\n%s\nwant\n%s", tt.rule, row.name, got, want)
				}
			}
		})
	}
}
