package loaded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Commands of bpf(2) (linux/bpf.h: enum bpf_cmd).
const (
	progNextID = 11
	mapNextID  = 12
	progByID   = 13
	mapByID    = 14
	infoByFD   = 15
	btfByID    = 19
	btfNextID  = 23
)

// idAttr is the part of union bpf_attr that asks for IDs and what has them.
type idAttr struct{ id, next, flags uint32 }

// infoAttr is the part that asks about a file descriptor.
type infoAttr struct {
	fd, size uint32
	info     uint64
}

// btfInfo is struct bpf_btf_info.
type btfInfo struct {
	data     uint64
	size, id uint32
	name     uint64
	nameLen  uint32
	kernel   uint32
}

// Places in struct bpf_prog_info and struct bpf_map_info, in bytes. Newer kernels add to
// their ends, and older ones leave what they do not know as it is, 0.
const (
	infoSize     = 256
	infoType     = 0
	progInfoName = 64
	progInfoBTF  = 128
	mapInfoName  = 24
	mapInfoBTF   = 64
	objNameLen   = 16 // linux/bpf.h: BPF_OBJ_NAME_LEN
)

func bpf(cmd uintptr, attr unsafe.Pointer, size uintptr) (int, error) {
	for {
		r, _, errno := unix.Syscall(unix.SYS_BPF, cmd, uintptr(attr), size)
		switch errno {
		case 0:
			return int(r), nil
		case unix.EINTR, unix.EAGAIN:
			continue
		}
		return 0, errno
	}
}

// each calls f with a file descriptor for everything that a command goes through. What goes
// away meanwhile is passed over.
func each(nextID, byID uintptr, what string, f func(id uint32, fd int) error) error {
	for id := uint32(0); ; {
		attr := idAttr{id: id}
		_, err := bpf(nextID, unsafe.Pointer(&attr), unsafe.Sizeof(attr))
		if errors.Is(err, unix.ENOENT) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		id = attr.next
		attr = idAttr{id: id}
		fd, err := bpf(byID, unsafe.Pointer(&attr), unsafe.Sizeof(attr))
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err == nil {
			err = f(id, fd)
			_ = unix.Close(fd)
		}
		if err != nil {
			return fmt.Errorf("%s %d: %w", what, id, err)
		}
	}
}

// info fills a buffer with what the kernel says of a file descriptor.
func info(fd int, buffer unsafe.Pointer, size uintptr) error {
	attr := infoAttr{fd: uint32(fd), size: uint32(size), info: uint64(uintptr(buffer))}
	_, err := bpf(infoByFD, unsafe.Pointer(&attr), unsafe.Sizeof(attr))
	runtime.KeepAlive(buffer)
	return err
}

// BTFs returns all BTF that the kernel has, by ID. The error is that of the system call.
func BTFs() (all []BTF, err error) {
	err = each(btfNextID, btfByID, "BTF", func(id uint32, fd int) error {
		name := make([]byte, 512)
		i := btfInfo{name: uint64(uintptr(unsafe.Pointer(&name[0]))), nameLen: uint32(len(name))}
		err := info(fd, unsafe.Pointer(&i), unsafe.Sizeof(i))
		runtime.KeepAlive(name)
		if err != nil && !errors.Is(err, unix.ENOSPC) { // a name that is longer
			return err
		}
		all = append(all, BTF{id, cString(name), i.kernel != 0, int(i.size)})
		return nil
	})
	return all, err
}

// Programs returns all BPF programs, by ID.
func Programs() ([]User, error) {
	return users(progNextID, progByID, "program", progInfoName, progInfoBTF)
}

// Maps returns all BPF maps, by ID.
func Maps() ([]User, error) { return users(mapNextID, mapByID, "map", mapInfoName, mapInfoBTF) }

func users(nextID, byID uintptr, what string, nameAt, btfAt int) (all []User, err error) {
	err = each(nextID, byID, what, func(id uint32, fd int) error {
		var words [infoSize / 8]uint64 // aligned
		if err := info(fd, unsafe.Pointer(&words), infoSize); err != nil {
			return err
		}
		buf := unsafe.Slice((*byte)(unsafe.Pointer(&words)), infoSize)
		at := func(i int) uint32 { return binary.NativeEndian.Uint32(buf[i:]) }
		all = append(all, User{id, cString(buf[nameAt:][:objNameLen]), at(infoType), at(btfAt)})
		return nil
	})
	return all, err
}

func cString(b []byte) string {
	if n := bytes.IndexByte(b, 0); n >= 0 {
		b = b[:n]
	}
	return string(b)
}
