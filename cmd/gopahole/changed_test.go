package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopahole/gopahole/dwarf2btf"
)

// changes are what other programs do to a file, by what is said of it.
var changes = map[string]func(name string) error{
	"it was replaced": func(name string) error {
		data, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(name+".new", data, 0o644)
		}
		return errors.Join(err, os.Rename(name+".new", name))
	},
	"its contents changed": func(name string) error {
		return os.Chtimes(name, time.Time{}, time.Now().Add(time.Hour))
	},
	"it is gone": os.Remove,
}

// TestChanged: another program replaces or changes the input during the run, whose result
// is of a file then that nobody has. Nothing is written, wherever it would go.
func TestChanged(t *testing.T) {
	for what, change := range changes {
		for _, args := range [][]string{
			{"-J"},
			{"-J", "--btf_encode_detached=OUT/x.btf"},
			{"encode", "--in_place"},
			{"encode", "-o", "OUT"},
		} {
			file, out := object(t), t.TempDir()
			for i := range args {
				args[i] = strings.Replace(args[i], "OUT", out, 1)
			}
			f := fakeRun{result: oneInt(t), during: func(context.Context, dwarf2btf.Options) {
				if err := change(file); err != nil {
					t.Error(err)
				}
			}}
			if code := f.run(append(args, file)...); code != exitFailure {
				t.Errorf("%v: exit code %d, %s", args, code, &f.stderr)
			}
			if got, want := f.stderr.String(), "gopahole: "+file+": changed while it was read ("+what+"): run the command again\n"; !strings.HasPrefix(got, want) {
				t.Errorf("%v: %q, want %q", args, got, want)
			}
			if got, err := os.ReadFile(file); err == nil && !bytes.Equal(got, exampleObject) {
				t.Errorf("%v: %s, and the file has the result", args, what)
			}
			if left, err := filepath.Glob(out + "/*"); err != nil || len(left) > 0 {
				t.Errorf("%v: %s, and %v is there", args, what, left)
			}
		}
	}
}
