package peer

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Encoding is one run of pahole with --btf_encode_detached.
type Encoding struct {
	Path     string // the output; empty if pahole wrote nothing
	Output   string // what it printed, stdout and stderr together
	ExitCode int
}

// entryLocks has a *sync.Mutex for each entry of the cache, so that two tests do not make the same one.
var entryLocks sync.Map

// Encode runs pahole on input, which must be below Dir, with the flags and --btf_encode_detached, or returns the kept
// output of such a run. Kept outputs are found by the path, size and modification time of the input, the flags and
// the builds of pahole and libbpf; the caller must not change them.
func (p *Peers) Encode(input string, flags ...string) (Encoding, error) {
	name, err := p.cacheName(input, flags)
	if err != nil {
		return Encoding{}, err
	}
	lock, _ := entryLocks.LoadOrStore(name, new(sync.Mutex))
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	dir := filepath.Join(p.dir, "cache")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Encoding{}, err
	}
	// The description is written last: an entry without it is unfinished.
	describe := filepath.Join(dir, name+".json")
	if text, err := os.ReadFile(describe); err == nil {
		var e Encoding
		if json.Unmarshal(text, &e) == nil {
			if e.Path != "" {
				e.Path = filepath.Join(dir, e.Path)
			}
			return e, nil
		}
	}
	out := filepath.Join(dir, name+".btf")
	if err := os.Remove(out); err != nil && !errors.Is(err, os.ErrNotExist) {
		return Encoding{}, err
	}
	cmd := p.Command("pahole", append([]string{"-J", "--btf_encode_detached=" + out}, append(flags, input)...)...)
	printed, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return Encoding{}, fmt.Errorf("%q: %w", cmd.Args, err)
	}
	e := Encoding{Output: string(printed), ExitCode: cmd.ProcessState.ExitCode()}
	if _, err := os.Stat(out); err == nil {
		e.Path = name + ".btf"
	}
	text, err := json.MarshalIndent(e, "", "\t")
	if err != nil {
		return Encoding{}, err
	}
	if err := os.WriteFile(describe, text, 0o644); err != nil {
		return Encoding{}, err
	}
	if e.Path != "" {
		e.Path = out
	}
	return e, nil
}

func (p *Peers) cacheName(input string, flags []string) (string, error) {
	st, err := os.Stat(input)
	if err != nil {
		return "", err
	}
	build, err := p.build()
	if err != nil {
		return "", err
	}
	key := fmt.Sprintf("%s\n%s\n%d\n%d\n%q", build, input, st.Size(), st.ModTime().UnixNano(), flags)
	return fmt.Sprintf("%x", sha256.Sum256([]byte(key)))[:24], nil
}

// build identifies the packaged pahole and the libbpf behind it, whose version is part of the output's bytes.
func (p *Peers) build() (string, error) {
	out, err := p.Command("dpkg-query", "-W", "-f", "${Package} ${Version}\n", "pahole", "libbpf1").Output()
	if err != nil {
		return "", fmt.Errorf("dpkg-query: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
