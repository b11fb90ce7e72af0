package catalog

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/store"
)

// An Item is the BTF of a kernel or of a module in an archive.
type Item struct {
	Package *index.Package
	Entry   *index.Entry
}

// A Query says which kernel or module is meant. What is empty does not count, but for Module: without it the kernel is
// meant, unless BuildID or Digest say more.
type Query struct {
	Release      string
	Module       string // "" for the kernel
	Architecture string // as in the index: x86_64, arm64
	Distribution string // debian/12
	Package      string // name of the package
	BuildID      string // hexadecimal
	Digest       string // SHA-256 of the BTF, hexadecimal
}

// A Catalog is the index of an archive in memory. Its methods may be called at the same time.
type Catalog struct {
	st store.Store

	now atomic.Pointer[snapshot] // the newest; nil for none yet
	// reading has one place, for who reads the index. Who finds what it looks for does not wait for that.
	reading chan struct{}
}

// A snapshot is the index as it was at a time.
type snapshot struct {
	read    time.Time // when it was begun
	broken  []error   // of records that cannot be read
	release map[string][]Item
	buildID map[string][]Item
	digest  map[string][]Item
	items   []Item // in the order of the index
}

// New makes a catalog of an archive, whose index is read when it is first needed.
func New(st store.Store) *Catalog { return &Catalog{st: st, reading: make(chan struct{}, 1)} }

// Fresh is for how long an index that was read says what is in the archive.
const Fresh = 30 * time.Second

// load returns the index, which is read if it was read before a time, or never.
func (c *Catalog) load(ctx context.Context, before time.Time) (*snapshot, error) {
	if s := c.now.Load(); s != nil && !s.read.Before(before) {
		return s, nil
	}
	select {
	case c.reading <- struct{}{}:
		defer func() { <-c.reading }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if s := c.now.Load(); s != nil && !s.read.Before(before) { // by another one meanwhile
		return s, nil
	}
	next := &snapshot{read: time.Now(), release: make(map[string][]Item), buildID: make(map[string][]Item), digest: make(map[string][]Item)}
	for l, err := range index.List(ctx, c.st) {
		if err != nil {
			return nil, err
		}
		if l.Err != nil {
			next.broken = append(next.broken, l.Err)
			continue
		}
		for i := range l.Record.Entries {
			e := &l.Record.Entries[i]
			if e.Status != index.Done || e.Object == "" {
				continue
			}
			it := Item{&l.Record.Package, e}
			next.items = append(next.items, it)
			next.release[e.Release] = append(next.release[e.Release], it)
			if e.BuildID != "" {
				next.buildID[e.BuildID] = append(next.buildID[e.BuildID], it)
			}
			next.digest[e.Digest] = append(next.digest[e.Digest], it)
		}
	}
	c.now.Store(next)
	return next, nil
}

// Find returns what fits a query, in the order of the index. The error is about the store, or about records that cannot
// be read and may have what is not found elsewhere. An index that was read some time ago is read again before nothing
// is found.
func (c *Catalog) Find(ctx context.Context, q Query) ([]Item, error) {
	s, err := c.load(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	if found := s.find(q); found != nil {
		return found, nil
	}
	if s, err = c.load(ctx, time.Now().Add(-Fresh)); err != nil {
		return nil, err
	}
	found := s.find(q)
	if found == nil && len(s.broken) > 0 {
		return nil, fmt.Errorf("not found, and %d records of the index cannot be read: %w (archive run makes them again)", len(s.broken), s.broken[0])
	}
	return found, nil
}

func (s *snapshot) find(q Query) []Item {
	q.BuildID, q.Digest = strings.ToLower(q.BuildID), strings.ToLower(q.Digest)
	from := s.release[q.Release]
	switch {
	case q.Digest != "":
		from = s.digest[q.Digest]
	case q.BuildID != "":
		from = s.buildID[q.BuildID]
	}
	var found []Item
	for _, it := range from {
		if it.fits(&q) {
			found = append(found, it)
		}
	}
	return found
}

func (it Item) fits(q *Query) bool {
	e, p := it.Entry, it.Package
	named := q.BuildID != "" || q.Digest != ""
	return (q.Release == "" || q.Release == e.Release) && (q.Module == e.Module || q.Module == "" && named) &&
		(q.Architecture == "" || q.Architecture == e.Architecture) && (q.Distribution == "" || q.Distribution == p.Distribution) &&
		(q.Package == "" || q.Package == p.Name) && (q.BuildID == "" || q.BuildID == e.BuildID) && (q.Digest == "" || q.Digest == e.Digest)
}

// All returns all that is in the archive, in the order of the index, and errors about records that cannot be read.
func (c *Catalog) All(ctx context.Context) ([]Item, []error, error) {
	s, err := c.load(ctx, time.Now().Add(-Fresh))
	if err != nil {
		return nil, nil, err
	}
	return s.items, s.broken, nil
}

// An AmbiguousError says that several kernels or modules with different BTF fit a query.
type AmbiguousError struct{ Items []Item }

func (e *AmbiguousError) Error() string {
	var list []string
	for i, it := range e.Items {
		if i == 5 {
			list = append(list, fmt.Sprintf("and %d more", len(e.Items)-i))
			break
		}
		list = append(list, it.String())
	}
	return "there are several: " + strings.Join(list, "; ")
}

// String names a kernel or module with all that tells it from others.
func (it Item) String() string {
	what := it.Entry.Release
	if it.Entry.Module != "" {
		what += "/" + it.Entry.Module
	}
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s %s", what, it.Entry.Architecture, it.Package.Distribution, it.Package.Name, it.Package.Version)), " ")
}

// One returns the first of items if all have the same BTF. The error is an *AmbiguousError.
func One(items []Item) (Item, error) {
	for _, it := range items[1:] {
		if it.Entry.Digest != items[0].Entry.Digest || it.Entry.DistilledBase != items[0].Entry.DistilledBase {
			return Item{}, &AmbiguousError{items}
		}
	}
	return items[0], nil
}
