package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/ext"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/inspect/mincore"
	"github.com/gopahole/gopahole/libbpf"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/unpack"
)

// genCoreVerb makes BTF for BPF programs on kernels that have none.
var genCoreVerb = verb{
	name:      "gen core",
	arguments: "-B BTF... -o OUT OBJECT...",
	summary:   "Make the BTF that BPF objects need of a kernel, as bpftool gen min_core_btf",
	example: `gen core -B vmlinux -o min.btf prog.bpf.o
		gen core -B btfhub/ubuntu -o min/ prog.bpf.o other.bpf.o`,
	details: `
The relocations by type (CO-RE) of all OBJECTs, which are compiled with clang -target bpf
-g, are matched with the types of a kernel, as libbpf does when it loads them. What they
look at is kept, and nothing else: a few kilobytes that a program brings along for each
kernel without BTF (btf_custom_path of libbpf's bpf_object_open_opts).

With one BTF, OUT is a file, raw BTF that is compressed if its name ends in .xz, .zst or
.gz, unless there is a directory of that name. With several, and
for a directory, which stands for all BTF of kernels below it, OUT is a directory, and is
made: results are in it by the names of the BTF, with .btf at their end, and by the
directories below that which was given. A BTF that cannot be done does not keep others
from it. Objects are read once, and -j BTFs are in memory at a time. --json prints file,
output, bytes and types for each, or file and error.

A module called core is ./core for the verb gen.

Exit status: 0 if all were done; 1 if some were not; 2 for wrong arguments; 3 for a file
that cannot be read, or whose relocations are malformed.
`,
	reads: true,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		g := &coreRun{command: c, jobs: 1}
		baseList(fs, &g.bases, "a kernel's `BTF`: its vmlinux, raw data, either compressed or not, or a directory of them; "+
			"given again, another one")
		c.outputFlag(fs, &g.output, "write the result to `OUT`, a file or a directory")
		compatFlag(fs, &g.compat)
		fs.VarP(&jobsValue{n: &g.jobs}, "jobs", "j", "work on `N` BTFs at a time; 1 by default, so that one is in memory")
		c.jsonFlag(fs, "print a line of JSON for each BTF")
		c.verboseFlag(fs, "say how large each result is")
		return g.run
	},
}

// A coreRun is one run of the verb gen core.
type coreRun struct {
	*command
	bases   []string
	output  string
	jobs    int // BTFs at a time
	compat  libbpf.Version
	guard   *guard
	objects []string
	kernels *mincore.Minimizer
	several bool // BTFs
}

func (g *coreRun) run(operands []string) error {
	switch {
	case len(operands) == 0:
		return &verbUsageError{"takes BPF objects"}
	case len(g.bases) == 0:
		return &verbUsageError{"--base says which kernels the BTF is for"}
	case g.output == "":
		return &verbUsageError{"-o says where the result goes"}
	case g.json && g.output == stdoutFile:
		return errTwoResults
	}
	found, err := findOperands(g.bases, "BTF of a kernel", isNoModule)
	if err != nil {
		return &unreadableError{err}
	}
	g.guard, g.objects = g.newGuard(), operands
	for _, o := range found {
		if err := g.guard.reads(roleBase, o.path); err != nil {
			return err
		}
	}
	if err := g.guard.reads(roleInput, operands...); err != nil {
		return err
	}
	var objects []*mincore.Object
	for _, name := range operands {
		o, err := loadObject(name)
		if err != nil {
			return &unreadableError{err}
		}
		objects = append(objects, o)
	}
	g.kernels = mincore.New(objects...)
	if len(found) == 1 && !found[0].found && found[0].err == nil && !isDirectory(g.output) {
		if err := g.guard.writes(g.output); err != nil {
			return err
		}
		made, err := g.minimize(found[0].path, g.output)
		if err != nil {
			return err
		}
		return g.sayMade(made)
	}
	return g.all(found)
}

// all works on several BTFs.
func (g *coreRun) all(found []operand) error {
	outputs, err := g.outputs(found)
	if err != nil {
		return err
	}
	g.several = true
	g.collector.ExpectGarbage()
	var codes statusCodes
	done := 0
	err = inOrder(g.command, g.jobs, found, func(i int, r *coreDone) {
		if *r = (coreDone{err: found[i].err}); r.err == nil {
			r.made, r.err = g.minimize(found[i].path, outputs[i])
			r.skipped = found[i].found && errors.Is(r.err, errNoKernelBTF)
		}
	}, func(i int, r *coreDone) error {
		o := found[i]
		if r.skipped {
			return nil
		}
		codes.add(r.err)
		if r.err == nil {
			done++
			return g.sayMade(r.made)
		}
		if g.context().Err() != nil {
			return r.err
		}
		g.complain(r.err)
		if !g.json {
			return nil
		}
		return g.printJSON(&madeReport{jsonHead: g.jsonHead(o.path), Error: r.err.Error()})
	})
	if cause, ok := context.Cause(g.context()).(*signalError); ok && err != nil {
		return &batchInterruptedError{cause, "written", done, len(found)}
	}
	if err != nil {
		return err
	}
	if codes.all == 0 {
		return &unreadableError{fileError(g.bases[0], &emptyError{"BTF of a kernel"})}
	}
	return codes.result("done")
}

