package archive

import (
	"context"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
	"github.com/gopahole/gopahole/archive/store"
)

// A State is what an archive has of a package.
type State struct {
	Key    string
	Record *index.Record
	Err    error // why the record cannot be read
	// Missing are keys of objects that the record tells of and that are not there.
	Missing []string
	// Superseded says that the package failed, and that another file of the same name, version and architecture was done:
	// a download that was cut off, for example. Of one that does not even say its name, that of the file tells.
	Superseded bool
}

// States returns what an archive has, in the order of the keys of records. The error is that of the store.
func States(ctx context.Context, st store.Store) ([]State, error) {
	var there inventory
	type name struct{ name, version, architecture string }
	nameOf := func(p *index.Package) name { return name{p.Name, p.Version, p.Architecture} }
	done, files := make(map[name]bool), make(map[string]bool)
	var states []State
	for l, err := range index.List(ctx, st) {
		if err != nil {
			return nil, err
		}
		s := State{Key: l.Key, Record: l.Record, Err: l.Err}
		if l.Record != nil {
			if s.Missing, err = there.missing(ctx, st, l.Record); err != nil {
				return nil, err
			}
			if l.Record.Package.Status == index.Done {
				done[nameOf(&l.Record.Package)] = true
				files[fileName(&l.Record.Package)] = true
			}
		}
		states = append(states, s)
	}
	for i := range states {
		if r := states[i].Record; r != nil {
			file := brokenFile(&r.Package)
			states[i].Superseded = r.Package.Status == index.Failed && (done[nameOf(&r.Package)] || file != "" && files[file])
		}
	}
	return states, nil
}

// Undone returns the paths of the packages in inputs that have no record, or none of these
// options. The error is that of the store, of the disk, or of ctx.
func Undone(ctx context.Context, st store.Store, inputs []source.Input, o Options) (paths []string, err error) {
	r := &runner{Options: o, st: st}
	for _, in := range inputs {
		for p, broken := range in.Packages(ctx, o.Spool, o.Limits) {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if isOurs(broken) {
				return nil, broken
			}
			rec := r.newRecord(p)
			before, err := index.Read(ctx, st, rec.Package.Key())
			if err != nil {
				return nil, err
			}
			if before == nil || !before.Package.Covers(&rec.Package) {
				paths = append(paths, p.Path)
			}
		}
	}
	return paths, nil
}
