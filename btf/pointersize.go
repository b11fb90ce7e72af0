package btf

// PointerSize guesses the size of pointers in bytes by that of long, the first that there
// is (libbpf: btf__pointer_size). It is 8 if there is none. Only the file that BTF is in
// says it for sure.
func (t *Types) PointerSize() int {
	for _, rec := range t.All() {
		if rec.Kind() != KindInt {
			continue
		}
		if size := int(rec.Size()); size == 4 || size == 8 {
			if name, _ := t.String(rec.NameOff()); longNames[name] {
				return size
			}
		}
	}
	return 8
}

// longNames has what compilers call long.
var longNames = map[string]bool{
	"long": true, "long int": true, "int long": true,
	"unsigned long": true, "long unsigned": true,
	"unsigned long int": true, "unsigned int long": true,
	"long unsigned int": true, "long int unsigned": true,
	"int unsigned long": true, "int long unsigned": true,
}
