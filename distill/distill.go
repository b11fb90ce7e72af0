package distill

import (
	"errors"
	"fmt"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/libbpf"
)

// Options of [Distill]. The zero value is libbpf 1.8, without its defect.
type Options struct {
	// Keep are types of the base to keep although no split type refers to them, such
	// as those that .BTF_ids asks for. 0 and IDs of split types are ignored.
	Keep []btf.ID

	// Compat is the libbpf whose bytes the results have. From libbpf 1.9 on split types
	// may refer to functions of the base, which are copied, and a distilled base may
	// have no types.
	Compat libbpf.Version
}

// ErrNotSplit says that the types have no base, so there is nothing to distil.
var ErrNotSplit = errors.New("distill: not split BTF")

// KindError says that split types refer to a type of the base that a distilled base
// cannot have.
type KindError struct {
	ID   btf.ID // in the base, or in the split BTF if the kind is not known
	Kind btf.Kind
	Name string
}

func (e *KindError) Error() string {
	if !e.Kind.Known() {
		return fmt.Sprintf("distill: [%d]: %s", e.ID, e.Kind.NotKnown())
	}
	return fmt.Sprintf("distill: [%d] %v '%s' of the base is referred to, and a distilled base cannot have one", e.ID, e.Kind, e.Name)
}

// Distill returns the distilled base of split BTF, and the split BTF over it:
// the contents of .BTF.base and .BTF. The base of split may be split BTF itself;
// the result stands for the whole chain. Both are written in the byte order of
// split and with a short header, without a layout section.
//
// Without Options.Keep, types and strings are those of libbpf, byte for byte, except
// where libbpf 1.8 makes a base without types. The types of the distilled base are in
// the order of the base. The split types keep their order; types copied from the
// base follow them, in the order of the base. Nothing is merged.
//
// The error is ErrNotSplit, a *KindError, or says which type is at fault: an
// enum whose size is not 1, 2, 4 or 8, or references and strings that do not
// exist.
func Distill(split *btf.Types, opts Options) (base, out *btf.Types, err error) {
	if split.Base() == nil {
		return nil, nil, ErrNotSplit
	}
	if err := split.CheckRecords(); err != nil {
		return nil, nil, fmt.Errorf("distill: %w", err)
	}
	d := &distiller{
		opts:   opts,
		split:  split,
		first:  split.FirstID(),
		marked: newIDSet(split.FirstID()),
	}
	if err := d.mark(opts.Keep); err != nil {
		return nil, nil, err
	}
	d.newID = make([]btf.ID, d.marked.number())
	if base, err = d.distilledBase(); err != nil {
		return nil, nil, err
	}
	if out, err = d.splitOver(base); err != nil {
		return nil, nil, err
	}
	return base, out, nil
}

// distiller is the state of one call.
type distiller struct {
	opts  Options
	split *btf.Types
	first btf.ID // of the own types

	marked idSet    // IDs of the base that are referred to
	newID  []btf.ID // by their number: where a type went
	todo   []btf.ID // marked, but not yet followed

	ownStart btf.ID // what first becomes

	rec btf.Record // scratch
}

// mark finds all types of the base that the result needs: those that are referred
// to, directly or through others. A type that loses its members is not followed.
func (d *distiller) mark(keep []btf.ID) error {
	for _, id := range keep {
		if err := d.markType(id, btf.KindVoid); err != nil {
			return err
		}
	}
	for id := d.first; id < d.split.NumIDs(); id++ {
		if err := d.markRefs(id); err != nil {
			return err
		}
	}
	for len(d.todo) > 0 {
		last := len(d.todo) - 1
		id := d.todo[last]
		d.todo = d.todo[:last]
		if err := d.markRefs(id); err != nil {
			return err
		}
	}
	return nil
}

func (d *distiller) markRefs(id btf.ID) error {
	rec := d.split.Record(id)
	if kind := rec.Kind(); !kind.Known() {
		return &KindError{ID: id, Kind: kind}
	}
	for ref := range rec.Refs() {
		if err := d.markType(ref, rec.Kind()); err != nil {
			return err
		}
	}
	return nil
}

// markType marks a type that one of the kind from refers to, if it is one of the base.
func (d *distiller) markType(id btf.ID, from btf.Kind) error {
	if id == 0 || id >= d.first || d.marked.has(id) {
		return nil
	}
	rec := d.split.Record(id)
	if rec == nil { // in a base of btf.ParseLoose
		return fmt.Errorf("distill: [%d] does not exist", id)
	}
	kind := rec.Kind()
	if destinationOf(kind) == nowhere || kind == btf.KindFunc && !d.copiesFunctions(from) {
		return &KindError{ID: id, Kind: kind, Name: d.split.Name(id)}
	}
	d.marked.add(id)
	if !kind.IsComposite() || rec.NameOff() == 0 {
		d.todo = append(d.todo, id)
	}
	return nil
}

