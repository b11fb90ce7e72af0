package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gopahole/gopahole/internal/kerneltest/protocol"
)

// bootTimeout is far more than a boot takes on a machine that is busy with other things, too: ten seconds if it is not.
const bootTimeout = 10 * time.Minute

// boot runs the kernel image in an emulator, without help by the processor as that is not available everywhere, with
// the files of modules in its initramfs. Case and file of the modules come from the keys and values of files.
func (t *tree) boot(dir string, modules []protocol.Module, files map[string]string) (*protocol.Report, error) {
	initrd := filepath.Join(dir, "initramfs")
	plan := protocol.Plan{}
	// The kernel opens the console for init, and Go's runtime wants /dev/null, before anything is mounted.
	spec := "dir /dev 755 0 0\nnod /dev/console 600 0 0 c 5 1\nnod /dev/null 666 0 0 c 1 3\n"
	spec += fmt.Sprintf("dir /modules 755 0 0\nfile /init %s 755 0 0\n", t.peers.Inside(t.guest))
	for _, m := range modules {
		m.File = "/modules/" + m.Case + ".ko"
		spec += fmt.Sprintf("file %s %s 644 0 0\n", m.File, t.peers.Inside(files[m.Case]))
		plan.Modules = append(plan.Modules, m)
	}
	text, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	planFile := filepath.Join(dir, "plan.json")
	spec += fmt.Sprintf("file %s %s 644 0 0\n", protocol.PlanFile, t.peers.Inside(planFile))
	if err := errors.Join(os.WriteFile(planFile, text, 0o644), os.WriteFile(initrd+".list", []byte(spec), 0o644)); err != nil {
		return nil, err
	}
	archive, err := t.peers.Command(t.peers.Inside(filepath.Join(t.build, "usr/gen_init_cpio")), initrd+".list").Output()
	if err != nil {
		return nil, fmt.Errorf("gen_init_cpio: %w", err)
	}
	if err := os.WriteFile(initrd, archive, 0o644); err != nil {
		return nil, err
	}

	console, report := filepath.Join(dir, "console"), filepath.Join(dir, "report")
	for _, file := range []string{console, report} {
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			return nil, err
		}
	}
	qemu := t.peers.Command("qemu-system-x86_64", "-accel", "tcg", "-m", "512", "-display", "none", "-monitor", "none",
		"-nodefaults", "-no-reboot", "-kernel", filepath.Join(dir, "bzImage"), "-initrd", initrd,
		"-append", "console=ttyS0 panic=-1 loglevel=7", "-serial", "file:"+t.peers.Inside(console), "-serial", "file:"+t.peers.Inside(report))
	var out bytes.Buffer
	qemu.Stdout, qemu.Stderr = &out, &out
	if err := qemu.Start(); err != nil {
		return nil, err
	}
	timer := time.AfterFunc(bootTimeout, func() { _ = qemu.Process.Kill() })
	err = qemu.Wait()
	timer.Stop()
	if err != nil {
		return nil, fmt.Errorf("qemu: %w: %s; the end of the console:\n%s", err, &out, tail(console))
	}
	f, err := os.Open(report)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := protocol.ReadReport(f)
	if err != nil {
		return nil, fmt.Errorf("%w; the end of the console:\n%s", err, tail(console))
	}
	return r, nil
}

// tail is the end of a text file.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}
