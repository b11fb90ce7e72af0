package funcs

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/internal/kfunc"
)

// Return stands for the return type of a prototype where parameters have their index.
const Return = -1

// ErrNotPointer says that an arena flag of a kfunc is for a parameter or return
// type that is not a pointer, or for a parameter that the kfunc does not have.
var ErrNotPointer = errors.New("not a pointer")

// ArenaPointers returns the parameters of a kfunc whose pointers go into an arena, and
// Return if its result does, in the order in which their types are to be made. isPtr says
// whether a type is a pointer itself, not below const or typedef. Errors wrap
// ErrNotPointer.
func ArenaPointers(flags kfunc.Flags, ret uint32, params []Param, isPtr func(id uint32) bool) ([]int, error) {
	var pointers []int
	if flags&kfunc.ArenaRet != 0 {
		if !isPtr(ret) {
			return nil, fmt.Errorf("return type: %w", ErrNotPointer)
		}
		pointers = append(pointers, Return)
	}
	for i := range 2 {
		if flags&(kfunc.ArenaArg<<i) == 0 {
			continue
		}
		if i >= len(params) || !isPtr(params[i].Type) {
			return nil, fmt.Errorf("parameter %d: %w", i+1, ErrNotPointer)
		}
		pointers = append(pointers, i)
	}
	return pointers, nil
}
