package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
)

// The example: a C file and what gcc made of it, see example/README.md.
var (
	//go:embed example/point.c
	exampleSource []byte
	//go:embed example/point.elf
	exampleObject []byte
)

var exampleVerb = verb{
	name:      "example",
	arguments: "[DIR]",
	summary:   "Encode a small file that comes with this command and show the result; keep all files in DIR if it is given",
	example:   "example point/",
	flags: func(c *command, _ *pflag.FlagSet) func([]string) error {
		return func(operands []string) error {
			switch len(operands) {
			case 0:
				c.mindSignals()
				dir, err := os.MkdirTemp("", "gopahole-example-")
				if err != nil {
					return err
				}
				defer os.RemoveAll(dir)
				return c.example(dir)
			case 1:
				if err := os.MkdirAll(operands[0], 0o777); err != nil {
					return err
				}
				return c.example(operands[0])
			}
			return &verbUsageError{"takes one directory at most"}
		}
	},
}

// example writes the example's files into dir, encodes them, and prints what
// went in, the commands, and what came out.
func (c *command) example(dir string) error {
	source := filepath.Join(dir, "point.c")
	object := filepath.Join(dir, "point.elf")
	output := filepath.Join(dir, "point.btf")
	if err := c.exampleFiles(source, object, output); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "$ cat point.c\n%s\n", exampleSource)

	args := []string{"--btf_features=default", "--btf_encode_detached=point.btf", "point.elf"}
	fmt.Fprintf(c.stdout, "$ gopahole -J %s %s %s\n", args[0], args[1], args[2])
	var o options
	if _, err := parseArgs(encodeFlags(&o), args, false); err != nil {
		return err
	}
	o.detached = output
	if err := c.encode(&o, []string{object}); err != nil {
		return err
	}

	fmt.Fprintf(c.stdout, "\n$ gopahole dump point.btf\n")
	return c.dump(output, nil, dumpOptions{})
}

// exampleFiles writes the files that the example begins with. Files of the user that
// have the same names are not written over: what is there has to be an earlier example.
func (c *command) exampleFiles(source, object, result string) error {
	w := writing{noSync: true}
	for _, f := range []struct {
		name string
		data []byte
	}{{source, exampleSource}, {object, exampleObject}} {
		switch data, err := os.ReadFile(f.name); {
		case errors.Is(err, fs.ErrNotExist):
			w.outputs = append(w.outputs, output{f.name, bytes.NewReader(f.data)})
		case err != nil:
			return err
		case !bytes.Equal(data, f.data):
			return fmt.Errorf("%s: is there and is not the file of the example: name another directory", f.name)
		}
	}
	if _, err := os.Lstat(result); err == nil && len(w.outputs) > 0 {
		return fmt.Errorf("%s: is there and is not the file of the example: name another directory", result)
	}
	return c.newGuard().write(w)
}
