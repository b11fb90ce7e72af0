package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// newlib returns a case as it is over the libbpf after 1.8: with files of their own in
// expected-newlib where that makes a difference.
func (c *resolve73Case) newlib(t *testing.T) *resolve73Case {
	t.Helper()
	n := &resolve73Case{args: append([]string{"--btf_compat=libbpf-1.9"}, c.args...), status: c.status, parts: map[string][]byte{}}
	for name, data := range c.parts {
		n.parts[name] = data
	}
	status, ok := c.parts["expected-newlib/status"]
	if !ok {
		return n
	}
	for name := range c.parts {
		if strings.HasPrefix(name, "expected/") {
			delete(n.parts, name)
		}
	}
	for name, data := range c.files("expected-newlib/") {
		n.parts["expected/"+name] = data
	}
	if n.status = 0; string(bytes.TrimSpace(status)) != "0" {
		t.Fatalf("status %s", status)
	}
	return n
}

// TestResolve73Newlib runs the cases with the libbpf after 1.8, which makes the same of
// nearly all of them.
func TestResolve73Newlib(t *testing.T) {
	paths, err := filepath.Glob(resolve73Cases)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	others := 0
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		if strings.HasPrefix(name, "T2-") || strings.HasPrefix(name, "L-") || strings.HasPrefix(name, "P-") || name == "T1-N" {
			continue // about BTF inline, without BTF, or different on purpose
		}
		old := loadResolve73(t, path)
		c := old.newlib(t)
		if !bytes.Equal(c.parts["expected/x.o.BTF"], old.parts["expected/x.o.BTF"]) {
			others++
		}
		t.Run(name, func(t *testing.T) {
			c.write(t)
			var stdout, stderr bytes.Buffer
			status := run(append([]string{resolveName, "--kfuncs=sets"}, c.args...), noEnv, &stdout, &stderr)
			c.checkMessages(t, status, stderr.String())
			if status != c.status || !sameFiles(t, c.outputs()) {
				t.Errorf("status %d, want %d and its files; %s", status, c.status, stderr.Bytes())
			}
		})
	}
	if others != 4 {
		t.Errorf("%d cases are different with this libbpf", others)
	}
}
