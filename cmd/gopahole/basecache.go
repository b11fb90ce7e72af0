package main

import (
	"fmt"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/internal/tuning"
	"github.com/gopahole/gopahole/unpack"
)

// The environment names the directory of the cache, and how large it may become. There are no
// options for these: the build of a kernel would have to pass them on.
const (
	cacheEnv     = "GOPAHOLE_CACHE"
	cacheSizeEnv = "GOPAHOLE_CACHE_SIZE"

	defaultCacheSize = 500 << 20 // bytes
)

// baseCache returns the cache of indexes, nil if there is none.
func (c *command) baseCache(o *options) (*dwarf2btf.BaseCache, error) {
	dir, _ := c.env(cacheEnv)
	if dir == "" {
		return nil, nil
	}
	size := int64(defaultCacheSize)
	if text, _ := c.env(cacheSizeEnv); text != "" {
		var err error
		if size, err = tuning.ParseSize(text); err != nil {
			return nil, usagef("$%s: %v", cacheSizeEnv, err)
		}
	}
	return &dwarf2btf.BaseCache{Dir: dir, Max: size, Note: func(s string) {
		if o.verbose {
			fmt.Fprintf(c.stderr, "%s: %s\n", c.name(), quote.Line(s))
		}
	}}, nil
}

// loadBaseOfOne reads and indexes the base for one input, or finds the index in the cache, if there
// is one.
func (c *command) loadBaseOfOne(o *options, set features.Set, cache *dwarf2btf.BaseCache) (baseChain, *dwarf2btf.Base, error) {
	if cache != nil && len(o.bases) == 1 && o.checksBaseLater(set) {
		if base := loadCached(cache, o); base != nil {
			return baseChain{{o.bases[0], base.Types()}}, base, nil
		}
	}
	return o.loadBase(o.baseLoader(set), c.warnOfDistilled)
}

// loadCached returns nil if the base cannot be had. Errors are those of reading it without a cache.
func loadCached(cache *dwarf2btf.BaseCache, o *options) *dwarf2btf.Base {
	f, err := unpack.Open(o.bases[0])
	if err != nil {
		return nil
	}
	defer f.Close()
	mapped := f.Map()
	defer mapped.Close()
	base, err := cache.LoadBase(mapped, f.Size(), dwarf2btf.BaseOptions{Compat: o.compat})
	if err != nil || base.Types().Base() != nil {
		return nil
	}
	return base
}
