package main

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/libbpf"
	"github.com/gopahole/gopahole/unpack"
	"github.com/gopahole/gopahole/verify"
)

// addBase notes a file with the BTF of a base.
func (o *options) addBase(name string) error {
	if name == "" {
		return o.wrongUse("--btf_base: no file name given")
	}
	o.bases = append(o.bases, name)
	return nil
}

// stackBases opens bases that stand on each other. A base that is split goes on top of
// the one before it. One that stands alone replaces those before it: pahole uses the
// last of several options, and builds append theirs.
//
// open opens a file. on makes a base of it, on top of below, or without one if below is
// nil; it fails with btf.ErrNeedBase if the file is split and below is nil. That is no
// error if a later file stands alone. done gets a file that on is finished with, and
// drop a base that was replaced.
func stackBases[F, T any](names []string, open func(name string) (F, error),
	on func(f F, name string, below *T) (T, error), done func(F), drop func(T)) (chain []T, err error) {
	var baseless *baseError
	for _, name := range names {
		f, err := open(name)
		if err != nil {
			return nil, &baseError{name, err}
		}
		next, err := on(f, name, nil)
		split := errors.Is(err, btf.ErrNeedBase)
		if split && len(chain) > 0 {
			next, err = on(f, name, &chain[len(chain)-1])
		}
		done(f)
		switch {
		case split && len(chain) == 0:
			baseless = &baseError{name, err}
		case err != nil:
			return nil, &baseError{name, err}
		case split:
			chain = append(chain, next)
		default:
			for _, other := range chain {
				drop(other)
			}
			chain, baseless = []T{next}, nil
		}
	}
	if baseless != nil {
		return nil, baseless
	}
	return chain, nil
}

// A baseError says which base cannot be had.
type baseError struct {
	name string
	error
}

func (e *baseError) Unwrap() error { return e.error }

// A baseChain is what BTF is split from: the BTF of a kernel and, each split from the
// one before, of others. nil is none.
type baseChain []loadedBase

type loadedBase struct {
	name  string
	types *btf.Types
}

// types is that of the last one, which stands for all.
func (c baseChain) types() *btf.Types {
	if len(c) == 0 {
		return nil
	}
	return c[len(c)-1].types
}

// release is that of the kernel, "" if nothing says it.
func (c baseChain) release() string {
	if len(c) == 0 {
		return ""
	}
	return releaseOf(c[0].name)
}

// loader is the kernel, which knows its own BTF alone.
func (c baseChain) loader() *verify.Loader {
	if len(c) == 0 {
		return nil
	}
	return verify.LoaderOf(c.types())
}

// loadBases reads the BTF of bases. Of one that brings a distilled base along,
// distilled says whether it may be one; nil agrees.
func loadBases(names []string, distilled func(name string) error) (baseChain, error) {
	return loadBasesBy(btf.Load, names, distilled)
}

// loadBasesBy is loadBases by btf.Load or btf.LoadLoose.
func loadBasesBy(load loadFunc, names []string, distilled func(name string) error) (baseChain, error) {
	return stackBases(names, func(name string) (*unpack.File, error) { return openInput(name) },
		func(f *unpack.File, name string, below *loadedBase) (loadedBase, error) {
			var base *btf.Types
			if below != nil {
				base = below.types
			}
			types, err := parseBTF(f, name, base, load)
			if err == nil && below == nil && types.Base() != nil && distilled != nil {
				err = distilled(name)
			}
			return loadedBase{name, types}, err
		}, func(f *unpack.File) { f.Close() }, func(loadedBase) {})
}

// openRawBases opens bases that a kernel may refuse, so that they are not parsed. What
// is no BTF, or split from a base that is not there, no kernel has.
func openRawBases(names []string) ([]*btfInput, error) {
	return stackBases(names, readBTFInput, func(in *btfInput, name string, below **btfInput) (*btfInput, error) {
		if in.sections.Base != nil {
			return nil, refuseDistilled(name)
		}
		_, err := btf.ParseLoose(in.sections.BTF, nil)
		if below == nil && errors.Is(err, btf.ErrNeedBase) || err != nil && !hasMagic(in.sections.BTF) {
			return nil, fileError(name, err)
		}
		return in, nil
	}, func(*btfInput) {}, (*btfInput).close)
}

// rawLoader is the kernel of such bases, nil without one.
func rawLoader(chain []*btfInput) *verify.Loader {
	if len(chain) == 0 {
		return nil
	}
	var more [][]byte
	for _, in := range chain[1:] {
		more = append(more, in.sections.BTF)
	}
	return verify.NewLoader(chain[0].sections.BTF, more...)
}

// warnOfDistilled warns of a base that is a module with a distilled base. pahole
// takes it, and so its bytes are made.
func (c *command) warnOfDistilled(name string) error {
	c.warn("%s has a distilled base: the result is split from that, and no kernel has these IDs", name)
	return nil
}

// refuseDistilled is an error for such a base where it has to be that of a kernel.
func refuseDistilled(name string) error { return fileError(name, errNoKernel) }

// errNoKernel says that a file is no kernel.
var errNoKernel = errors.New("has a distilled base, so it is a module and no kernel")

// index makes the base for the encoder, nil of no chain.
func (c baseChain) index(compat libbpf.Version) (*dwarf2btf.Base, error) {
	if len(c) == 0 {
		return nil, nil
	}
	base, err := dwarf2btf.NewBase(c.types(), dwarf2btf.BaseOptions{Compat: compat})
	if err != nil {
		return nil, fileError(c[len(c)-1].name, err)
	}
	return base, nil
}

// loadBase reads and indexes the base that the options name. load and distilled are as for
// loadBasesBy.
func (o *options) loadBase(load loadFunc, distilled func(name string) error) (baseChain, *dwarf2btf.Base, error) {
	chain, err := loadBasesBy(load, o.bases, distilled)
	if err != nil {
		return nil, nil, err
	}
	base, err := chain.index(o.compat)
	return chain, base, err
}

// baseLoader reads the base for one input, which comes across few of its types: the encoder
// checks these, and the others need no check, unless something else is to look at them.
func (o *options) baseLoader(set features.Set) loadFunc {
	if o.checksBaseLater(set) {
		return btf.LoadLoose
	}
	return btf.Load
}

func (o *options) checksBaseLater(set features.Set) bool {
	return len(o.bases) <= 1 && !o.verify && !set.Has(features.DistilledBase)
}

// damagedBase returns the error for a base that was read by btf.LoadLoose, and is damaged:
// that of reading it again, which has the file.
func (o *options) damagedBase(err error) error {
	if _, again := loadBases(o.bases, nil); again != nil {
		err = again
	}
	return fmt.Errorf("--btf_base %w", err)
}

// arrayStyle is how arrays of several dimensions are encoded. Who asks for the
// packaged pahole's libbpf wants the packaged pahole's bytes.
func (o *options) arrayStyle() dwarf2btf.Arrays {
	if !o.arraysSet && o.compat == libbpf.V17 {
		return dwarf2btf.ArraysNested
	}
	return o.arrays
}
