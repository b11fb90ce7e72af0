package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/kimage/kimagetest"
	"github.com/gopahole/gopahole/internal/mutate"
)

// A kind of file says which scenarios suit it.
type kind int

const (
	kernel kind = iota // linked, with DWARF
	module             // relocatable, with DWARF
	types              // with BTF and no DWARF, or raw BTF
	image              // a kernel as boot loaders start it, for the BTF in it
)

// An item is a file to be changed.
type item struct {
	name  string
	kind  kind
	data  []byte
	bases []*base // what its types can be, or are, split from

	// beside are files that it refers to, by name.
	beside files
}

// A base is BTF of a kernel as raw data.
type base struct {
	path  string
	data  []byte
	types *btf.Types
	old   bool // made by an older version of pahole, for a kernel's packages
}

// A corpus is all files of a campaign.
type corpus struct {
	items  []*item
	others [][]byte // what mutators take parts from
	weight []int    // of each item, accumulated

	// Unchanged files, for command lines in which another file is the changed one.
	good       *item // a module with DWARF
	goodBase   *base
	split      []byte // its BTF on goodBase
	distilled  []byte // it with .BTF.base, without DWARF
	goodKernel []byte // a part of vmlinux
	example    files  // a directory with a small kernel and its modules
}

func (c *corpus) add(weight int, i *item) {
	c.items = append(c.items, i)
	if n := len(c.weight); n > 0 {
		weight += c.weight[n-1]
	}
	c.weight = append(c.weight, weight)
	if len(i.data) < 1<<20 {
		c.others = append(c.others, i.data)
	}
}

func (c *corpus) pick(rng *rand.Rand) *item {
	n := rng.IntN(c.weight[len(c.weight)-1])
	for i, w := range c.weight {
		if n < w {
			return c.items[i]
		}
	}
	panic("toolfuzz: weights")
}

// Sizes of what is taken, in bytes, and numbers for each kernel.
const (
	maxModule   = 640 << 10
	modules     = 24
	withIDs     = 8
	parts       = 12
	maxPartUnit = 70 << 10
)

var kernels = []string{"61c", "612c"}

// anotherKernel is used if the peers have it: its vmlinux was made by newer compilers.
const anotherKernel = "72c"

// makeCorpus collects the files. They depend on the seed.
func (c *campaign) makeCorpus(scratch string) (*corpus, error) {
	m := &maker{campaign: c, corpus: new(corpus), dir: scratch, rng: rand.New(rand.NewPCG(c.seed, 1))}
	for _, name := range kernels {
		bases, err := m.kernel(name)
		if err == nil {
			err = m.modules(name, bases)
		}
		if err != nil {
			return nil, err
		}
	}
	if _, err := m.peers.Vmlinux(anotherKernel); err == nil {
		if _, err := m.kernel(anotherKernel); err != nil {
			return nil, err
		}
	}
	if err := m.testdata(); err != nil {
		return nil, err
	}
	if err := m.guide(); err != nil {
		return nil, err
	}
	return m.corpus, nil
}

type maker struct {
	*campaign
	*corpus
	dir string
	rng *rand.Rand
	n   int
}

// path returns a new name in the directory of the corpus.
func (m *maker) path(name string) string {
	m.n++
	return filepath.Join(m.dir, fmt.Sprintf("%d-%s", m.n, name))
}

