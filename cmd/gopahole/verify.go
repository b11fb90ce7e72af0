package main

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/verify"
	"github.com/gopahole/gopahole/gen"
	"github.com/gopahole/gopahole/internal/elfio"
	"github.com/gopahole/gopahole/internal/unpack"
)

var verifyVerb = verb{
	name:      "verify",
	arguments: "[OPTION...] FILE...",
	summary:   "Say what a kernel will say of the BTF of files: whether it takes it, and if not, with which words",
	example: `verify vmlinux
		verify --base=vmlinux drivers/net/virtio_net.ko
		verify --kernel=6.12,7.2 --base=/sys/kernel/btf/vmlinux --kfuncs *.ko.xz`,
	details: `
FILE is an ELF file with the section .BTF or raw BTF, compressed or not. A module
with .BTF.base is judged as the kernel loads it: the base, the BTF on it, and then
the move onto the BTF of --base. A module without is split from the BTF of --base.
Raw BTF in a file F has its distilled base, if any, in F.base.

--kernel takes versions (6.12, 6.18, 7.2) and the word load, which asks for what
the system call BPF_BTF_LOAD checks: more than a kernel does with BTF of its own.
Without a version it is the one that the file or else the base was built for, and
where neither says, all of them.

For a file that is refused there are the kernel's error and the last line of its
log, and a guess at cause and cure. What a kernel takes and should not have is a
danger. With -v there are also what the kernel did not come to, and what only
BPF_BTF_LOAD would refuse.

With --kfuncs, each function that a kernel or module offers to BPF programs (in
sets of .BTF_ids) has to have its FUNC, with the tag bpf_kfunc; without, programs
that call it are refused.

--json prints an object on a line for each file and kernel:
  file, kernel, load, accepted, valid, types, base (ids and string_bytes), and
  findings (class, section, id, kind, name, element, errno, message, line, cause)
with --kfuncs another one for each file:
  file, kfuncs (number), complete, why, and missing (name, and what is missing)
and for a file that cannot be read:
  file and error

Exit status: 0 if all are valid, 1 if some are not, 2 for wrong arguments, 3 for a
file that cannot be read.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		v := &verifier{command: c, bases: map[verify.Linux]*verify.Base{}}
		fs.Func("kernel", "judge as these kernels do: a comma separated `LIST` of 6.12, 6.18, 7.2 and load", func(list string) error {
			return v.kernels.set("kernel", list)
		})
		fs.StringArrayVarP(&v.baseNames, "base", "B", nil, "what the BTF of modules is split from or moved onto, a `FILE` of either sort; given again, that one on top of it")
		on(fs, "kfuncs", "", "look for FUNC and bpf_kfunc tag of each kernel function in .BTF_ids", func() { v.kfuncs = true })
		on(fs, "json", "", "print a line of JSON for each file and kernel", func() { v.json = true })
		on(fs, "verbose", "v", "print all that is wrong", func() { v.verbose = true })
		return v.run
	},
}

// A verifier is one run of the verb verify.
type verifier struct {
	*command
	kernels   kernels // that were asked for
	baseNames []string
	kfuncs    bool
	json      bool
	verbose   bool

	chain  []*btfInput                   // bases, each split from the one before
	bases  map[verify.Linux]*verify.Base // the last one, made when a version needs it
	parsed *btf.Types                    // the last one, made for audits
}

func (v *verifier) run(operands []string) error {
	if len(operands) == 0 {
		return &verbUsageError{"takes files"}
	}
	if err := v.prints(v.baseNames, operands); err != nil {
		return err
	}
	defer func() {
		for _, base := range v.chain {
			base.close()
		}
	}()
	for _, name := range v.baseNames {
		if err := v.addBase(name); err != nil {
			return &unreadableError{err}
		}
	}
	files, err := findOperands(operands, "modules or BTF", holdsBTF)
	if err != nil {
		return &unreadableError{err}
	}
	code := exitOK
	for _, f := range files {
		name := f.path
		valid, err := v.operand(f)
		if unreadable := (*unreadableError)(nil); errors.As(err, &unreadable) {
			v.complain(unreadable)
			code = exitUnreadable
			if v.json {
				if err := v.printJSON(unreadableJSON{jsonSchema, name, unreadable.Error()}); err != nil {
					return err
				}
			}
		} else if err != nil {
			return err
		}
		if !valid && code == exitOK {
			code = exitFailure
		}
	}
	if code != exitOK {
		return &statusError{code}
	}
	return nil
}

// addBase reads a base. As with loadBases, split BTF goes on top of the bases before,
// and what stands alone takes their place.
func (v *verifier) addBase(name string) error {
	base, err := readBTFInput(name)
	if err != nil {
		return err
	}
	if base.sections.Base != nil {
		base.close()
		return refuseDistilled(name)
	}
	if len(v.chain) > 0 {
		if _, err := btf.ParseLoose(base.sections.BTF, nil); !errors.Is(err, btf.ErrNeedBase) {
			for _, other := range v.chain {
				other.close()
			}
			v.chain = nil
		}
	}
	v.chain = append(v.chain, base)
	return nil
}

// holdsBTF tells whether a file below a directory is to be judged: a module, or raw
// BTF as the verb encode writes it.
func holdsBTF(path string, entry fs.DirEntry) bool {
	return isModule(path, entry) || entry.Type().IsRegular() && strings.HasSuffix(path, ".btf")
}

// operand judges a file of the command line.
func (v *verifier) operand(o operand) (valid bool, err error) {
	if o.err != nil {
		return false, &unreadableError{o.err}
	}
	return v.file(o.path)
}

// file judges one file for all versions and reports whether it is valid. The
// error is an *unreadableError or one of standard output.
func (v *verifier) file(name string) (valid bool, err error) {
	in, err := readBTFInput(name)
	if err != nil {
		return false, &unreadableError{err}
	}
	defer in.close()
	if distilled := name + distilledSuffix; !in.sections.ELF && !slices.Contains(v.baseNames, distilled) {
		if in.sections.Base, err = loadDistilled(name); err != nil {
			return false, &unreadableError{err}
		}
	}
	valid = true
	var results []verifyResult
	for _, version := range v.versions(in) {
		base, err := v.baseFor(version)
		if err != nil {
			return false, &unreadableError{err}
		}
		rep := verify.Module(in.sections, base, v.options(in, version))
		valid = valid && rep.Valid()
		results = append(results, verifyResult{in: in, load: v.kernels.load, rep: rep})
	}
	var audit *kfuncResult
	if v.kfuncs {
		if audit, err = v.audit(in); err != nil {
			return false, &unreadableError{err}
		}
		valid = valid && audit.complete()
	}
	if v.json {
		return valid, v.printVerifyJSON(results, audit)
	}
	return valid, v.printVerify(results, audit)
}

func (v *verifier) options(in *btfInput, version verify.Linux) verify.Options {
	o := verify.Options{Linux: version, Load: v.kernels.load, Order: in.order, PointerSize: in.pointerSize, More: 20}
	if len(v.chain) > 0 && in != v.chain[0] {
		o.Order = nil // that of the base
	}
	return o
}

// versions returns the kernels to judge for.
func (v *verifier) versions(in *btfInput) []verify.Linux {
	if len(v.kernels.versions) > 0 {
		return v.kernels.versions
	}
	release := in.release()
	if release == "" && len(v.chain) > 0 {
		release = v.chain[0].release()
	}
	if version, ok := verify.ForRelease(release); ok {
		return []verify.Linux{version}
	}
	if release != "" {
		oldest := verify.Versions[0]
		v.warn("%s is for Linux %s; judged by the rules of %v, the oldest that are known", in.name, release, oldest)
		return []verify.Linux{oldest}
	}
	return verify.Versions
}

// baseFor returns the base as a version takes it, nil without one.
func (v *verifier) baseFor(version verify.Linux) (*verify.Base, error) {
	if len(v.chain) == 0 || v.bases[version] != nil {
		return v.bases[version], nil
	}
	var base *verify.Base
	for _, in := range v.chain {
		o := v.options(in, version)
		o.Base = base
		var rep *verify.Report
		if base, rep = verify.NewBase(in.sections.BTF, o); base == nil {
			return nil, fileError(in.name, fmt.Errorf("refused by Linux %v as a base: %w (%s)", version, rep.Verdict, rep.Verdict.Cause))
		}
	}
	v.bases[version] = base
	return base, nil
}

// baseTypes returns the base for audits.
func (v *verifier) baseTypes() (types *btf.Types, err error) {
	if v.parsed == nil {
		for _, in := range v.chain {
			if types, err = btf.ParseLoose(in.sections.BTF, types); err != nil {
				return nil, fileError(in.name, err)
			}
		}
		v.parsed = types
	}
	return v.parsed, nil
}

// A btfInput is a file with BTF, and what is known of the machine it is for.
type btfInput struct {
	name     string
	file     *unpack.File
	sections *btf.Sections

	elf         *elfio.File      // nil for raw BTF
	order       binary.ByteOrder // nil for raw BTF, whose magic tells
	pointerSize int              // in bytes, 0 for raw BTF
}

func (in *btfInput) close() { in.file.Close() }

// readBTFInput reads the BTF of a file, which may be compressed.
func readBTFInput(name string) (*btfInput, error) {
	f, err := openInput(name)
	if err != nil {
		return nil, err
	}
	in := &btfInput{name: name, file: f}
	if in.sections, err = btf.ReadSections(f, f.Size()); err != nil {
		f.Close()
		return nil, fileError(name, err)
	}
	if !in.sections.ELF {
		return in, nil
	}
	if in.elf, err = elfio.New(name, f, f.Size()); err != nil {
		f.Close()
		return nil, fileError(name, err)
	}
	in.order, in.pointerSize = in.elf.Order, 4
	if in.elf.Class64 {
		in.pointerSize = 8
	}
	return in, nil
}

// release returns the release of the kernel that an ELF file is for, or is. It is
// "" if the file does not say so.
func (in *btfInput) release() string {
	if in.elf == nil {
		return ""
	}
	return kernelRelease(in.elf)
}

// kernelRelease returns the release of the kernel that a file is for, or is: from
// the vermagic of a module or the banner of vmlinux. It is "" if there is none.
func kernelRelease(f *elfio.File) string {
	if f.Type == elf.ET_REL {
		release, _ := gen.Release(f)
		return release
	}
	return banner(f)
}

// banner reads the release in the text that /proc/version shows of a vmlinux.
func banner(f *elfio.File) string {
	const symbol, start = "linux_banner", "Linux version "
	found := errors.New("found")
	var text string
	err := f.Symbols(func(s elfio.Symbol) error {
		if string(s.Name) != symbol || s.Reserved || int(s.Shndx) >= len(f.Sections) {
			return nil
		}
		sec := &f.Sections[s.Shndx]
		off := s.Value - sec.Addr
		if !sec.HasData() || off >= sec.Size {
			return found
		}
		buf := make([]byte, min(sec.Size-off, 200))
		if err := f.ReadSectionAt(sec, buf, off); err != nil && err != io.EOF {
			return err
		}
		text = string(buf)
		return found
	})
	if err != found {
		return ""
	}
	rest, ok := strings.CutPrefix(text, start)
	release, _, _ := strings.Cut(rest, " ")
	if !ok {
		return ""
	}
	return release
}
