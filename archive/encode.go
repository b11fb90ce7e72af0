package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/verify"
)

// vmlinuxMemory is about what it takes to encode a kernel, in bytes: 6.12 for all machines takes
// 80 MB, beside the file.
const vmlinuxMemory = 100 << 20

// moduleMemory is about what a module of a size takes, with its file, in bytes.
func moduleMemory(size int64) int64 {
	size = min(max(size, 0), source.DefaultLimits.Member) // a header may say anything
	return 16<<20 + size + size/2
}

// errSkip is wrapped by errors that say that there is nothing to encode.
var errSkip = errors.New("nothing to encode")

// A kernelBTF is a kernel that was encoded, as the base of its modules.
type kernelBTF struct {
	path    string
	release string
	version kernel.Version
	arch    string
	raw     []byte
	digest  string
	base    *dwarf2btf.Base
	loader  *verify.Loader
	own     *ownBTF // the BTF that the vmlinux has itself; nil for none
	hasBTF  bool

	modules []packed // in the layout of BTFHub, guarded by job.mu
}

// A moduleBTF is a module that was encoded.
type moduleBTF struct {
	raw, base []byte
}

// encodeKernel encodes a vmlinux, and fills in its line. The kernel is nil after an error.
func (j *job) encodeKernel(ctx context.Context, m *source.Member, s *source.Spooled, e *index.Entry) (*kernelBTF, error) {
	f, err := j.open(m, s, e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Type == elf.ET_REL {
		return nil, fmt.Errorf("%w: an object, and no kernel that was linked", errSkip)
	}
	if release := module.ReleaseOf(f); release != "" {
		e.Release = release
	}
	if e.Release == "" {
		return nil, errors.New("nothing says of which release it is: no banner in it, and no release in its path")
	}
	if err := checkRelease(e.Release); err != nil {
		return nil, err
	}
	mod, err := j.build(ctx, f, e, dwarf2btf.Options{Jobs: j.Jobs}, module.BuildOptions{KeepBase: true})
	if err != nil {
		return nil, err
	}
	k := &kernelBTF{path: m.Path, release: e.Release, arch: e.Architecture, raw: mod.BTF.Bytes(), loader: verify.LoaderOf(mod.BTF)}
	k.version, _ = kernel.ParseVersion(e.Release) // build has asked
	k.digest = describe(e, k.raw, mod.BTF)
	verdict(e, k.loader.Vmlinux(k.version, verify.Options{PointerSize: pointerSize(f), Order: f.Order}))
	if k.own, err = readOwn(f, nil); err != nil {
		e.Own = &index.Own{Verdict: "unknown", Why: err.Error()}
	}
	k.hasBTF = k.own != nil
	k.compare(mod.BTF, e)
	if j.Modules {
		if k.base, err = dwarf2btf.NewBase(mod.BTF, dwarf2btf.BaseOptions{}); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// encodeModule encodes a module on top of its kernel, and fills in its line.
func (j *job) encodeModule(ctx context.Context, k *kernelBTF, m *source.Member, s *source.Spooled, e *index.Entry) (*moduleBTF, error) {
	f, err := j.open(m, s, e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if release := module.ReleaseOf(f); release != "" && release != k.release {
		e.Release = release
		return nil, fmt.Errorf("it is for Linux %s, and the vmlinux is of Linux %s", release, k.release)
	}
	e.Release = k.release
	mod, err := j.build(ctx, f, e, dwarf2btf.Options{Jobs: 1, Base: k.base}, module.BuildOptions{KeepBase: !j.Distill})
	if err != nil {
		return nil, err
	}
	b := &moduleBTF{raw: mod.BTF.Bytes()}
	if mod.Base != nil {
		b.base = mod.Base.Bytes()
		e.DistilledBase = digestOf(b.base)
	}
	e.Base = k.digest
	describe(e, b.raw, mod.BTF)
	verdict(e, k.loader.Module(k.version, &btf.Sections{BTF: b.raw, Base: b.base}, verify.Options{AssumeModules: true, PointerSize: pointerSize(f)}))
	k.compareModule(f, mod, e)
	return b, nil
}

// open opens a member, and fills in what the file says of itself.
func (j *job) open(m *source.Member, s *source.Spooled, e *index.Entry) (*elffile.File, error) {
	f, err := elffile.New(m.Path, s, s.Size)
	if err != nil {
		return nil, withoutName(m.Path, err)
	}
	f.Alone = true
	e.Architecture = machine(f)
	e.BuildID = debugfile.BuildID(f)
	return f, nil
}

// build takes a file through the steps of the build of its kernel.
func (j *job) build(ctx context.Context, f *elffile.File, e *index.Entry, enc dwarf2btf.Options, opts module.BuildOptions) (*module.Module, error) {
	enc.Report = func(d dwarf2btf.Diagnostic) { e.Warn(d.Msg) }
	steps, err := module.Build(e.Release, enc, opts)
	if err != nil {
		return nil, err
	}
	mod := module.New(f)
	err = module.Run(ctx, mod, steps...)
	nothing := new(module.NothingError)
	switch {
	case errors.Is(err, dwarf2btf.ErrNoDWARF), errors.As(err, &nothing):
		return nil, fmt.Errorf("%w: %v", errSkip, withoutName(f.Name, err))
	case err != nil:
		return nil, withoutName(f.Name, err)
	}
	for _, w := range mod.Warnings {
		switch w.(type) {
		case module.FinishedNote, module.SymbolsNote: // all is well
		default:
			e.Warn(w.String())
		}
	}
	return mod, nil
}

// withoutName is an error about a file without its name, which its line has.
func withoutName(name string, err error) error {
	if text, ok := bytes.CutPrefix([]byte(err.Error()), []byte(name+": ")); ok {
		return &renamed{string(text), err}
	}
	return err
}

type renamed struct {
	text string
	error
}

func (e *renamed) Error() string { return e.text }
func (e *renamed) Unwrap() error { return e.error }

// describe fills in what was encoded, and returns its digest.
func describe(e *index.Entry, raw []byte, types *btf.Types) string {
	e.Digest, e.Size, e.Types = digestOf(raw), len(raw), int(types.NumIDs())-int(types.FirstID())
	return e.Digest
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// verdict fills in what the kernel would say.
func verdict(e *index.Entry, rep *verify.Report) {
	switch finding := rep.Refusal; {
	case finding != nil:
		e.Verdict, e.Why = "refused", finding.Error()+": "+finding.Cause
	case rep.Undecided() != nil:
		e.Verdict, e.Why = "unknown", rep.Undecided().Cause
	case rep.Hazard() != nil:
		e.Verdict, e.Why = "accepted", rep.Hazard().Cause
	default:
		e.Verdict = "accepted"
	}
}

func pointerSize(f *elffile.File) int {
	if f.Class64 {
		return 8
	}
	return 4
}

// machine returns the architecture of a file as uname -m prints it, but for arm64, which is
// how BTFHub and the kernel's sources call it.
func machine(f *elffile.File) string {
	little := f.Order.String() == "LittleEndian"
	switch f.Machine {
	case elf.EM_X86_64:
		return "x86_64"
	case elf.EM_386:
		return "i686"
	case elf.EM_AARCH64:
		return "arm64"
	case elf.EM_ARM:
		return "arm"
	case elf.EM_PPC64:
		if little {
			return "ppc64le"
		}
		return "ppc64"
	case elf.EM_PPC:
		return "ppc"
	case elf.EM_S390:
		return "s390x"
	case elf.EM_RISCV:
		if f.Class64 {
			return "riscv64"
		}
		return "riscv32"
	case elf.EM_LOONGARCH:
		return "loongarch64"
	case elf.EM_MIPS:
		name := "mips"
		if f.Class64 {
			name += "64"
		}
		if little {
			name += "el"
		}
		return name
	}
	return fmt.Sprintf("machine-%d", uint16(f.Machine))
}
