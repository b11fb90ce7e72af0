package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gopahole/gopahole/internal/peer"
)

//go:embed testdata
var testdata embed.FS

// A workshop builds and encodes cells. What it has built and what pahole made of it stays below the peers, in a folder
// for each cell, which is found by the commands and what they depend on.
type workshop struct {
	peers    *peer.Peers
	dir      string // on this machine; /p/matrix in the trees
	tmp      string
	gopahole string
	source   string            // hash of the sources
	old      string            // of those in testdata/old
	versions map[string]string // packages of compilers by tree
}

const timeout = 60 * time.Second // of a program

func newWorkshop(peers *peer.Peers) (*workshop, error) {
	w := &workshop{peers: peers, dir: filepath.Join(peers.Dir(), "matrix"), versions: map[string]string{}}
	files, err := read("testdata")
	if err != nil {
		return nil, err
	}
	old, err := read("testdata/old")
	if err != nil {
		return nil, err
	}
	w.source, w.old = hashOf(files), hashOf(old)
	src := filepath.Join(w.dir, "src", w.source)
	for dir, files := range map[string][]source{src: files, filepath.Join(src, "old"): old} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(dir, f.name), f.data, 0o644); err != nil {
				return nil, err
			}
		}
	}
	for _, tree := range []string{"sid", oldest, "bookworm", "trixie"} {
		out, err := w.in(context.Background(), tree, "/", "dpkg-query", "-W", "-f", "${Package} ${Version}\n", "gcc*", "clang*", "binutils*", "libbpf*", "pahole*", "lld*").Output()
		if err != nil && len(out) == 0 {
			return nil, fmt.Errorf("%s (scripts/peers.sh matrix): %w", tree, err)
		}
		w.versions[tree] = string(out)
	}
	if w.tmp, err = os.MkdirTemp("", "matrix"); err != nil {
		return nil, err
	}
	w.gopahole = filepath.Join(w.tmp, "gopahole")
	if out, err := exec.Command("go", "build", "-o", w.gopahole, "github.com/gopahole/gopahole/cmd/gopahole").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return w, nil
}

// A source is a file that programs are made of.
type source struct {
	name string
	data []byte
}

// read returns the sources in a folder.
func read(dir string) (list []source, err error) {
	files, err := testdata.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.IsDir() {
			continue
		}
		data, err := testdata.ReadFile(dir + "/" + f.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, source{f.Name(), data})
	}
	return list, nil
}

func hashOf(files []source) string {
	hash := sha256.New()
	for _, f := range files {
		fmt.Fprintf(hash, "%s %d\n%s", f.name, len(f.data), f.data)
	}
	return fmt.Sprintf("%x", hash.Sum(nil))[:12]
}

// in prepares a command in a tree.
func (w *workshop) in(ctx context.Context, tree, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/usr/bin/"+program, args...)
	cmd.Args[0] = program
	cmd.Err = nil // the program is in the tree
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root", "SOURCE_DATE_EPOCH=0"}
	cmd.SysProcAttr = peer.InTree(filepath.Join(w.peers.Dir(), tree))
	return cmd
}

// encode builds a cell and has both programs encode it.
func (w *workshop) encode(c *cell) {
	c.once.Do(func() {
		if c.built = w.build(c); c.built != nil {
			return
		}
		for _, row := range rows {
			c.results = append(c.results, result{w.runPahole(c, row.name, row.options), w.runGopahole(c, row.options)})
		}
	})
}

// program is the name of the file of a cell, in its folder.
const program = "program"

// build makes the file of a cell, if it is not there.
func (w *workshop) build(c *cell) error {
	script := c.build()
	key := fmt.Sprintf("%s\n%s\n%s\n%s", script, c.tree, w.versions[c.tree], w.source)
	if c.form.old {
		key += "\n" + w.old
	}
	id := fmt.Sprintf("%x", sha256.Sum256([]byte(key)))[:16]
	c.dir = filepath.Join(w.dir, id)
	status := filepath.Join(c.dir, "built") // empty, or what the compiler said
	if text, err := os.ReadFile(status); err == nil {
		if len(text) > 0 {
			return errors.New(string(text))
		}
		return nil
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.dir, "script"), []byte(c.name()+"\n"+script), 0o644); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	cmd := w.in(ctx, c.tree, "/p/matrix/"+id, "sh", "-c", "out="+program+" src=/p/matrix/src/"+w.source+"\n"+script)
	printed, err := cmd.CombinedOutput()
	if err == nil {
		return os.WriteFile(status, nil, 0o644)
	}
	text := firstError(string(printed))
	if text == "" {
		text = err.Error()
	}
	if err := os.WriteFile(status, []byte(text), 0o644); err != nil {
		return err
	}
	return errors.New(text)
}

// firstError returns the line of a compiler's output that says why.
func firstError(text string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, "error") || strings.Contains(line, "unrecognized") || strings.Contains(line, "failed") {
			return strings.TrimSpace(line)
		}
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	return text
}

// runPahole returns what pahole makes of a cell, or has made of it earlier.
func (w *workshop) runPahole(c *cell, name string, options []string) output {
	base := filepath.Join(c.dir, "pahole."+name)
	var o output
	if text, err := os.ReadFile(base + ".json"); err == nil {
		var kept struct {
			Text    string
			Status  int
			Crashed bool
		}
		if json.Unmarshal(text, &kept) == nil {
			o = output{text: kept.Text, status: kept.Status, crashed: kept.Crashed}
			o.btf, _ = os.ReadFile(base + ".btf")
			return o
		}
	}
	os.Remove(base + ".btf")
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	id := filepath.Base(c.dir)
	args := append([]string{"-J", "-j1", "--btf_encode_detached=/p/matrix/" + id + "/pahole." + name + ".btf"}, options...)
	cmd := w.in(ctx, "sid", "/p/matrix/"+id, "pahole", append(args, program)...)
	cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH=/p/libbpf18")
	o = finish(cmd)
	if data, err := os.ReadFile(base + ".btf"); err == nil && len(data) > 0 {
		o.btf = data
	}
	text, err := json.Marshal(map[string]any{"Text": o.text, "Status": o.status, "Crashed": o.crashed})
	if err == nil {
		_ = os.WriteFile(base+".json", text, 0o644)
	}
	return o
}

func (w *workshop) runGopahole(c *cell, options []string) output {
	out, err := os.CreateTemp(w.tmp, "out")
	if err != nil {
		return output{text: err.Error(), status: -1}
	}
	out.Close()
	os.Remove(out.Name())
	defer os.Remove(out.Name())
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	args := append([]string{"-J", "-j1", "--btf_encode_detached=" + out.Name()}, options...)
	cmd := exec.CommandContext(ctx, w.gopahole, append(args, program)...)
	cmd.Dir = c.dir
	o := finish(cmd)
	if data, err := os.ReadFile(out.Name()); err == nil {
		o.btf = data
	}
	return o
}

// finish runs a command.
func finish(cmd *exec.Cmd) output {
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	err := cmd.Run()
	o := output{text: strings.TrimSpace(text.String())}
	if err != nil {
		o.status = -1
		if cmd.ProcessState != nil {
			o.status = cmd.ProcessState.ExitCode()
		}
		o.crashed = o.status < 0 || o.status == 2 && strings.Contains(o.text, "goroutine ")
		if o.text == "" {
			o.text = err.Error()
		}
	}
	return o
}
