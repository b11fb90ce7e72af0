package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// An Opener opens a store by its whole name.
type Opener func(ctx context.Context, dest string) (Store, error)

var drivers = struct {
	sync.Mutex
	byScheme map[string]Opener
}{byScheme: make(map[string]Opener)}

// Register lets [Open] open the names that begin with a scheme and "://". The packages archive/store/s3 and
// archive/store/oci have openers; they are not here, as a program pays for their clients when it starts, whether it
// uses them or not.
func Register(scheme string, open Opener) {
	drivers.Lock()
	defer drivers.Unlock()
	drivers.byScheme[scheme] = open
}

// A SchemeError is the error for a store that the program has no driver for.
type SchemeError struct {
	Dest   string
	Scheme string
	Known  []string // schemes that it has drivers for
}

func (e *SchemeError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("%s: this program has stores in directories only, none for %s://", e.Dest, e.Scheme)
	}
	return fmt.Sprintf("%s: this program has no stores for %s://, only for directories and %s", e.Dest, e.Scheme,
		strings.Join(e.Known, "://, ")+"://")
}

// Open opens a store by its name:
//
//	DIR, or file:DIR         a directory; the first Put makes it
//	SCHEME://...             what the program has registered a driver for
//
// The drivers are s3://BUCKET/PREFIX and oci://HOST/REPOSITORY.
func Open(ctx context.Context, dest string) (Store, error) {
	scheme, _, ok := strings.Cut(dest, "://")
	if !ok {
		return openDir(dest, strings.TrimPrefix(dest, "file:"))
	}
	drivers.Lock()
	open, ok := drivers.byScheme[scheme]
	known := slices.Sorted(maps.Keys(drivers.byScheme))
	drivers.Unlock()
	if !ok {
		return nil, &SchemeError{Dest: dest, Scheme: scheme, Known: known}
	}
	return open(ctx, dest)
}
