//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gopahole/gopahole/btf"
)

// callKfunc calls a kfunc of a module by a BPF program of the type syscall and returns the lower half of its result.
// The program names the kfunc by its ID in the module's BTF; so the call works only if the kernel, too, has moved the
// module's types to its own.
func callKfunc(module string, id btf.ID, args []uint32) (uint32, error) {
	moduleFD, err := moduleBTF(module)
	if err != nil {
		return 0, err
	}
	defer unix.Close(moduleFD)
	var code []byte
	insn := func(op, regs uint8, off int16, imm uint32) {
		code = append(code, op, regs)
		code = binary.NativeEndian.AppendUint16(code, uint16(off))
		code = binary.NativeEndian.AppendUint32(code, imm)
	}
	for i, arg := range args {
		insn(unix.BPF_ALU64|unix.BPF_MOV|unix.BPF_K, uint8(1+i), 0, arg)
	}
	const pseudoKfuncCall = 2 << 4                                   // BPF_PSEUDO_KFUNC_CALL as source register
	insn(unix.BPF_JMP|unix.BPF_CALL, pseudoKfuncCall, 1, uint32(id)) // 1 is an index of fdArray; 0 is for vmlinux
	insn(unix.BPF_JMP|unix.BPF_EXIT, 0, 0, 0)

	var pins runtime.Pinner
	defer pins.Unpin()
	fdArray := []int32{0, int32(moduleFD)}
	verifier := make([]byte, 64<<10)
	load := progLoad{
		progType: unix.BPF_PROG_TYPE_SYSCALL,
		insnCnt:  uint32(len(code) / 8),
		insns:    address(&pins, &code[0]),
		license:  address(&pins, unsafe.StringData("GPL\x00")),
		logLevel: 1,
		logSize:  uint32(len(verifier)),
		logBuf:   address(&pins, &verifier[0]),
		flags:    unix.BPF_F_SLEEPABLE,
		fdArray:  address(&pins, &fdArray[0]),
	}
	prog, err := bpf(unix.BPF_PROG_LOAD, unsafe.Pointer(&load), unsafe.Sizeof(load))
	if err != nil {
		return 0, fmt.Errorf("BPF_PROG_LOAD: %w: %s", err, strings.TrimSpace(unix.ByteSliceToString(verifier)))
	}
	defer unix.Close(prog)
	run := progRun{fd: uint32(prog)}
	if _, err := bpf(unix.BPF_PROG_TEST_RUN, unsafe.Pointer(&run), unsafe.Sizeof(run)); err != nil {
		return 0, fmt.Errorf("BPF_PROG_TEST_RUN: %w", err)
	}
	return run.retval, nil
}

// moduleBTF opens the BTF that the kernel has of a module.
func moduleBTF(module string) (int, error) {
	var pins runtime.Pinner
	defer pins.Unpin()
	var id nextID
	for {
		if _, err := bpf(unix.BPF_BTF_GET_NEXT_ID, unsafe.Pointer(&id), unsafe.Sizeof(id)); errors.Is(err, unix.ENOENT) {
			return 0, errors.New("the kernel has no BTF object of the module")
		} else if err != nil {
			return 0, fmt.Errorf("BPF_BTF_GET_NEXT_ID: %w", err)
		}
		id.start = id.next
		get := fdByID{id: id.next}
		fd, err := bpf(unix.BPF_BTF_GET_FD_BY_ID, unsafe.Pointer(&get), unsafe.Sizeof(get))
		if err != nil {
			return 0, fmt.Errorf("BPF_BTF_GET_FD_BY_ID: %w", err)
		}
		name := make([]byte, 64)
		info := &btfInfo{name: address(&pins, &name[0]), nameLen: uint32(len(name))}
		query := infoByFD{fd: uint32(fd), len: uint32(unsafe.Sizeof(*info)), info: address(&pins, info)}
		_, err = bpf(unix.BPF_OBJ_GET_INFO_BY_FD, unsafe.Pointer(&query), unsafe.Sizeof(query))
		if err == nil && unix.ByteSliceToString(name) == module {
			return fd, nil
		}
		unix.Close(fd)
		if err != nil {
			return 0, fmt.Errorf("BPF_OBJ_GET_INFO_BY_FD: %w", err)
		}
	}
}

// What bpf(2) takes, as far as it is needed: union bpf_attr of include/uapi/linux/bpf.h. The kernel takes what is left
// out as zero.
type (
	progLoad struct {
		progType, insnCnt uint32
		insns, license    uint64
		logLevel, logSize uint32
		logBuf            uint64
		kernVersion       uint32
		flags             uint32
		name              [16]byte
		ifindex           uint32
		attachType        uint32
		btfFD             uint32
		funcInfoSize      uint32
		funcInfo          uint64
		funcInfoCnt       uint32
		lineInfoSize      uint32
		lineInfo          uint64
		lineInfoCnt       uint32
		attachBTFID       uint32
		attachProgFD      uint32
		coreReloCnt       uint32
		fdArray           uint64
	}
	progRun struct {
		fd, retval              uint32
		sizeIn, sizeOut         uint32
		dataIn, dataOut         uint64
		repeat, duration        uint32
		ctxSizeIn, ctxSizeOut   uint32
		ctxIn, ctxOut           uint64
		flags, cpu, batch, _pad uint32
	}
	nextID   struct{ start, next, flags uint32 }
	fdByID   struct{ id, next, flags uint32 }
	infoByFD struct {
		fd, len uint32
		info    uint64
	}
	btfInfo struct {
		_       uint64 // the BTF itself, which is not asked for
		_, _    uint32 // its size and ID
		name    uint64
		nameLen uint32
		_       uint32 // whether it is that of the kernel or a module
	}
)

// bpf is bpf(2).
func bpf(cmd int, attr unsafe.Pointer, size uintptr) (int, error) {
	r, _, errno := unix.Syscall(unix.SYS_BPF, uintptr(cmd), uintptr(attr), size)
	if errno != 0 {
		return -1, errno
	}
	return int(r), nil
}

// address is the form in which such a structure refers to memory, which must stay where it is meanwhile.
func address[T any](pins *runtime.Pinner, p *T) uint64 {
	pins.Pin(p)
	return uint64(uintptr(unsafe.Pointer(p)))
}
