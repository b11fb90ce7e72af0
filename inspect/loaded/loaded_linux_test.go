package loaded

import (
	"errors"
	"os"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gopahole/gopahole/btf"
)

// testBPF calls bpf(2), or skips the test where that is not permitted.
func testBPF(t *testing.T, cmd uintptr, attr unsafe.Pointer, size uintptr) int {
	t.Helper()
	fd, err := bpf(cmd, attr, size)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

// TestLoaded gives the kernel BTF and a map with it, and finds both.
func TestLoaded(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	b.AddInt("loaded_test_int", 4, btf.EncodingSigned)
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	raw := types.Bytes()
	load := struct {
		btf, log uint64
		size     uint32
		rest     [5]uint32
	}{btf: uint64(uintptr(unsafe.Pointer(&raw[0]))), size: uint32(len(raw))}
	fd := testBPF(t, 18, unsafe.Pointer(&load), unsafe.Sizeof(load)) // BPF_BTF_LOAD
	var i btfInfo
	if err := info(fd, unsafe.Pointer(&i), unsafe.Sizeof(i)); err != nil {
		t.Fatal(err)
	}
	m := struct {
		typ, key, value, entries, flags, inner, node uint32
		name                                         [objNameLen]byte
		ifindex, btfFD, keyType, valueType           uint32
	}{typ: 2, key: 4, value: 4, entries: 1, btfFD: uint32(fd), keyType: 1, valueType: 1} // an array
	copy(m.name[:], "loaded_test")
	testBPF(t, 0, unsafe.Pointer(&m), unsafe.Sizeof(m)) // BPF_MAP_CREATE

	all, err := BTFs()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(all, BTF{i.id, "", false, len(raw)}) {
		t.Errorf("no BTF %d of %d bytes in %v", i.id, len(raw), all)
	}
	if own, err := os.Stat("/sys/kernel/btf/vmlinux"); err == nil {
		if !slices.ContainsFunc(all, func(b BTF) bool { return b.Name == "vmlinux" && b.Kernel && b.Bytes == int(own.Size()) }) {
			t.Errorf("no vmlinux of %d bytes in %v", own.Size(), all)
		}
	}
	maps, err := Maps()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(maps, func(u User) bool { return u.Name == "loaded_test" && u.BTF == i.id && u.Type == 2 }) {
		t.Errorf("no map with BTF %d in %v", i.id, maps)
	}
	if _, err := Programs(); err != nil {
		t.Error(err)
	}
}
