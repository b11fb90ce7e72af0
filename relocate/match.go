package relocate

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// ErrTooMany says that the distilled base and the target both have so many
// types of one name that comparing them takes too long.
var ErrTooMany = errors.New("too many types of one name")

// ErrLongNames says that the names of the distilled base or of the target are so
// long that comparing them takes too long. Kernels accept names of up to 511 bytes.
var ErrLongNames = errors.New("the names of types are too long")

// maxPairs bounds the comparisons of distilled types with candidates. The largest
// modules need some thousands.
const maxPairs = 1 << 24

// match finds the candidates of all distilled types.
func (c *checker) match() error {
	if c.target.names.spent() {
		return fmt.Errorf("%w: those of the target", ErrLongNames)
	}
	var names nameBudget
	c.result.Distilled = make([]Distilled, c.first-1)
	for id := btf.ID(1); id < c.first; id++ {
		rec := c.distilled.Record(id)
		d := &c.result.Distilled[id-1]
		*d = Distilled{
			ID:         id,
			Kind:       rec.Kind(),
			Name:       c.distilled.Name(id),
			Size:       sizeOf(rec),
			Embedded:   c.embedded[id],
			Referenced: c.referenced[id],
		}
		if !names.spend(d.Name) {
			return fmt.Errorf("%w: those of the distilled base", ErrLongNames)
		}
		if rec.NameOff() == 0 || !canBeDistilled(d.Kind) {
			d.State = Invalid
			continue
		}
		if err := c.matchOne(d, rec); err != nil {
			return err
		}
	}
	return nil
}

// canBeDistilled reports whether a distilled base may have types of this kind.
func canBeDistilled(kind btf.Kind) bool { return isCandidate(kind) && kind != btf.KindEnum64 }

func (c *checker) matchOne(d *Distilled, rec btf.Record) error {
	embedded := d.Embedded // until it has accepted something
	anySize := false
	for id := c.target.first[d.Name]; id != 0; id = c.target.next[id] {
		if c.pairs++; c.pairs > maxPairs {
			return fmt.Errorf("%w: '%s'", ErrTooMany, d.Name)
		}
		cand := c.target.types.Record(id)
		why := mismatch(rec, cand, c.target.needSize[id], embedded)
		if why == Fits {
			embedded = false
			d.NumAccepted++
			if d.NumAccepted == 2 {
				c.secondMatch(d, id)
			}
		}
		d.add(candidate(id, cand, why))
		anySize = anySize || why.isSize()
	}
	switch {
	case d.NumAccepted == 1:
		d.State = Matched
		c.mapName(rec.NameOff(), d.Accepted[0].ID)
	case d.NumAccepted > 1:
		d.State = Ambiguous
	case anySize:
		d.State = SizeMismatch
	case len(d.Rejected) > 0:
		d.State = KindMismatch
	default:
		d.State = Missing
	}
	if d.NumAccepted == 0 {
		if d.Other = c.target.otherKind(d.Name); d.Other != 0 {
			d.OtherKind = c.target.types.Record(d.Other).Kind()
		}
	}
	return nil
}

// add enters a candidate into the list that it belongs to.
func (d *Distilled) add(c Candidate) {
	if c.Why == Fits {
		if len(d.Accepted) < Listed {
			d.Accepted = append(d.Accepted, c)
		}
		return
	}
	if len(d.Rejected) == Listed && c.Why >= d.Rejected[Listed-1].Why {
		return
	}
	at, _ := slices.BinarySearchFunc(d.Rejected, c, func(a, b Candidate) int {
		if a.Why <= b.Why { // after its equals
			return -1
		}
		return 1
	})
	d.Rejected = slices.Insert(d.Rejected[:min(len(d.Rejected), Listed-1)], at, c)
}

func candidate(id btf.ID, rec btf.Record, why Mismatch) Candidate {
	return Candidate{ID: id, Kind: rec.Kind(), Size: sizeOf(rec), Why: why}
}

// sizeOf returns the size of a type in bytes, or 0 if its kind has none.
func sizeOf(rec btf.Record) uint32 {
	if kind := rec.Kind(); hasScalarSize(kind) || kind.IsComposite() {
		return rec.Size()
	}
	return 0
}

// mismatch returns what keeps the distilled type d from accepting v, which has
// its name. A size that is wrong too does not count if the kind is wrong.
func mismatch(d, v btf.Record, needSize, embedded bool) Mismatch {
	vKind := v.Kind()
	if why := kindMismatch(d, v); why != Fits {
		return why
	}
	switch {
	case needSize && keySize(d) != keySize(v) && hasScalarSize(vKind):
		return SizeOfScalar
	case needSize && keySize(d) != keySize(v):
		return SizeOfSeveral
	case embedded && d.SizeOrType() != v.SizeOrType():
		return SizeEmbedded
	}
	return Fits
}

// keySize is the size that the kernel's table of distilled types has room for
// (struct btf_name_info: 31 bits).
func keySize(rec btf.Record) uint32 { return rec.SizeOrType() &^ (1 << 31) }

// kindMismatch compares all but sizes.
func kindMismatch(d, v btf.Record) Mismatch {
	dKind, vKind := d.Kind(), v.Kind()
	switch dKind {
	case btf.KindFwd:
		switch vKind {
		case btf.KindFwd:
			if d.KindFlag() != v.KindFlag() {
				return OtherKindFlag
			}
		case btf.KindStruct: // the flag of v means bitfields, but is taken for that of a FWD
			if v.KindFlag() {
				return OtherKindFlag
			}
		case btf.KindUnion:
			if !v.KindFlag() {
				return OtherKindFlag
			}
		default:
			return OtherKindFound
		}
	case btf.KindInt:
		if vKind != btf.KindInt {
			return OtherKindFound
		}
		if d.Int().Encoding != v.Int().Encoding {
			return OtherEncoding
		}
	case btf.KindFloat:
		if vKind != btf.KindFloat {
			return OtherKindFound
		}
	case btf.KindEnum:
		if !vKind.IsAnyEnum() {
			return OtherKindFound
		}
	}
	return Fits
}