// gopahole runs the program, which has to succeed.
func (m *maker) gopahole(args ...string) error {
	if out, err := exec.Command(m.programs.real, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("gopahole %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// base makes a base of raw BTF.
func (m *maker) base(name string, data []byte) (*base, error) {
	t, err := btf.Parse(data, nil)
	if err != nil {
		return nil, err
	}
	b := &base{path: m.path(name), data: data, types: t}
	return b, os.WriteFile(b.path, data, 0o644)
}

// kernel adds parts of a kernel's vmlinux, and its BTF. It returns what its modules can be split from: the
// BTF of a part, more often, or all of it.
func (m *maker) kernel(name string) ([]*base, error) {
	vmlinux, err := m.peers.Vmlinux(name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(vmlinux)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ef, err := elf.NewFile(f)
	if err != nil {
		return nil, err
	}
	blob, err := ef.Section(".BTF").Data()
	if err != nil {
		return nil, err
	}
	full, err := m.base(name+".btf", blob)
	if err != nil {
		return nil, err
	}
	full.old = true
	m.add(2, &item{name: name + "/vmlinux.btf", kind: types, data: blob})
	small := full
	for i := range parts {
		part, err := mutate.Cut(m.rng, f, 1+m.rng.IntN(5), maxPartUnit)
		if err != nil {
			return nil, err
		}
		b, err := m.part(fmt.Sprintf("%s/part%d", name, i), part)
		if err != nil {
			return nil, err
		}
		if b != nil {
			small = b
		}
	}
	return []*base{small, small, small, full}, nil
}

// part adds a part of a vmlinux, with and without BTF, and returns its BTF.
func (m *maker) part(name string, part []byte) (*base, error) {
	m.add(20, &item{name: name, kind: kernel, data: part})
	in, out := m.path("part"), m.path("part.btf")
	if err := os.WriteFile(in, part, 0o644); err != nil {
		return nil, err
	}
	if err := m.gopahole("-J", "--btf_features=default", "--btf_encode_detached="+out, in); err != nil {
		return nil, nil // units of assembler, which have no types
	}
	blob, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	m.add(15, &item{name: name + ".btf", kind: types, data: blob})
	if err := m.gopahole("-J", "--btf_features=default", in); err != nil {
		return nil, err
	}
	whole, err := os.ReadFile(in)
	if err != nil {
		return nil, err
	}
	m.add(5, &item{name: name + " with BTF", kind: kernel, data: whole})
	m.goodKernel = whole
	if err := m.images(name, whole, blob); err != nil {
		return nil, err
	}
	return m.base(filepath.Base(name)+".btf", blob)
}

// images adds a kernel with BTF in one of the formats of images, and in a unified kernel image.
func (m *maker) images(name string, vmlinux, blob []byte) error {
	packed, err := mutate.Pack(".gz", vmlinux)
	if err != nil {
		return err
	}
	size := binary.LittleEndian.AppendUint32(nil, uint32(len(vmlinux))) // which a kernel's build appends
	var data []byte
	switch m.rng.IntN(4) {
	case 0:
		data = kimagetest.BzImage(packed, size)
	case 1:
		data = kimagetest.ZBoot("gzip", packed, size)
	case 2:
		data = kimagetest.Image(blob)
	default:
		data = kimagetest.ZImage(packed)
	}
	m.add(2, &item{name: name + ", an image", kind: image, data: data})
	m.add(1, &item{name: name + ", a unified image", kind: image, data: kimagetest.UKI(data)})
	return nil
}

// modules adds some modules of a kernel.
func (m *maker) modules(name string, bases []*base) error {
	paths, err := m.peers.Modules(name)
	if err != nil {
		return err
	}
	m.rng.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	plain, ids := 0, 0
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if plain >= modules && ids >= withIDs {
			return nil
		}
		if info.Size() > maxModule {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		hasIDs := bytes.Contains(data, []byte(".BTF_ids\x00"))
		if !hasIDs {
			if plain++; plain > modules {
				continue
			}
		} else if ids++; ids > withIDs {
			continue
		}
		if err := m.module(name+"/"+filepath.Base(path), data, bases); err != nil {
			return err
		}
	}
	return nil
}

// module adds a module: as it is, with BTF on a small base, that alone, and with a distilled base.
func (m *maker) module(name string, data []byte, bases []*base) error {
	i := &item{name: name, kind: module, data: data, bases: bases}
	m.add(12, i)
	if m.rng.IntN(4) == 0 {
		debug := filepath.Base(name) + ".debug"
		bare, with, err := m.separate(data, debug)
		if err != nil {
			return err
		}
		name := name + " with a separate debug file"
		m.add(12, &item{name: name, kind: module, data: bare, bases: bases, beside: files{debug: with}})
	}
	if m.rng.IntN(6) == 0 {
		m.add(6, &item{name: name + ", signed", kind: module, data: signed(data), bases: bases})
	}
	in := m.path("module.ko")
	for _, step := range []struct {
		features string
		base     *base
	}{{"default", bases[0]}, {"default,distilled_base", bases[0]}, {"all", bases[len(bases)-1]}} {
		if err := os.WriteFile(in, data, 0o644); err != nil {
			return err
		}
		if err := m.gopahole("-J", "--btf_base="+step.base.path, "--btf_features="+step.features, in); err != nil {
			return err
		}
		bare, err := m.withoutDWARF(in)
		if err != nil {
			return err
		}
		of := []*base{step.base}
		m.add(6, &item{name: name + " without DWARF, " + step.features, kind: types, data: bare, bases: of})
		raw := sectionOf(bare, ".BTF")
		if raw == nil {
			continue
		}
		if !strings.Contains(step.features, "distilled") {
			m.add(3, &item{name: name + ".btf", kind: types, data: raw, bases: of})
			if step.base == bases[0] {
				m.good, m.goodBase, m.split = i, step.base, raw
			}
		} else if distilled := sectionOf(bare, ".BTF.base"); distilled != nil {
			m.add(1, &item{name: name + ".BTF.base", kind: types, data: distilled})
			m.distilled = bare
		}
	}
	return nil
}

// signed returns a module with something in the form of a signature after it (include/linux/module_signature.h).
func signed(data []byte) []byte {
	const size = 64
	data = append(bytes.Clone(data), make([]byte, size)...)
	data = append(data, 0, 0, 2, 0, 0, 0, 0, 0) // PKEY_ID_PKCS7, and no names
	data = binary.BigEndian.AppendUint32(data, size)
	return append(data, "~Module signature appended~\n"...)
}

// withoutDWARF returns an ELF file without its debug sections.
func (m *maker) withoutDWARF(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out, err := m.objcopy(files{"file": data}, []string{"-g", "file"})
	return out["file"], err
}

// separate returns an ELF file without its debug sections, and a file with these, to which it has a .gnu_debuglink.
func (m *maker) separate(data []byte, name string) (bare, debug []byte, err error) {
	keep, strip := []string{"--only-keep-debug", "file", name}, []string{"-g", "--add-gnu-debuglink=" + name, "file"}
	out, err := m.objcopy(files{"file": data}, keep, strip)
	return out["file"], out[name], err
}

// objcopy runs the peers' objcopy on these files, once for each list of arguments, and returns the files afterwards.
func (m *maker) objcopy(in files, runs ...[]string) (files, error) {
	dir, err := os.MkdirTemp(m.peers.Dir(), "toolfuzz-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	t := trial{lane: &lane{dir: dir}}
	if err := t.fill(in); err != nil {
		return nil, err
	}
	for _, args := range runs {
		cmd := m.peers.Command("objcopy", args...)
		cmd.Dir = m.peers.Inside(dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("objcopy: %w\n%s", err, out)
		}
	}
	return t.read()
}

// sectionOf returns the contents of a section, or nil.
func sectionOf(file []byte, name string) []byte {
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		return nil
	}
	s := f.Section(name)
	if s == nil || s.Type == elf.SHT_NOBITS {
		return nil
	}
	data, err := s.Data()
	if err != nil {
		return nil
	}
	return data
}

// testdata adds the objects of testdata/dwarf, which are of many machines and compilers.
func (m *maker) testdata() error {
	dir, err := testdataDir("dwarf")
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	bigEndian, err := m.bigEndianBase(filepath.Join(dir, "splitbase-s390x-gcc-dwarf5.elf"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if len(data) > maxModule || !bytes.HasPrefix(data, []byte(elf.ELFMAG)) {
			continue
		}
		i := &item{name: e.Name(), kind: kernel, data: data}
		if data[16]+data[17] == byte(elf.ET_REL) { // e_type in either byte order
			i.kind = module
			if i.bases = []*base{m.goodBase}; data[elf.EI_DATA] == byte(elf.ELFDATA2MSB) {
				i.bases = []*base{bigEndian}
			}
		}
		weight := 4
		if i.beside, err = besideOf(e.Name(), data, dir, entries); err != nil {
			return err
		} else if i.beside != nil {
			weight = 12
		}
		m.add(weight, i)
	}
	return nil
}

// testdataDir returns the path of a directory below testdata.
func testdataDir(name string) (string, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	return filepath.Join(strings.TrimSpace(string(root)), "testdata", name), err
}

// guide adds the small kernel of the documents, its modules, and a BPF program.
func (m *maker) guide() error {
	dir, err := testdataDir("guide")
	if err != nil {
		return err
	}
	vmlinux, raw := filepath.Join(dir, "vmlinux-6.12"), m.path("guide.btf")
	if err := m.gopahole("-J", "--btf_features=default", "--btf_encode_detached="+raw, vmlinux); err != nil {
		return err
	}
	blob, err := os.ReadFile(raw)
	if err != nil {
		return err
	}
	on, err := m.base("guide.btf", blob)
	if err != nil {
		return err
	}
	m.example = files{}
	for _, f := range []struct {
		file, name string
		kind       kind
		bases      []*base
	}{
		{"vmlinux-6.12", "vmlinux", kernel, nil},
		{"driver.ko", "driver.ko", module, []*base{on}},
		{"keeps.ko", "keeps.ko", module, []*base{on}},
		{"program.bpf.o", "", types, []*base{on}},
	} {
		data, err := os.ReadFile(filepath.Join(dir, f.file))
		if err != nil {
			return err
		}
		m.add(8, &item{name: f.file, kind: f.kind, data: data, bases: f.bases})
		if f.name != "" {
			m.example["kernel/"+f.name] = data
		}
	}
	return nil
}

// besideOf returns the files of a directory whose names stand in a file, as those of separate debug files,
// supplementary files and .dwo do, and its .dwp.
func besideOf(name string, data []byte, dir string, entries []os.DirEntry) (files, error) {
	var beside files
	for _, e := range entries {
		if e.Name() == name || e.Name() != name+".dwp" && !bytes.Contains(data, append([]byte(e.Name()), 0)) {
			continue
		}
		other, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(other, []byte(elf.ELFMAG)) {
			beside = beside.with(e.Name(), other)
		}
	}
	return beside, nil
}

func (m *maker) bigEndianBase(file string) (*base, error) {
	out := m.path("be.btf")
	if err := m.gopahole("-J", "--btf_features=default", "--btf_encode_detached="+out, file); err != nil {
		return nil, err
	}
	blob, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	m.add(10, &item{name: "s390x.btf", kind: types, data: blob})
	return m.base("be.btf", blob)
}
