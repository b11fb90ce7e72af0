package verify

import (
	"fmt"

	"github.com/gopahole/gopahole/btf"
)

// proto checks a FUNC_PROTO: what it returns, if anything, and all parameters have a
// size. A last parameter without type and name stands for variable arguments.
func (r *resolver) proto(id btf.ID, rec btf.Record) error {
	if ret := rec.Type(); ret != 0 {
		if _, ok := r.target(ret); !ok {
			return r.fail("Invalid return type")
		}
		if err := r.resolveAlone(ret); err != nil {
			return err
		}
		r.about(id, rec)
		if _, _, ok := r.sized(ret); !ok {
			return r.fail("Invalid return type")
		}
	}
	n := rec.Vlen()
	if n == 0 {
		return nil
	}
	if last := rec.Param(n - 1); last.Type == 0 {
		if last.Name != 0 {
			return r.failArg(n - 1)
		}
		n--
	}
	for i := range n {
		p := rec.Param(i)
		if _, ok := r.target(p.Type); !ok || p.Name != 0 && !(r.nameExists(p.Name) && r.b.isName(p.Name)) {
			return r.failArg(i)
		}
		if err := r.resolveAlone(p.Type); err != nil {
			return err
		}
		r.about(id, rec)
		if _, _, ok := r.sized(p.Type); !ok {
			return r.failArg(i)
		}
	}
	return nil
}

// resolveAlone resolves a type in a walk of its own.
func (r *resolver) resolveAlone(id btf.ID) error {
	if k := r.b.record(id).Kind(); !needsWalk(k) || r.isDone(id) {
		return nil
	}
	return r.walk(id)
}

// failArg is a finding about parameter i of the current type, which counts from
// 1.
func (r *resolver) failArg(i int) *Finding { return r.fail(fmt.Sprintf("Invalid arg#%d", i+1)) }
