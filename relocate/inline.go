package relocate

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// Inline moves the BTF inline of a module, which is split from the module's own types,
// together with those: it returns the module's types on the target, and the BTF inline
// on them. None of the arguments changes. The results have the byte order and length
// of the header of what they are made from.
//
// IDs and strings of the distilled base become what they became for the module's types,
// and all others, those of the module and those of BTF inline, move by the same
// number (Linux: the IDs and strings of .BTF.inline go through the maps of btf_relocate).
// So a string of the distilled base that is not the name of a type there has no
// counterpart; that is an *Error, as a kind that is not known.
//
// Errors about the module's own types are those of [Relocate]. ErrNotSplit says that
// there are no three parts: BTF inline on a module on a distilled base.
func Inline(inline *btf.Types, target *Target) (module, moved *btf.Types, err error) {
	if inline.Base() == nil || inline.Base().Base() == nil {
		return nil, nil, ErrNotSplit
	}
	if err := inline.CheckRecords(); err != nil {
		return nil, nil, err
	}
	c, module, err := relocate(inline.Base(), target)
	if err != nil {
		return nil, nil, err
	}
	if err := c.checkInline(inline); err != nil {
		return nil, nil, err
	}
	moved, err = c.rewrite(inline, module)
	if err != nil {
		return nil, nil, err
	}
	return module, moved, nil
}

// checkInline returns what keeps the kernel from moving BTF inline.
func (c *checker) checkInline(inline *btf.Types) error {
	own := c.split.StringStart()
	for id, rec := range inline.Own() {
		if kind := rec.Kind(); !kind.Known() {
			return &Error{Errno: kernel.EINVAL, ID: id, Reason: fmt.Sprintf("[%d] of BTF inline: %s", id, kind.NotKnown())}
		}
		for off := range rec.Names() {
			if off != 0 && off < own && c.names[off] == 0 {
				name, _ := inline.String(off)
				return &Error{Errno: kernel.ENOENT, ID: id, Reason: fmt.Sprintf("[%d] of BTF inline has the name '%s', "+
					"a string of the distilled base that is not the name of a type there", id, name)}
			}
		}
	}
	return nil
}
