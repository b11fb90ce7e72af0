package dwarf2btf

import "github.com/gopahole/gopahole/dedup"

func (e *encoder) verboseTypes(c *cu) {}

func (e *encoder) verboseTail(u *dedup.Unit) {}