// destination says where a marked type of the base goes.
type destination uint8

const (
	nowhere destination = iota // distilling fails
	toBase
	toBaseIfNamed // else to the split types
	toSplit
)

func destinationOf(kind btf.Kind) destination {
	switch kind {
	case btf.KindInt, btf.KindFloat, btf.KindFwd:
		return toBase
	case btf.KindStruct, btf.KindUnion, btf.KindEnum, btf.KindEnum64:
		return toBaseIfNamed
	case btf.KindPtr, btf.KindArray, btf.KindTypedef, btf.KindVolatile, btf.KindConst, btf.KindRestrict,
		btf.KindFuncProto, btf.KindFunc, btf.KindTypeTag, btf.KindLocParam, btf.KindLocProto, btf.KindLocsec:
		return toSplit
	}
	return nowhere
}

// copiesFunctions reports whether types of a kind may refer to functions of the base:
// always a LOCSEC, which says where they were inlined. No libbpf that knows those stops
// at any other kind either.
func (d *distiller) copiesFunctions(from btf.Kind) bool {
	return from == btf.KindLocsec || d.opts.Compat.AtLeast(libbpf.V19)
}

// goesToBase reports whether a marked type becomes one of the distilled base.
func goesToBase(rec btf.Record) bool {
	switch destinationOf(rec.Kind()) {
	case toBase:
		return true
	case toBaseIfNamed:
		return rec.NameOff() != 0
	}
	return false
}

// distilledBase makes the new base.
func (d *distiller) distilledBase() (*btf.Types, error) {
	b := btf.NewBuilder(d.split.ByteOrder(), nil)
	for n, id := range d.marked.all() {
		if b.Err() == nil && goesToBase(d.split.Record(id)) {
			d.newID[n] = d.addDistilled(b, id)
		}
	}
	if hasTypes := d.split.NumIDs() > d.first; hasTypes && b.NextID() == 1 && b.Err() == nil && !d.opts.Compat.AtLeast(libbpf.V19) {
		if id := placeholder(d.split.Base()); id != 0 {
			d.addDistilled(b, id)
		}
	}
	base, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("distill: base: %w", err)
	}
	return base, nil
}

// addDistilled adds what the distilled base keeps of a type.
func (d *distiller) addDistilled(b *btf.Builder, id btf.ID) btf.ID {
	rec := d.split.Record(id)
	name, size := d.split.Name(id), rec.Size()
	switch rec.Kind() {
	case btf.KindStruct:
		return b.AddStruct(name, size)
	case btf.KindUnion:
		return b.AddUnion(name, size)
	case btf.KindEnum, btf.KindEnum64: // relocation takes an ENUM for both
		return b.AddEnum(name, size)
	}
	return b.AddRecord(rec, d.split)
}

// splitOver makes the new split BTF over the new base: the own types, then
// those of the old base that are needed as they are.
func (d *distiller) splitOver(base *btf.Types) (*btf.Types, error) {
	d.ownStart = base.NumIDs()
	next := d.ownStart + d.split.NumIDs() - d.first
	for n := range d.newID {
		if d.newID[n] == 0 {
			d.newID[n] = next
			next++
		}
	}
	b := btf.NewBuilder(d.split.ByteOrder(), base)
	for id := d.first; id < d.split.NumIDs(); id++ {
		d.copyRecord(b, id)
	}
	for n, id := range d.marked.all() {
		if d.newID[n] >= d.ownStart {
			d.copyRecord(b, id)
		}
	}
	out, err := b.Build()
	if err != nil {
		return nil, fmt.Errorf("distill: split: %w", err)
	}
	return out, nil
}

// copyRecord adds a type as it is, with its references to where they went.
func (d *distiller) copyRecord(b *btf.Builder, id btf.ID) {
	d.rec = append(d.rec[:0], d.split.Record(id)...)
	d.rec.MapRefs(func(ref btf.ID) btf.ID {
		switch {
		case ref >= d.first:
			return ref - d.first + d.ownStart
		case ref != 0:
			return d.newID[d.marked.numberOf(ref)]
		}
		return 0
	})
	b.AddRecord(d.rec, d.split)
}
