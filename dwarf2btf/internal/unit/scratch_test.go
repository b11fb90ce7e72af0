package unit

import (
	"math/rand/v2"
	"testing"
)

// There is no more scratch than workers, nobody has one that somebody else has, and a unit gets one that is large
// enough, or one that grows.
func TestScratches(t *testing.T) {
	const workers = 5
	for _, classes := range []bool{false, true} {
		s := scratches{classes: classes}
		for range workers {
			s.work()
		}
		r := rand.New(rand.NewPCG(1, 2))
		type use struct {
			sc   *scratch
			size int
		}
		var inUse []use
		seen := map[*scratch]bool{}
		for range 5000 {
			if len(inUse) == workers || len(inUse) > 0 && r.IntN(2) == 0 {
				i := r.IntN(len(inUse))
				u := inUse[i]
				inUse = append(inUse[:i], inUse[i+1:]...)
				u.sc.room = max(u.sc.room, u.size)
				s.giveBack(u.sc)
				continue
			}
			size := 1 << r.IntN(20)
			sc := s.take(size)
			for _, u := range inUse {
				if u.sc == sc {
					t.Fatal("two have the same scratch")
				}
			}
			if _, room := s.classOf(size); room > 0 && sc.room < size {
				t.Fatalf("scratch for %d bytes has room for %d", size, sc.room)
			}
			inUse, seen[sc] = append(inUse, use{sc, size}), true
			free := 0
			for _, list := range s.free {
				free += len(list)
			}
			if len(inUse)+free != s.made || s.made > workers {
				t.Fatalf("%d in use and %d free, %d made, for %d workers", len(inUse), free, s.made, workers)
			}
		}
		if most := workers * len(s.free); len(seen) > most {
			t.Errorf("%d were made, at most %d times", len(seen), most)
		}
	}
}
