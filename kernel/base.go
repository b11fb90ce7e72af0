package kernel

import "github.com/gopahole/gopahole/btf"

// Support is what the types of a kernel tell of it.
type Support uint8

const (
	Untold    Support = iota // it has no struct module, as in a cut or made-up base
	NoModules                // it does not look at the BTF of modules
	NoBase                   // it does, and does not know .BTF.base
	WithBase                 // it knows .BTF.base
)

// KnowsBase tells from the types of a vmlinux what it does with modules: its struct
// module has the members btf_data (with CONFIG_DEBUG_INFO_BTF_MODULES) and
// btf_base_data (linux/module.h). That also holds for kernels of distributions, which
// carry such changes back.
func KnowsBase(types *btf.Types) Support {
	for id, rec := range types.Own() {
		if rec.Kind() != btf.KindStruct || rec.NameOff() == 0 || types.Name(id) != "module" || rec.Vlen() < 2 {
			continue
		}
		support := NoModules
		for _, m := range types.Members(id) {
			switch m.Name {
			case "btf_base_data":
				return WithBase
			case "btf_data":
				support = NoBase
			}
		}
		return support
	}
	return Untold
}
