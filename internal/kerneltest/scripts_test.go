package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gopahole/gopahole/internal/peer"
)

func TestApplyEdits(t *testing.T) {
	src := fstest.MapFS{"a": {Data: []byte("one two one")}, "b": {Data: []byte("three")}}
	for _, tc := range []struct {
		name  string
		edits []edit
		want  map[string]string
		err   string
	}{
		{"one", []edit{{"a", "two", "2"}}, map[string]string{"a": "one 2 one"}, ""},
		{"one after the other, in two files", []edit{{"a", " two", ""}, {"b", "three", "3\n"}, {"a", "one one", "1"}}, map[string]string{"a": "1", "b": "3\n"}, ""},
		{"not there", []edit{{"a", "three", ""}}, nil, `a has "three" 0 times, want once`},
		{"there twice", []edit{{"a", "one", ""}}, nil, `a has "one" 2 times, want once`},
		{"no such file", []edit{{"c", "one", ""}}, nil, "c: file does not exist"},
		{"removed by an edit before", []edit{{"b", "three", ""}, {"b", "three", ""}}, nil, `b has "three" 0 times, want once`},
	} {
		got, err := applyEdits(src, tc.edits)
		switch {
		case tc.err == "" && err != nil, tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)):
			t.Errorf("%s: error %v, want %q", tc.name, err, tc.err)
		case !maps.Equal(got, tc.want):
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestWithScripts(t *testing.T) {
	peers := peer.Get(t)
	dir := peer.Scratch(t)
	src := filepath.Join(dir, "src")
	script := filepath.Join(src, "scripts", "x")
	if err := os.MkdirAll(filepath.Dir(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte("as it was\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tr := &tree{suite: &suite{peers: peers}, src: src, dir: dir}
	changed, err := tr.withScripts("test", []edit{{"scripts/x", "was", "will be"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		tree *tree
		want string
	}{{changed, "as it will be\n"}, {tr, "as it was\n"}} {
		out, err := tc.tree.command("cat", script).CombinedOutput()
		if err != nil || string(out) != tc.want {
			t.Errorf("%q, %v, want %q", out, err, tc.want)
		}
	}
	if text, err := os.ReadFile(script); err != nil || string(text) != "as it was\n" {
		t.Errorf("the sources have changed: %q, %v", text, err)
	}
}