// A coreDone is what became of one BTF.
type coreDone struct {
	made    *madeReport
	err     error
	skipped bool // it was found in a directory, and is no BTF of a kernel
}

func (d coreDone) fate() fate {
	if d.skipped {
		return fateSkipped
	}
	return fateOf(d.err)
}

// outputs names the results, and sees to it that they could be written.
func (g *coreRun) outputs(found []operand) ([]string, error) {
	names := make([]string, len(found))
	taken := make(map[string]string)
	for i, o := range found {
		if o.err != nil {
			continue
		}
		names[i] = filepath.Join(g.output, g.nameBelow(o))
		if other, ok := taken[names[i]]; ok {
			return nil, &verbUsageError{fmt.Sprintf("%s and %s would both be written to %s", other, o.path, names[i])}
		}
		taken[names[i]] = o.path
	}
	return names, nil
}

// nameBelow returns the name of a result in the directory for all.
func (g *coreRun) nameBelow(o operand) string {
	name := filepath.Base(o.path)
	for _, dir := range g.bases {
		prefix := strings.TrimSuffix(dir, string(filepath.Separator)) + string(filepath.Separator)
		if below, ok := strings.CutPrefix(o.path, prefix); ok && o.found {
			name = below
			break
		}
	}
	return strings.TrimSuffix(withoutCompression(name), ".btf") + ".btf"
}

// errNoKernelBTF is wrapped by the errors for files that are something else than a
// kernel's BTF. In a directory they are passed over.
var errNoKernelBTF = errors.New("no BTF of a kernel")

// minimize writes what the objects need of one BTF. Several goroutines may call it.
func (g *coreRun) minimize(name, output string) (*madeReport, error) {
	g.guard.opens(name)
	var small *btf.Types
	var m mappedBTF
	err := m.use(func() error {
		types, pointer, err := loadKernelBTF(name, m.load)
		if err != nil {
			return &unreadableError{err}
		}
		if small, err = g.kernels.Minimize(types, pointer); err != nil {
			return fileError(name, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	small = small.WithLongHeader(g.compat != libbpf.V17)
	if err := os.MkdirAll(filepath.Dir(output), 0o777); err != nil {
		return nil, fileError(output, err)
	}
	out := outputsOf((&module.Module{BTF: small}).Detached(output))
	out[0].src = unpack.FormatOf(output).Compress(out[0].src)
	if !g.several {
		g.lastResult()
	}
	if err := g.guard.write(writing{inputs: g.objects, outputs: out, noSync: g.several}); err != nil {
		return nil, err
	}
	return g.made(name, output, small), nil
}

// loadKernelBTF reads the BTF of a file, which stands alone, and the size of pointers, 0 if
// the file does not say it.
func loadKernelBTF(name string, load loadFunc) (*btf.Types, int, error) {
	f, err := openInput(name)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	var magic [4]byte
	if _, err := f.ReadAt(magic[:], 0); err != nil && err != io.EOF {
		return nil, 0, fileError(name, err)
	}
	types, err := parseBTF(f, name, nil, load)
	switch {
	case !isELF(magic) && !isBTF(magic), errors.Is(err, btf.ErrNoBTF), errors.Is(err, btf.ErrNeedBase):
		return nil, 0, fmt.Errorf("%w: %w", err, errNoKernelBTF)
	case err != nil:
		return nil, 0, err
	case types.Base() != nil:
		return nil, 0, fmt.Errorf("%w: %w", fileError(name, errNoKernel), errNoKernelBTF)
	}
	return types, pointerSize(f), nil
}

// isNoModule reports whether a file in a directory may be BTF of a kernel.
func isNoModule(path string, entry fs.DirEntry) bool {
	if isModuleName(path) {
		return false
	}
	if entry.Type()&fs.ModeSymlink != 0 {
		info, err := os.Stat(path)
		return err == nil && info.Mode().IsRegular()
	}
	return entry.Type().IsRegular()
}

// loadObject reads the relocations of a BPF object.
func loadObject(name string) (*mincore.Object, error) {
	f, err := openInput(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := elffile.New(name, f, f.Size())
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readObject(name, f, file)
}

// readObject is loadObject of an open file.
func readObject(name string, f *unpack.File, file *elffile.File) (*mincore.Object, error) {
	types, err := parseBTF(f, name, nil, btf.Load)
	if err != nil {
		return nil, err
	}
	section := file.Section(ext.SectionName)
	if section == nil {
		return nil, fileError(name, fmt.Errorf("no section %s: it is no BPF object that clang compiled with -g", ext.SectionName))
	}
	data, err := file.SectionData(section)
	if err != nil {
		return nil, fileError(name, err)
	}
	o, err := mincore.NewObject(name, types, data, pointerSize(f))
	if err != nil {
		return nil, fileError(name, err)
	}
	return o, nil
}
