package setup

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite what is wanted in testdata")

func TestHolds(t *testing.T) {
	config := map[string]string{"A": "y", "M": "m", "V": "116", "S": "text"}
	for _, test := range []struct {
		condition string
		want      bool
		fails     bool
	}{
		{"A", true, false},
		{"B", false, false},
		{"M", true, false},
		{"!A", false, false},
		{"!B && A", true, false},
		{"B || A && !B", true, false},
		{"(B || A) && B", false, false},
		{"!(A && M)", false, false},
		{"V >= 116", true, false},
		{"V>=117", false, false},
		{"A || V >= 200", true, false},
		{"!A || V >= 121", false, false},
		{"B >= 1", false, false},
		{`S = "text"`, true, false},
		{"S != text", true, false}, // a symbol of that name is off
		{"A = y", true, false},
		{"B=n", true, false},
		{"", false, true},
		{"A &&", false, true},
		{"(A", false, true},
		{"A B", false, true},
		{"$(success,cc)", false, true},
		{strings.Repeat("!", 1000) + "A", false, true},
	} {
		got, err := holds(test.condition, config)
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %v, error %v", test.condition, got, err)
		}
	}
}

func FuzzHolds(f *testing.F) {
	f.Add("!A && (B || V >= 116)")
	f.Fuzz(func(t *testing.T, condition string) {
		value, err := holds(condition, map[string]string{"A": "y", "V": "116"})
		if negated, nerr := holds("!("+condition+")", map[string]string{"A": "y", "V": "116"}); err == nil && nerr == nil && negated == value {
			t.Errorf("%q and its negation are both %v", condition, value)
		}
	})
}

// TestChecks: each file of testdata is a tree, with what the checks say of it at the end, in the file "want". A file
// bin/NAME is a program that prints its contents. The file env has the environment.
func TestChecks(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			vars := map[string]string{"PATH": filepath.Join(dir, "bin")}
			want := ""
			for _, f := range archive.Files {
				switch {
				case f.Name == "want":
					want = string(f.Data)
					continue
				case f.Name == "env":
					for line := range strings.Lines(string(f.Data)) {
						key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
						vars[key] = strings.ReplaceAll(value, "$DIR", dir)
					}
					continue
				case strings.HasPrefix(f.Name, "bin/"):
					f.Data = fmt.Appendf(nil, "#!/bin/sh\necho '%s'\n", strings.TrimSpace(string(f.Data)))
				}
				path := filepath.Join(dir, f.Name)
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, f.Data, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			var got strings.Builder
			tree, err := Open(filepath.Join(dir, "tree"))
			if err != nil {
				fmt.Fprintln(&got, err)
			} else {
				env := Environment{Getenv: func(key string) string { return vars[key] }}
				if vars["MEMORY"] != "" {
					fmt.Sscan(vars["MEMORY"], &env.FreeMemory)
				}
				checks, err := tree.Checks(context.Background(), env)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&got, "%s whole=%v\n", tree.Release, tree.Whole)
				for _, c := range checks {
					fmt.Fprintf(&got, "%s %v: %s\n", c.Name, c.State, c.Text)
					if c.Cure != "" {
						fmt.Fprintf(&got, "\t%s\n", c.Cure)
					}
				}
			}
			text := strings.ReplaceAll(got.String(), dir+"/", "")
			if *update {
				last := &archive.Files[len(archive.Files)-1] // which is want
				if last.Data = []byte(text); last.Name != "want" {
					t.Fatalf("the last file is %s", last.Name)
				}
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, text); diff != "" {
				t.Errorf("(- want, + got)\n%s", diff)
			}
		})
	}
}

// TestConditions: an option ends where the next one begins, and its help says nothing.
func TestConditions(t *testing.T) {
	got, err := dependsOn(strings.NewReader(`config A
	depends on NO

config DEBUG_INFO_BTF
	bool "x"
	depends on !B && \
		C
	# a remark
	depends on D >= 1
	help
	  depends on what it says

config E
	depends on NO
`), "DEBUG_INFO_BTF")
	if diff := cmp.Diff([]string{"!B && C", "D >= 1"}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
