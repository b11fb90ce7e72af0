package unit

import (
	"math/rand/v2"
	"reflect"
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

// Scratch that waits for the next file leads to nothing of the last one: a base that is kept would keep that file.
func TestScratchForgets(t *testing.T) {
	var sc scratch
	v := reflect.ValueOf(&sc.decoding).Elem()
	found := 0
	for i := range v.NumField() {
		if v.Field(i).Kind() != reflect.Slice {
			continue
		}
		list := settable(v.Field(i))
		elem := reflect.New(list.Type().Elem()).Elem()
		if !point(elem) {
			continue
		}
		found++
		list.Set(reflect.Append(list, elem))
		list.SetLen(0) // as reset leaves it
	}
	sc.placed = map[*typeUnit]uint32{{}: 1}
	sc.forget()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && f.Cap() > 0 && !f.Slice(0, 1).Index(0).IsZero() || f.Kind() == reflect.Map && f.Len() > 0 {
			t.Errorf("%s still has something of the file", v.Type().Field(i).Name)
		}
	}
	if found < 5 {
		t.Errorf("%d lists that lead anywhere", found)
	}
}

// point makes the first pointer in v lead somewhere, if there is one.
func point(v reflect.Value) bool {
	v = settable(v)
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return true
	case reflect.Struct:
		for i := range v.NumField() {
			if point(v.Field(i)) {
				return true
			}
		}
	}
	return false
}

// settable returns a field that is not exported as one that can be set.
func settable(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
}
