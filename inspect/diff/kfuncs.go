package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// kfuncFlags are the names of KF_* by bit (linux/btf.h). Bit 3 has had none since 6.3.
var kfuncFlags = [...]string{"ACQUIRE", "RELEASE", "RET_NULL", "", "TRUSTED_ARGS", "SLEEPABLE", "DESTRUCTIVE", "RCU", "ITER_NEW",
	"ITER_NEXT", "ITER_DESTROY", "RCU_PROTECTED", "FASTCALL", "ARENA_RET", "ARENA_ARG1", "ARENA_ARG2", "IMPLICIT_ARGS"}

// FlagNames returns the flags of a kernel function in words: "ACQUIRE|RET_NULL".
func FlagNames(flags uint32) string {
	var all []string
	for bit := range 32 {
		if flags>>bit&1 == 0 {
			continue
		}
		name := fmt.Sprintf("1<<%d", bit)
		if bit < len(kfuncFlags) && kfuncFlags[bit] != "" {
			name = kfuncFlags[bit]
		}
		all = append(all, name)
	}
	if all == nil {
		return "none"
	}
	return strings.Join(all, "|")
}

// kfuncs compares the flags of functions that programs may call. Those with other changes
// get a detail more.
func (c *comparer) kfuncs() {
	old, new := c.options.OldKfuncs, c.options.NewKfuncs
	if old == nil || new == nil {
		return
	}
	changed := make(map[string]int) // index of the first change of a function
	for i := range c.changes {
		if _, ok := changed[c.changes[i].Name]; !ok && c.changes[i].sort == funcs {
			changed[c.changes[i].Name] = i
		}
	}
	for _, name := range kfuncNames(old, new) {
		if c.options.Only != nil && !c.options.Only(name) {
			continue
		}
		was, had := old[name]
		is, has := new[name]
		if had && has && was == is {
			continue
		}
		d := Detail{Class: Flags, What: "kernel function"}
		if d.Old, d.New = "not offered to programs", "not offered to programs"; had {
			d.Old = FlagNames(was)
		}
		if has {
			d.New = FlagNames(is)
		}
		i, ok := changed[name]
		if !ok {
			i = len(c.changes)
			ch := Change{Sort: funcs.String(), Name: name}
			ch.Old, _ = c.old.types.Find(btf.KindFunc, name)
			ch.New, _ = c.new.types.Find(btf.KindFunc, name)
			c.changes = append(c.changes, change{funcs, ch})
		}
		c.changes[i].Details = append(c.changes[i].Details, d)
	}
}

func kfuncNames(sets ...map[string]uint32) (all []string) {
	for _, set := range sets {
		for name := range set {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
