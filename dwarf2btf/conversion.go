package dwarf2btf

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/dwarf2btf/internal/unit"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/cores"
	"github.com/gopahole/gopahole/internal/typegraph"
	"github.com/gopahole/gopahole/internal/workers"
)

// conversion is one call of [Convert]: what all attempts have in common, and the mode
// of the present one.
type conversion struct {
	opts   *Options
	files  []*elffile.File
	inputs []unit.Input // by file
	units  *unit.Options
	stats  *Stats
	pool   workers.Pool

	recorder *cores.Recorder // nil, but for make bench-cores

	// The mode. Each field changes once at most, so there are few attempts.
	merged     []bool // by file: all units form one CU
	lookAhead  bool   // look at all abbreviations first, for what merged should be
	deferred   bool   // merge types at the end, not unit by unit
	primitives uint64 // for typegraph.IncrementalOptions, 0 if not known

	// The progress of an attempt.
	current    int    // index of the file that is read
	infoBytes  uint64 // size of .debug_info of all files
	infoBefore uint64 // the same of those that were read
	copies     uint64 // bytes of type units that were decoded
	splitBytes uint64 // of the split units so far
}

// newConversion checks what can be checked before anything is read.
func newConversion(files []*elffile.File, opts *Options) (*conversion, error) {
	if err := checkFiles(files); err != nil {
		return nil, err
	}
	c := &conversion{opts: opts, units: opts.unitOptions(files[0].Machine), files: files, stats: opts.Stats, pool: workers.New(opts.Jobs, opts.Slots), merged: make([]bool, len(files))}
	c.units.Hasty = opts.Verbose == nil // nothing may be printed twice
	if c.stats == nil {
		c.stats = new(Stats)
	}
	*c.stats = Stats{}
	return c, c.checkBase()
}

// open finds the debugging information of all files, and chooses the mode to begin with.
func (c *conversion) open(ctx context.Context) error {
	c.recorder = cores.From(ctx)
	for _, f := range c.files {
		in, err := openInput(ctx, f, c.opts)
		if err != nil {
			return c.nameFile(f, err)
		}
		c.inputs = append(c.inputs, in)
	}
	// Verbose output numbers types as they are before deduplication.
	c.deferred = c.opts.Verbose != nil
	for i := range c.inputs {
		c.merged[i] = c.opts.Features.Has(features.ForceCUMerging) || ltoMerged(c.files[i]) || c.inputs[i].Sup != nil
		c.infoBytes += c.inputs[i].InfoBytes()
	}
	if c.opts.Base != nil && !c.opts.Base.mergesByUnit(c.infoBytes) {
		c.deferred = true
	}
	return nil
}

// close closes what open opened.
func (c *conversion) close() {
	for i := range c.inputs {
		closeInput(&c.inputs[i])
	}
}

// phase begins a phase, which ends the one before.
func (c *conversion) phase(name string) {
	c.stats.beginPhase(name)
	c.recorder.Phase(name)
}

// newEncoder returns an encoder for another attempt.
func (c *conversion) newEncoder(w *workspace) *encoder {
	if c.opts.Trace != nil {
		c.opts.Trace.Reset()
		c.opts.Trace.Machine = c.files[0].Machine
	}
	c.stats.Units, c.infoBefore, c.copies, c.splitBytes = 0, 0, 0, 0
	if c.opts.Base == nil {
		w.reserve(c.infoBytes)
	}
	e := newEncoder(c.opts, w, c.deferred || slices.Contains(c.merged, true), c.primitives)
	if c.opts.Features.Has(features.InlinePreview) {
		e.inlined = newInlined(c.infoBytes)
	}
	return e
}

// adapt changes the mode if an error of an attempt asks for another one:
//
//	ErrMerge            the units of a file refer to each other: all of them are one CU
//	NeedDeferredError   merging unit by unit may not do what libbpf does
//	ErrOrder            relocations are out of order
//	NeedCountError      it needs to know the number of primitive types in advance
func (c *conversion) adapt(err error) (again bool) {
	var needCount *typegraph.NeedCountError
	var needDeferred *typegraph.NeedDeferredError
	switch {
	case errors.Is(err, unit.ErrMerge) && !c.merged[c.current]:
		c.merged[c.current], c.lookAhead = true, true
	case errors.Is(err, unit.ErrOrder) && c.units.Hasty:
		c.units.Hasty = false
	case errors.As(err, &needDeferred) && !c.deferred:
		c.deferred = true
		c.stats.Deferred = needDeferred.Reason.String()
	case errors.As(err, &needCount) && c.primitives == 0:
		c.primitives = needCount.Primitives
	default:
		return false
	}
	return true
}

// nameFile returns an error of a file with its name in front, if there are several.
func (c *conversion) nameFile(f *elffile.File, err error) error {
	if len(c.files) == 1 || strings.HasPrefix(err.Error(), f.Name+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", f.Name, err)
}

// maxFiles is the number of files that funcs.State can tell apart.
const maxFiles = 1 << 16

// checkFiles tells whether files can be encoded together. BTF has one byte order,
// and its readers know one size of pointers.
func checkFiles(files []*elffile.File) error {
	switch n := len(files); {
	case n == 0:
		return errors.New("no input file")
	case n > maxFiles:
		return fmt.Errorf("%d input files: at most %d are supported", n, maxFiles)
	}
	first := files[0]
	for _, f := range files[1:] {
		if a, b := endianness(f.Order), endianness(first.Order); a != b {
			return fmt.Errorf("%s is %s, %s %s: they cannot have one BTF", f.Name, a, first.Name, b)
		}
		if f.Class64 != first.Class64 {
			return fmt.Errorf("%s has addresses of %s, %s of %s: they cannot have one BTF", f.Name, addressBits(f), first.Name, addressBits(first))
		}
	}
	return nil
}

func addressBits(f *elffile.File) string {
	if f.Class64 {
		return "64 bits"
	}
	return "32 bits"
}

// checkBase tells whether the base fits the file and the options.
func (c *conversion) checkBase() error {
	base := c.opts.Base
	switch {
	case base == nil && c.opts.Features.Has(features.DistilledBase):
		return errors.New("feature distilled_base needs a base")
	case base == nil:
		return nil
	case base.compat != c.opts.Compat:
		return errors.New("the base was indexed for another libbpf")
	}
	if b, f := endianness(base.types.ByteOrder()), endianness(c.files[0].Order); b != f {
		return fmt.Errorf("the file is %s, its base %s", f, b)
	}
	return nil
}

func endianness(o binary.ByteOrder) string {
	if o.Uint16([]byte{0, 1}) == 1 {
		return "big endian"
	}
	return "little endian"
}

// ltoMerged reports whether the LTO note of a kernel asks for one CU (an ELF note of
// owner Linux and type 0x101 whose first word is not 0; include/linux/elfnote-lto.h).
func ltoMerged(f *elffile.File) bool {
	const elfnoteLTO = 0x101
	lto, done := false, errors.New("found")
	err := f.Notes(func(owner string, typ uint32, desc []byte) error {
		if owner != "Linux" || typ != elfnoteLTO {
			return nil
		}
		lto = len(desc) >= 4 && f.Order.Uint32(desc) != 0
		return done
	})
	return err == done && lto
}

// report says what a user should know of a file, when the result is complete.
func (c *conversion) report(f *unit.File) {
	if c.opts.Report == nil {
		return
	}
	for _, msg := range f.Warnings() {
		c.opts.Report(Diagnostic{File: f.ELF().Name, Msg: msg})
	}
}
