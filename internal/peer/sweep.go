package peer

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// A Sweep is pahole on many modules of a kernel, with the same base and options. Only sums of the outputs are kept: a
// thousand outputs are too many to be kept for each of the options that tests go through.
type Sweep struct {
	Base     string   // file with the base's BTF, below Dir
	Flags    []string // without --btf_base
	InPlace  bool     // encode into copies of the modules, which is where pahole distils; otherwise detached
	Libbpf18 bool
}

// A ModuleResult is what pahole made of a module.
type ModuleResult struct {
	Module   string // path below Dir
	BTF      Sum
	Base     Sum // of .BTF.base
	ExitCode int
	Output   string // what it printed, stdout and stderr together
}

// A Sum says what is in a blob of BTF; it is zero where there is none.
type Sum struct {
	Header int    // length of the header
	SHA256 string // of the blob as it would be with a header of 24 bytes
}

// SumOf returns the sum of a blob, which has no layout section.
func SumOf(blob []byte) (Sum, error) {
	if len(blob) == 0 {
		return Sum{}, nil
	}
	if len(blob) < 24 {
		return Sum{}, fmt.Errorf("BTF of %d bytes", len(blob))
	}
	var order binary.ByteOrder = binary.LittleEndian
	if blob[0] == 0xeb {
		order = binary.BigEndian
	}
	size := order.Uint32(blob[4:])
	if size < 24 || uint64(size) > uint64(len(blob)) {
		return Sum{}, fmt.Errorf("BTF of %d bytes with a header of %d", len(blob), size)
	}
	head := bytes.Clone(blob[:24])
	order.PutUint32(head[4:], 24)
	for _, b := range blob[24:size] {
		if b != 0 {
			return Sum{}, errors.New("BTF with more than types and strings")
		}
	}
	h := sha256.New()
	h.Write(head)
	h.Write(blob[size:])
	return Sum{int(size), fmt.Sprintf("%x", h.Sum(nil))}, nil
}

// sweepJobs is the number of paholes at a time.
const sweepJobs = 2

// Run runs pahole on the modules that an earlier run has not got to, and returns the results by the paths of the
// modules, which must be below Dir. Kept results are found by the sizes and modification times of the modules, the
// contents of the base, the flags and the builds of pahole and libbpf.
func (s Sweep) Run(ctx context.Context, p *Peers, modules []string) (map[string]ModuleResult, error) {
	name, err := s.cacheName(p)
	if err != nil {
		return nil, err
	}
	lock, _ := entryLocks.LoadOrStore(name, new(sync.Mutex))
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	dir := filepath.Join(p.dir, "cache")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	kept, err := openKept(filepath.Join(dir, name+".jsonl"))
	if err != nil {
		return nil, err
	}
	defer kept.Close()

	results := make(map[string]ModuleResult)
	work := make(chan job, len(modules))
	for _, module := range modules {
		j, err := newJob(p, module)
		if err != nil {
			return nil, err
		}
		if r, ok := kept.results[j.key]; ok {
			results[module] = r
		} else {
			work <- j
		}
	}
	close(work)

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range sweepJobs {
		wg.Go(func() {
			for j := range work {
				if ctx.Err() != nil {
					return
				}
				r, err := s.module(p, j)
				mu.Lock()
				if err == nil {
					err = kept.add(j.key, r)
				}
				results[j.path] = r
				mu.Unlock()
				if err != nil {
					cancel(fmt.Errorf("%s: %w", j.path, err))
				}
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return results, nil
}

// cacheName identifies all that the results depend on but the modules.
func (s Sweep) cacheName(p *Peers) (string, error) {
	build, err := p.build()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	f, err := os.Open(s.Base)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	fmt.Fprintf(h, "%s\n%q\n%v %v\n", build, s.Flags, s.InPlace, s.Libbpf18)
	return fmt.Sprintf("sweep-%x", h.Sum(nil)[:12]), nil
}

// A job is a module to be encoded.
type job struct{ path, key string }

func newJob(p *Peers, module string) (job, error) {
	st, err := os.Stat(module)
	if err != nil {
		return job{}, err
	}
	rel, err := filepath.Rel(p.dir, module)
	if err != nil {
		return job{}, err
	}
	return job{module, fmt.Sprintf("%s %d %d", rel, st.Size(), st.ModTime().UnixNano())}, nil
}

// module runs pahole on a module.
func (s Sweep) module(p *Peers, j job) (ModuleResult, error) {
	r := ModuleResult{}
	out, err := s.Encode(p, j.path)
	if err != nil {
		return r, err
	}
	r.Module, r.ExitCode, r.Output = j.path[len(p.dir)+1:], out.ExitCode, out.Output
	if r.BTF, err = SumOf(out.BTF); err == nil {
		r.Base, err = SumOf(out.Base)
	}
	return r, err
}

// An Output is pahole's for one module.
type Output struct {
	BTF, Base []byte // nil if it wrote none
	ExitCode  int
	Output    string // what it printed
}

// Encode runs pahole on one module and returns the whole output.
func (s Sweep) Encode(p *Peers, module string) (*Output, error) {
	dir, err := os.MkdirTemp(p.dir, "sweep-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	args := append([]string{"-J", "--btf_base=" + s.Base}, s.Flags...)
	file := filepath.Join(dir, filepath.Base(module))
	if s.InPlace {
		if err := copyFile(module, file); err != nil {
			return nil, err
		}
		args = append(args, file)
	} else {
		args = append(args, "--btf_encode_detached="+file, module)
	}
	cmd := p.Command("pahole", args...)
	if s.Libbpf18 {
		WithLibbpf18(cmd)
	}
	printed, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return nil, fmt.Errorf("%q: %w", cmd.Args, err)
	}
	out := &Output{ExitCode: cmd.ProcessState.ExitCode(), Output: string(printed)}
	if s.InPlace {
		out.BTF, out.Base, err = SectionsOf(file)
	} else if out.BTF, err = os.ReadFile(file); errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return out, err
}

// SectionsOf returns the contents of .BTF and .BTF.base of a module, as far as they are there.
func SectionsOf(file string) (types, base []byte, err error) {
	f, err := elf.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	for name, data := range map[string]*[]byte{".BTF": &types, ".BTF.base": &base} {
		if s := f.Section(name); s != nil {
			if *data, err = s.Data(); err != nil {
				return nil, nil, err
			}
		}
	}
	return types, base, nil
}

func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

// kept is the file with the results so far, a line each. What an interrupted run wrote last may be half a line.
type kept struct {
	*os.File
	results map[string]ModuleResult // by key
}

type keptLine struct {
	Key    string
	Result ModuleResult
}

func openKept(path string) (*kept, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	// Another process may be at the same results.
	if err := Lock(f, func() {}); err != nil {
		f.Close()
		return nil, err
	}
	k := &kept{f, make(map[string]ModuleResult)}
	end := int64(0)
	for r := bufio.NewReader(f); ; {
		text, err := r.ReadBytes('\n')
		var line keptLine
		if err != nil || json.Unmarshal(text, &line) != nil {
			break
		}
		k.results[line.Key] = line.Result
		end += int64(len(text))
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		f.Close()
		return nil, err
	}
	return k, f.Truncate(end)
}

func (k *kept) add(key string, r ModuleResult) error {
	text, err := json.Marshal(keptLine{key, r})
	if err != nil {
		return err
	}
	_, err = k.Write(append(text, '\n'))
	return err
}
