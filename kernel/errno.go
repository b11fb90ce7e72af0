package kernel

import "fmt"

// An Errno is an error number of Linux. It is a type of its own because a kernel can
// be asked about on any system.
type Errno int

// The numbers that a verdict on BTF can have.
const (
	ENOENT   Errno = 2
	E2BIG    Errno = 7
	EFAULT   Errno = 14
	EEXIST   Errno = 17
	EINVAL   Errno = 22
	ELOOP    Errno = 40
	ENOTSUPP Errno = 524 // the kernel's own, which no header for programs has
)

var errnoNames = map[Errno]string{
	ENOENT: "ENOENT", E2BIG: "E2BIG", EFAULT: "EFAULT", EEXIST: "EEXIST", EINVAL: "EINVAL", ELOOP: "ELOOP",
	ENOTSUPP: "ENOTSUPP",
}

func (e Errno) Error() string {
	if name, ok := errnoNames[e]; ok {
		return name
	}
	return fmt.Sprintf("errno %d", int(e))
}
