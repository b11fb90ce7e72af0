package dwarf2btf

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
)

// TestTrace: what is recorded changes nothing. Each object is encoded with everything recorded and without, and what
// was recorded fits the result.
func TestTrace(t *testing.T) {
	paths, err := filepath.Glob("../testdata/dwarf/*")
	if err != nil {
		t.Fatal(err)
	}
	compared, skipped := 0, 0
	for _, path := range paths {
		if ext := filepath.Ext(path); ext != ".elf" && ext != ".o" {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			for _, set := range []features.Set{features.Default(), features.Default().With(features.GlobalVar).With(features.TrueSignature), 0} {
				plain, plainErr := convertTraced(t, path, set, nil)
				r := &trace.Recorder{Wants: func([]byte) bool { return true }, WantSources: true}
				traced, err := convertTraced(t, path, set, r)
				if (err == nil) != (plainErr == nil) || err != nil && err.Error() != plainErr.Error() {
					t.Fatalf("recorded: %v; not recorded: %v", err, plainErr)
				}
				if !bytes.Equal(plain, traced) {
					t.Fatal("what is recorded changes the result")
				}
				if err != nil || traced == nil {
					continue
				}
				compared++
				skipped += checkTrace(t, r, traced)
			}
		})
	}
	if compared < 200 || skipped < 20 {
		t.Errorf("only %d results with %d functions that are left out were compared", compared, skipped)
	}
}

// checkTrace returns the number of functions that are left out.
func checkTrace(t *testing.T, r *trace.Recorder, encoded []byte) (skipped int) {
	t.Helper()
	judged := make(map[string]bool)
	for _, in := range r.Instances {
		if (in.Fate == trace.Judged) != (in.Number >= 0) || in.Number >= 0 && in.Prototype == "" {
			t.Errorf("%s: %s, number %d, %q", in.Name, in.Fate, in.Number, in.Prototype)
		}
		judged[in.Name] = judged[in.Name] || in.Number >= 0
	}
	for _, f := range r.Functions {
		if (f.Reason == "") != (f.Encoded != "") || (f.Reason == "") != (f.Words == "") {
			t.Errorf("%s: encoded as %q, reason %q, %q", f.Name, f.Encoded, f.Reason, f.Words)
		}
		if !judged[f.Name] {
			t.Errorf("%s: a verdict, and no instance", f.Name)
		}
		if f.Reason != "" {
			skipped++
		} else if !bytes.Contains(encoded, append([]byte(f.Encoded), 0)) {
			t.Errorf("%s is not in the result", f.Encoded)
		}
	}
	types := 0
	for _, s := range r.Sources {
		types += s.Types
		if strings.Contains(s.Directory, ".c") {
			t.Errorf("directory %s", s.Directory)
		}
	}
	if types == 0 {
		t.Error("no types come from anywhere")
	}
	return skipped
}

func convertTraced(t *testing.T, path string, set features.Set, r *trace.Recorder) ([]byte, error) {
	t.Helper()
	f, err := elffile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	res, err := Convert(context.Background(), []*elffile.File{f}, Options{Features: set, Trace: r})
	if err != nil || res.BTF == nil {
		return nil, err
	}
	return res.BTF.Bytes(), nil
}
