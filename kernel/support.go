package kernel

import "github.com/gopahole/gopahole/btf"

// Support is what a kernel does with the BTF of modules, by its own types.
type Support uint8

// The kinds of support.
const (
	UnknownSupport  Support = iota // there is no struct module, as in BTF that was cut or made up
	NoModuleBTF                    // the kernel does not look at the BTF of modules
	NoDistilledBase                // it does, and does not know .BTF.base
	DistilledBase                  // it knows .BTF.base
)

// SupportOf returns what the types of a vmlinux tell. struct module (linux/module.h)
// has a member btf_data in kernels with CONFIG_DEBUG_INFO_BTF_MODULES, and btf_base_data
// in those that know .BTF.base. The types of a distribution's kernel show what was
// carried back to it, which its release does not.
func SupportOf(types *btf.Types) Support {
	for id, rec := range types.Own() {
		if rec.Kind() != btf.KindStruct || rec.NameOff() == 0 || types.Name(id) != "module" || rec.Vlen() < 2 {
			continue
		}
		support := NoModuleBTF
		for _, m := range rec.Members() {
			switch name, _ := types.String(m.Name); name {
			case "btf_base_data":
				return DistilledBase
			case "btf_data":
				support = NoDistilledBase
			}
		}
		return support
	}
	return UnknownSupport
}
