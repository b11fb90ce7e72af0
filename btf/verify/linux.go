package verify

import (
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// Linux is a version of the kernel whose rules are known. Versions between two
// of them follow the older one or change within their series.
type Linux uint8

// The versions, oldest first.
const (
	Linux612 Linux = iota // 6.12
	Linux618              // 6.18
	Linux72               // 7.2
)

// Versions are all versions that are known, oldest first.
var Versions = []Linux{Linux612, Linux618, Linux72}

func (v Linux) String() string { return linux[v].name }

// ParseLinux returns the version with that name, such as "6.12".
func ParseLinux(name string) (Linux, error) {
	var names []string
	for _, v := range Versions {
		if v.String() == name {
			return v, nil
		}
		names = append(names, v.String())
	}
	return 0, fmt.Errorf("kernel %q is not known, only %s", name, strings.Join(names, ", "))
}

// ForRelease returns the version whose rules a kernel follows that calls itself
// release (uname -r, or the vermagic of a module): the newest that is not newer.
// It returns false for kernels older than all of them and for what is no
// release.
func ForRelease(release string) (Linux, bool) {
	var major, minor int
	if n, _ := fmt.Sscanf(release, "%d.%d", &major, &minor); n != 2 {
		return 0, false
	}
	for i := len(Versions) - 1; i >= 0; i-- {
		if r := linux[i].release; major > r[0] || major == r[0] && minor >= r[1] {
			return Versions[i], true
		}
	}
	return 0, false
}

// rules are what differs between versions.
type rules struct {
	name    string
	release [2]int

	// header is the length in bytes of the header that is understood; what is
	// behind has to be zero. The long header has a layout section, and with it
	// the strings need not be at the end of the blob.
	header uint32

	// vlenMask and kindMask are the parts of an info word, the kind after a shift
	// by 24. unused are the bits that have to be zero.
	vlenMask, kindMask, unused uint32

	// tagFlags: DECL_TAG and TYPE_TAG may have the kind_flag, for attributes.
	tagFlags bool
	// tagsFirst: in a chain of modifiers a TYPE_TAG comes before the others only.
	tagsFirst bool
	// sorted: names are looked up in vmlinux as if they were in order.
	sorted bool
}

// Lengths of the header in bytes: up to str_len, and with the layout section.
const (
	shortHeader = 24
	longHeader  = 32
)

var linux = [...]rules{
	Linux612: {
		name: "6.12", release: [2]int{6, 12},
		header: shortHeader, vlenMask: 0xffff, kindMask: 0x1f, unused: 0x60ff0000,
		tagsFirst: true,
	},
	Linux618: {
		name: "6.18", release: [2]int{6, 18},
		header: shortHeader, vlenMask: 0xffff, kindMask: 0x1f, unused: 0x60ff0000,
		tagFlags: true, tagsFirst: true,
	},
	Linux72: {
		name: "7.2", release: [2]int{7, 2},
		header: longHeader, vlenMask: 0xffffff, kindMask: 0x7f,
		tagFlags: true, sorted: true,
	},
}

// Limits that all versions share (linux/btf.h, kernel/bpf/btf.c).
const (
	maxID     = 0xfffff  // BTF_MAX_TYPE
	maxStrOff = 0xffffff // BTF_MAX_NAME_OFFSET
	maxName   = 512      // KSYM_NAME_LEN: bytes of an identifier or section name
	maxDepth  = 32       // MAX_RESOLVE_DEPTH: types that wait for each other
	maxChain  = 32       // modifiers in a row
	maxLoad   = 16 << 20 // BTF_MAX_SIZE: bytes that BPF_BTF_LOAD takes
)

func (r *rules) kind(info uint32) btf.Kind { return btf.Kind(info >> 24 & r.kindMask) }
func (r *rules) vlen(info uint32) uint32   { return info & r.vlenMask }
