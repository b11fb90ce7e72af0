package main

import (
	"bytes"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/peer"
)

// peerLimit is how long a program of the peers may take; they hang on some objects.
const peerLimit = 30 * time.Second

// differs is the rule of compare.
const differs = "other bytes than pahole"

// compare has pahole encode the object, and compares. That it ends or writes nothing is no finding: gopahole
// reads more. Neither are other types of a file with a damaged structure: libdw passes over children where
// DW_AT_sibling leads, libelf over headers that it does not like.
func (t *trial) compare(e encoding, ours []byte) {
	if e.base != nil && e.base.old { // whose arrays are not those of this version of pahole
		return
	}
	theirs, message := t.pahole(e, t.data, t.beside)
	switch {
	case len(theirs) == 0:
		t.counts.paholeNothing.Add(1)
		return
	case message != "": // it knows that something is missing, and writes the rest
		t.counts.paholeComplains.Add(1)
		return
	}
	t.counts.compared.Add(1)
	switch {
	case sameBTF(ours, theirs):
	case !t.valid, t.differsUnchanged(e):
		t.counts.paholeDiffers.Add(1)
	default:
		t.finding(differs, t.what[0], say(ours, theirs), list("-J", e.options()),
			files{t.name: t.data, "ours.btf": ours, "theirs.btf": theirs})
	}
}

// differsUnchanged reports whether gopahole and pahole make different BTF of the object as it was before the
// changes: it belongs to a kind in DIFFERENCES.md.
func (t *trial) differsUnchanged(e encoding) bool {
	before := *t
	before.data, before.beside, before.found = t.item.data, t.item.beside, nil
	ours, _, _, _ := before.detached(e, 1)
	theirs, _ := before.pahole(e, before.data, before.beside)
	return !sameBTF(ours, theirs)
}

// pahole returns what pahole encodes, and what it says.
func (t *trial) pahole(e encoding, data []byte, beside files) (blob []byte, message string) {
	dir, remove, err := t.peerFiles(maps.Clone(beside).with(t.name, data))
	if err != nil {
		t.err = err
		return nil, ""
	}
	defer remove()
	options := []string{"--as=4294967296", "pahole", "-J", "--btf_features=" + e.features}
	if e.base != nil {
		path := filepath.Join(dir, "base.btf")
		if t.err = os.WriteFile(path, e.base.data, 0o644); t.err != nil {
			return nil, ""
		}
		options = append(options, "--btf_base="+path)
	}
	out := filepath.Join(dir, "out.btf")
	options = append(options, "--btf_encode_detached="+out, filepath.Join(dir, t.name))
	_, message, _ = t.peerRun(true, "prlimit", options...)
	blob, err = os.ReadFile(out)
	if err != nil {
		return nil, message
	}
	return blob, message
}

// sameBTF compares BTF without the length of its header, which is libbpf's choice, if it has no layout section.
func sameBTF(ours, theirs []byte) bool {
	a, errA := peer.SumOf(ours)
	b, errB := peer.SumOf(theirs)
	if errA != nil || errB != nil {
		return bytes.Equal(ours, theirs)
	}
	return a.SHA256 == b.SHA256
}

// bpftool has bpftool print the BTF of a file.
func (t *trial) bpftool(file []byte, b *base) (text []byte, message string, ok bool) {
	dir, remove, err := t.peerFiles(files{"in.btf": file})
	if err != nil {
		t.err = err
		return nil, "", false
	}
	defer remove()
	options := []string{"--as=4294967296", "bpftool"}
	if b != nil {
		path := filepath.Join(dir, "base.btf")
		if t.err = os.WriteFile(path, b.data, 0o644); t.err != nil {
			return nil, "", false
		}
		options = append(options, "-B", path)
	}
	options = append(options, "btf", "dump", "file", filepath.Join(dir, "in.btf"), "format", "raw")
	return t.peerRun(false, "prlimit", options...)
}

// libbpf has libbpf read BTF, which has to give the text that gopahole prints.
func (t *trial) libbpf(blob []byte, b *base) {
	theirs, message, ok := t.bpftool(blob, b)
	var on *btf.Types
	if b != nil {
		on = b.types
	}
	read, err := btf.Parse(blob, on)
	if err != nil || t.err != nil {
		return
	}
	in, args := files{"in.btf": blob}, []string{"dump"}
	var text bytes.Buffer
	err = read.Dump(&text)
	switch {
	case !ok:
		t.finding("libbpf does not read it", signatureOf(message), message, args, in)
	case err != nil:
		t.finding("dump", signatureOf(err.Error()), err.Error(), args, in)
	default:
		t.sameText(text.Bytes(), theirs, args, in)
	}
}

// dumped compares what gopahole and bpftool print of an ELF file, whose BTF they relocate if there is a distilled base.
// ours is gopahole's result; the two need not agree on what they refuse.
func (t *trial) dumped(ours *result, file []byte, b *base) {
	if ours == nil || ours.Code != 0 || len(ours.Stdout) >= maxOutput {
		return
	}
	if theirs, _, ok := t.bpftool(file, b); ok {
		t.sameText(ours.Stdout, theirs, []string{"dump"}, files{"in.btf": file})
	}
}

// maxOutput is the number of bytes at which a worker cuts standard output.
const maxOutput = 1 << 20

// sameText compares two prints of BTF. gopahole quotes some names, which bpftool does not.
func (t *trial) sameText(ours, theirs []byte, args []string, in files) {
	t.counts.libbpf.Add(1)
	if bytes.IndexByte(ours, '\\') < 0 && !bytes.Equal(ours, theirs) {
		in = in.with("bpftool.txt", theirs).with("gopahole.txt", ours)
		t.finding("dump", "another text than bpftool's", say(ours, theirs), args, in)
	}
}

// peerFiles makes a directory that peers see.
func (t *trial) peerFiles(in files) (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp(t.peerDir, "object-*")
	if err != nil {
		return "", nil, err
	}
	for name, data := range in {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return "", nil, err
		}
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}

// peerRun runs a program of the peers.
func (t *trial) peerRun(libbpf18 bool, tool string, args ...string) (stdout []byte, stderr string, ok bool) {
	cmd := t.peers.Command(tool, args...)
	if libbpf18 {
		peer.WithLibbpf18(cmd)
	}
	ctx, cancel := context.WithTimeout(context.Background(), peerLimit)
	defer cancel()
	limited := exec.CommandContext(ctx, cmd.Path)
	limited.Path, limited.Args, limited.Err = cmd.Path, cmd.Args, nil
	limited.Env, limited.Dir, limited.SysProcAttr = cmd.Env, cmd.Dir, cmd.SysProcAttr
	var out, message bytes.Buffer
	limited.Stdout, limited.Stderr = &out, &message
	err := limited.Run()
	return out.Bytes(), message.String(), err == nil
}
