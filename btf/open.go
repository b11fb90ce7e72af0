package btf

import (
	"fmt"
	"os"
)

// Open reads the BTF of a file as Load does: raw BTF such as /sys/kernel/btf/vmlinux,
// or an ELF file that is not compressed. Modules need their base, unless they bring
// one in .BTF.base. For compressed files and sections there is elffile.OpenBTF.
//
// Errors are those of Load, with the name of the file, and those of the system.
func Open(path string, base *Types) (*Types, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	t, err := Load(f, info.Size(), base)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}
