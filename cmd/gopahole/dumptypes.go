package main

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
)

// selectTypes returns the IDs that words stand for, names, patterns and numbers, and
// after them others that are given. Each is there once. A word that stands for nothing
// is an error.
func selectTypes(types *btf.Types, words []string, more []btf.ID) ([]btf.ID, error) {
	var ids []btf.ID
	seen := make(map[btf.ID]bool)
	add := func(id btf.ID) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, word := range words {
		if id, err := strconv.ParseUint(word, 0, 32); err == nil {
			more = append(more[:len(more):len(more)], btf.ID(id))
			continue
		}
		found := false
		take := func(id btf.ID) { found = true; add(id) }
		if strings.ContainsAny(word, "*?[") {
			for id := range types.All() {
				name := types.Name(id)
				if ok, _ := path.Match(word, name); ok && name != "" {
					take(id)
				}
			}
		} else {
			for id := range types.Named(word) {
				take(id)
			}
		}
		if !found {
			return nil, fmt.Errorf("no type is called %s", quote.Name(word))
		}
	}
	for _, id := range more {
		if id >= types.NumIDs() || id == 0 {
			return nil, fmt.Errorf("there is no type %d: IDs are from 1 to %d", id, types.NumIDs()-1)
		}
		add(id)
	}
	return ids, nil
}

// checkPatterns returns an error about the first of some names and patterns that is no pattern.
func checkPatterns(words []string) error {
	for _, word := range words {
		if _, err := path.Match(word, ""); err != nil {
			return fmt.Errorf("%s: %w", quote.Name(word), err)
		}
	}
	return nil
}
