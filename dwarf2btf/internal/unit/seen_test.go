package unit

import (
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf/internal/names"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// Workers that look up and insert at the same time find what belongs to a key, or nothing, while the tables grow.
func TestSeenByMany(t *testing.T) {
	for range 8 {
		seenByMany(t, 8000)
	}
}

func seenByMany(t *testing.T, keys uint32) {
	idOf := func(k nameKey) names.ID { return k*7 + 1 }
	wordsOf := func(k uint32) []uint32 {
		words := make([]uint32, 3+2*(k%5))
		for i := range words {
			words[i] = k >> i
		}
		words[0], words[1] = k, btf.Info(btf.KindStruct, int(k%5), false)
		return words
	}
	ids, shapes := newNameCache(new(slab[atomic.Uint64]), 0), newShapeCache(typegraph.NewShapes(), new(Storage), 0)
	var workers sync.WaitGroup
	for w := range 4 {
		workers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 1))
			for range 2 * keys {
				k := 1 + r.Uint32N(keys)
				if id, ok := ids.find(k); ok && id != idOf(k) {
					t.Errorf("key %d: %d", k, id)
					return
				} else if !ok {
					ids.put(k, idOf(k))
				}
				words := wordsOf(k)
				s, start, hash, ok := shapes.lookup(words)
				if ok && s != typegraph.Shape(k) {
					t.Errorf("shape %d: %d", k, s)
					return
				} else if !ok {
					start = shapes.insert(words, typegraph.Shape(k), hash)
				}
				if got := shapes.structWords(start); !slices.Equal(got, words) {
					t.Errorf("the words of %d are those of %d", k, got[0])
					return
				}
			}
		})
	}
	workers.Wait()
	for k := uint32(1); k <= keys; k++ {
		if s, _, _, ok := shapes.lookup(wordsOf(k)); ok && s != typegraph.Shape(k) {
			t.Fatalf("shape %d: %d", k, s)
		}
	}
}
