// Package loaded asks the kernel that runs which BTF it has: its own, that of modules, and
// that of BPF programs and maps, by the system call bpf(2). It is for Linux, and wants the
// capabilities that bpf(2) names for it (CAP_SYS_ADMIN for IDs).
//
//	BTF ──by ID── Program, Map, which refer to it
package loaded

// A BTF is one that the kernel has.
type BTF struct {
	ID     uint32
	Name   string // "vmlinux", that of a module, or that a loader gave; may be empty
	Kernel bool   // it is the kernel's own or that of a module
	Bytes  int
}

// A User is a BPF program or map.
type User struct {
	ID   uint32
	Name string // may be empty
	Type uint32 // linux/bpf.h: enum bpf_prog_type or bpf_map_type
	BTF  uint32 // the ID of its BTF, 0 without
}
