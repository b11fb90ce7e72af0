package main

import (
	"os"
	"path/filepath"

	"github.com/gopahole/gopahole/internal/packtest"
)

// setupArchive writes a debug package with a kernel and two modules: kernel.deb.
func setupArchive(dir string) error {
	var files []packtest.File
	for name, from := range map[string]string{
		"boot/vmlinux-6.12.0-example": "vmlinux-6.12", "lib/modules/6.12.0-example/kernel/driver.ko": "driver.ko", "lib/modules/6.12.0-example/kernel/keeps.ko": "keeps.ko",
	} {
		data, err := os.ReadFile(filepath.Join("../../testdata/guide", from))
		if err != nil {
			return err
		}
		files = append(files, packtest.File{Name: name, Data: data})
	}
	meta := packtest.Meta{Name: "linux-image-6.12.0-example-dbg", Version: "6.12.0-1", Arch: "amd64", Maintainer: "Nobody <nobody@example.org>"}
	return os.WriteFile(filepath.Join(dir, "kernel.deb"), packtest.Deb(meta, "xz", files...), 0o644)
}
