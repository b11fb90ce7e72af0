package typegraph

// Compat names the libbpf whose behaviour is reproduced where versions differ.
type Compat uint8

const (
	// LibBPF18 is libbpf 1.8, and the default.
	LibBPF18 Compat = iota
	// LibBPF17 is libbpf 1.7.0, which does not find the typedefs of a base, so
	// that split BTF repeats every typedef it uses.
	LibBPF17
)
