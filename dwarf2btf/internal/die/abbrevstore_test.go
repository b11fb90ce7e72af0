package die

import (
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
)

// Tables that share a store, in several goroutines and while it grows, have what they would compile alone; those of
// units of another kind do not take part.
func TestSharedStore(t *testing.T) {
	listOf := func(seed uint64) []byte {
		r := rand.New(rand.NewPCG(seed, 3))
		var list []entryOf
		for i := range uint64(60) {
			list = append(list, entryOf{i + 1, TagTypedef, false, attrs{{0x2000 + r.Int64N(3000), FormData1}, {atType, formRef4}, {0x2000, FormImplicitConst, r.Int64N(3)}}})
		}
		return abbrevs(list...)
	}
	other := *unit5
	other.Is64 = true
	shared := StoreFor(nil, unit5)
	var workers sync.WaitGroup
	for w := range uint64(4) {
		workers.Go(func() {
			table := Table{Shared: shared}
			for round := range uint64(100) {
				u := unit5
				if round%10 == w {
					u = &other
				}
				list := listOf((round + 25*w) % 100)
				var alone Table
				if err := table.Compile(list, 0, u); err != nil {
					t.Error(err)
					return
				}
				if err := alone.Compile(list, 0, u); err != nil || !reflect.DeepEqual(table.dense, alone.dense) {
					t.Errorf("worker %d, round %d: a shared store gives something else; %v", w, round, err)
					return
				}
			}
		})
	}
	workers.Wait()
	distinct := map[string]bool{}
	for i := range shared.n {
		distinct[string(shared.known.Load().list[i].decl)] = true
	}
	if len(distinct) != shared.n || shared.n < 3000 {
		t.Errorf("%d declarations are kept, of which %d are different", shared.n, len(distinct))
	}
}
