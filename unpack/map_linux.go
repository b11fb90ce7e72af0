package unpack

import (
	"os"
	"syscall"
)

// again opens an open file once more, nil if that cannot be done.
func again(f *os.File) *os.File {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil
	}
	var copied *os.File
	conn.Control(func(fd uintptr) {
		if n, err := syscall.Dup(int(fd)); err == nil {
			syscall.CloseOnExec(n)
			copied = os.NewFile(uintptr(n), f.Name())
		}
	})
	return copied
}

// mapFile maps a part of a file, nil if that cannot be done.
func mapFile(f *os.File, off int64, n int) []byte {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil
	}
	var part []byte
	err = conn.Control(func(fd uintptr) {
		if mapped, err := syscall.Mmap(int(fd), off, n, syscall.PROT_READ, syscall.MAP_PRIVATE); err == nil {
			part = mapped
		}
	})
	if err != nil {
		return nil
	}
	return part
}

func unmap(part []byte) { syscall.Munmap(part) }
