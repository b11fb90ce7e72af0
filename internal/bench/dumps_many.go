package main

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// manyBTFs is for how many kernels a BPF object gets its BTF in one process.
const manyBTFs = 20

// manyCores is the task to make what a BPF object needs of the BTF of many kernels: those of the peers that are there, in
// turn. bpftool takes one at a time.
func (d *dumpsBench) manyCores(object string) (dumpTask, error) {
	task := dumpTask{name: fmt.Sprintf("what it needs of %d kernels", manyBTFs), peer: "bpftool"}
	in, ours, theirs := filepath.Join(d.dir, "btfs"), filepath.Join(d.dir, "ours"), filepath.Join(d.dir, "theirs")
	for _, dir := range []string{in, ours, theirs} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return task, err
		}
	}
	var vmlinuxes []string
	for _, kernel := range []string{"61c", "612c", "72c"} {
		if path, err := d.peers.Vmlinux(kernel); err == nil {
			vmlinuxes = append(vmlinuxes, path)
		}
	}
	for i := range manyBTFs {
		name := fmt.Sprintf("%02d.btf", i)
		if err := extractBTF(vmlinuxes[i%len(vmlinuxes)], filepath.Join(in, name)); err != nil {
			return task, err
		}
		task.add(filepath.Join(in, name), filepath.Join(ours, name), filepath.Join(theirs, name), object)
	}
	task.ours = []string{"gen", "core", "-q", "-B", in, "-o", ours, object}
	return task, nil
}

// add adds a run of bpftool that makes what an object needs of a BTF.
func (t *dumpTask) add(btf, ours, theirs, object string) {
	t.theirs = append(t.theirs, []string{"gen", "min_core_btf", btf, theirs, object})
	t.outputs = append(t.outputs, [2]string{ours, theirs})
}

// extractBTF copies the section .BTF of a file. It holds little of it in memory, as the peak of this process is a lower
// bound for what can be measured of others.
func extractBTF(from, to string) error {
	f, err := elf.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	section := f.Section(".BTF")
	if section == nil {
		return fmt.Errorf("%s has no BTF", from)
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, section.Open()); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
