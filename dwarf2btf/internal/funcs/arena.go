package funcs

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/internal/kfunc"
)

// Return is the place of the return type among the places of a prototype;
// parameters are 0, 1 and so on.
const Return = -1

// ErrNotPointer says that an arena flag of a kfunc stands for a place that is
// not a pointer, or that the kfunc does not have.
var ErrNotPointer = errors.New("not a pointer")

// ArenaPlaces returns the places of a kfunc's prototype whose pointers go into
// an arena, in the order in which their types are to be made. isPtr says
// whether a type is a pointer itself, not below const or typedef. Errors wrap
// ErrNotPointer.
func ArenaPlaces(flags kfunc.Flags, ret uint32, params []Param, isPtr func(id uint32) bool) ([]int, error) {
	var places []int
	if flags&kfunc.ArenaRet != 0 {
		if !isPtr(ret) {
			return nil, fmt.Errorf("return type: %w", ErrNotPointer)
		}
		places = append(places, Return)
	}
	for i := range 2 {
		if flags&(kfunc.ArenaArg<<i) == 0 {
			continue
		}
		if i >= len(params) || !isPtr(params[i].Type) {
			return nil, fmt.Errorf("parameter %d: %w", i+1, ErrNotPointer)
		}
		places = append(places, i)
	}
	return places, nil
}
