package archive

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/store"
)

// An inventory is what a store has, as it was when it was first asked for. To ask for each object of each record would
// take longer than the list.
type inventory struct {
	mu    sync.Mutex
	there map[string]bool // by key; nil before the store was listed
}

// missing returns the keys in a record that are not in the store, each once. The error is that of the store.
func (v *inventory) missing(ctx context.Context, st store.Store, r *index.Record) (keys []string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.there == nil {
		there := make(map[string]bool)
		for info, err := range st.List(ctx, "") {
			if err != nil {
				return nil, err
			}
			there[info.Key] = true
		}
		v.there = there
	}
	for key := range objectsOf(r) {
		if v.there[key] {
			continue
		}
		// Others may have put it since, and directories have second names that are not listed.
		switch _, err := st.Stat(ctx, key); {
		case err == nil:
			v.there[key] = true
		case errors.Is(err, fs.ErrNotExist), errors.As(err, new(*store.KeyError)):
			keys = append(keys, key)
		default:
			return nil, err
		}
	}
	return keys, nil
}

// objectsOf yields the keys that a record tells of, each once.
func objectsOf(r *index.Record) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		seen := make(map[string]bool)
		for i := range r.Entries {
			e := &r.Entries[i]
			keys := []string{e.Object}
			if e.DistilledBase != "" && r.Package.Layout == string(CAS) {
				keys = append(keys, index.ObjectKey(e.DistilledBase))
			}
			for _, key := range keys {
				if key == "" || seen[key] {
					continue
				}
				seen[key] = true
				if !yield(key) {
					return
				}
			}
		}
	}
}
