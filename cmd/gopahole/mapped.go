package main

import (
	"errors"
	"io"
	"runtime/debug"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/unpack"
)

// A mappedBTF has files whose types are used where they are in memory. To copy those of a
// kernel takes as long as to find a struct in them and to print it.
type mappedBTF struct {
	files []*unpack.Mapping
}

// load is btf.Load of a mapped file.
func (m *mappedBTF) load(r io.ReaderAt, size int64, base *btf.Types) (*btf.Types, error) {
	if f, ok := r.(*unpack.File); ok {
		mapping := f.Map()
		m.files = append(m.files, mapping)
		r = mapping
	}
	return btf.Load(r, size, base)
}

var (
	errChanged = errors.New("was changed while it was read: run this again")
	errFault   = errors.New("cannot be read: a page of it is missing")
)

// use calls f, which uses the types in this goroutine alone and keeps nothing of them, and then
// gives the files up. If one of them was changed meanwhile, what f did, or did not, does not
// count. After an error they stay: it may have names from them.
func (m *mappedBTF) use(f func() error) (err error) {
	defer func() {
		for _, mapping := range m.files {
			if err == nil {
				mapping.Close()
			}
		}
	}()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		reason := recover()
		for _, mapping := range m.files {
			if mapping.Changed() {
				err = fileError(mapping.Name(), errChanged)
				return
			}
		}
		if fault, ok := reason.(interface{ Addr() uintptr }); ok && m.files != nil && fault.Addr() != 0 {
			err = fileError(m.files[len(m.files)-1].Name(), errFault)
		} else if reason != nil {
			panic(reason)
		}
	}()
	return f()
}
