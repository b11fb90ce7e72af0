package mincore

import "strings"

// essential returns a name without its flavour: "s" of "s___old". There have to be other
// characters right before and after the three underscores (libbpf:
// bpf_core_essential_name_len).
func essential(name string) string {
	for end := len(name); ; {
		i := strings.LastIndex(name[:end], "___")
		if i < 0 {
			return name
		}
		if i > 0 && name[i-1] != '_' && i+3 < len(name) && name[i+3] != '_' {
			return name[:i]
		}
		end = i + 2
	}
}
