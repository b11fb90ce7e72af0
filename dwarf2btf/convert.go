package dwarf2btf

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/distill"
	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/typegraph"
	"github.com/gopahole/gopahole/internal/workers"
)

// ErrNoDWARF says that a file has no debugging information to encode.
var ErrNoDWARF = errors.New("no DWARF debugging information")

// errMerge says that units may refer to each other and have to be merged.
var errMerge = errors.New("units refer to each other")

// Result is what [Convert] returns.
type Result struct {
	// BTF is nil when every unit was left out, and when no unit had a type and there
	// is no base. With a base it is split BTF over Options.Base.Types, or over
	// DistilledBase if there is one; it is empty if the base has all types.
	BTF *btf.Types

	// DistilledBase is what BTF needs to know of the base, with the feature
	// distilled_base.
	DistilledBase *btf.Types

	// Lead is the index of the first file with a unit that was not left out. It is
	// the one that pahole puts the result into; see [Convert].
	Lead int

	// Languages are the DW_AT_language of the units that were not left out, in
	// ascending order, 0 for none. Kernels take names of C alone, so that BTF with
	// others is often refused; see package verify.
	Languages []Language
}

// Convert encodes the debugging information of ELF files as one BTF, with the
// bytes of pahole 1.32. The result depends on the input and the options only,
// not on the number of jobs. Errors of the input name section and offset
// (*elffile.FormatError or an error of the DWARF reader), and the file if there are
// several; ErrNoDWARF is for files without debugging information.
//
// Several files have one byte order and one size of addresses. Their functions stay
// apart: two of one name are two, unless they are equal in the end. The section
// .BTF_ids and the sections of variables are those of the lead, see [Result]: as in
// pahole 1.32, kfuncs of the others are not tagged, and a variable of another file
// belongs to the section of the lead that has its address, if there is one.
//
// Files are read piece by piece while Convert runs. It may be called from several
// goroutines for different files.
func Convert(ctx context.Context, files []*elffile.File, opts Options) (*Result, error) {
	if err := checkFiles(files); err != nil {
		return nil, err
	}
	r := run{opts: &opts, files: files, stats: opts.Stats, pool: workers.New(opts.Jobs, opts.Slots), merged: make([]bool, len(files))}
	if r.stats == nil {
		r.stats = new(Stats)
	}
	*r.stats = Stats{}
	if err := r.checkBase(); err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	// Verbose output numbers types as they are before deduplication. Split BTF is
	// another reason, see package dedup.
	r.raw = opts.Verbose != nil || opts.Base != nil
	for i := range r.inputs {
		r.merged[i] = opts.Features.Has(features.ForceCUMerging) || ltoMerged(files[i]) || r.inputs[i].sup != nil
		r.total += r.inputs[i].infoBytes()
	}
	for {
		types, err := r.attempt(ctx)
		var needCount *typegraph.NeedCountError
		var needDeferred *typegraph.NeedDeferredError
		switch {
		case errors.Is(err, errMerge) && !r.merged[r.at]:
			r.merged[r.at], r.lookAhead = true, true
		case errors.As(err, &needDeferred) && !r.raw:
			r.raw = true
			r.stats.Guard = needDeferred.Reason.String()
		case errors.As(err, &needCount) && r.primitives == 0:
			r.primitives = needCount.Primitives
		case err != nil:
			return nil, err
		default:
			return r.result(types)
		}
		r.stats.Reruns++
	}
}

// open finds the debugging information of all files.
func (r *run) open(ctx context.Context) error {
	for _, f := range r.files {
		in, err := openInput(ctx, f, r.opts)
		if err != nil {
			return r.nameFile(f, err)
		}
		r.inputs = append(r.inputs, in)
	}
	return nil
}

// close closes what open opened.
func (r *run) close() {
	for i := range r.inputs {
		r.inputs[i].close()
	}
}

// run is one call of Convert.
type run struct {
	opts       *Options
	files      []*elffile.File
	inputs     []input    // by file
	at         int        // index of the file that is read
	lead       int        // see Result
	languages  []Language // see Result
	before     uint64     // bytes of .debug_info of the files that were read
	total      uint64     // the same of all files
	stats      *Stats
	pool       workers.Pool
	merged     []bool // by file: take all units as one
	lookAhead  bool   // look at abbreviations first, for what merged should be
	copies     uint64 // bytes of type units that were decoded
	splitBytes uint64 // of the split units so far
	raw        bool   // deduplicate at the end, not unit by unit

	primitives uint64 // for typegraph.IncrementalOptions, 0 if not known
}

// attempt encodes the files in the current mode.
func (r *run) attempt(ctx context.Context) (*btf.Types, error) {
	phase := r.stats.phase("base")
	w := r.opts.Base.take(r.total)
	defer r.opts.Base.give(w)
	if r.opts.Base == nil {
		w.reserve(r.total)
	}
	r.stats.end(phase)
	raw := r.raw || slices.Contains(r.merged, true)
	r.stats.Units, r.before, r.copies, r.splitBytes = 0, 0, 0, 0
	e := newEncoder(r.opts, w, raw, r.primitives)
	for i, f := range r.files {
		r.at = i
		if err := r.encodeFile(ctx, e, w); err != nil {
			return nil, r.nameFile(f, err)
		}
		r.before += r.inputs[i].infoBytes()
	}
	// The tail has no types that matter for this.
	if g, ok := e.graph.(*typegraph.Incremental); ok {
		if err := g.CheckOrder(); err != nil {
			return nil, err
		}
	}
	phase = r.stats.phase("finish")
	lead := e.leading()
	r.lead = slices.Index(e.files, lead)
	r.languages = e.languages.codes()
	types, emitted, err := e.finish(ctx, r.pool)
	if err != nil {
		return nil, r.nameFile(lead.file, err)
	}
	r.stats.end(phase)
	r.stats.Types, r.stats.Distinct, r.stats.Functions, r.stats.Emitted = e.types, w.shapes.Len(), e.functions, emitted
	g := e.graph.Stats()
	r.stats.Known, r.stats.Comparisons, r.stats.Steps, r.stats.Identity = g.Known, g.Comparisons, g.Steps, g.Identity
	r.stats.Work = g.Work
	for _, s := range e.files {
		s.report()
	}
	return types, nil
}

// encodeFile encodes the units of the current file.
func (r *run) encodeFile(ctx context.Context, e *encoder, w *workspace) error {
	phase := r.stats.phase("symbols")
	s, err := newSession(&r.inputs[r.at], r.opts, w, e.lead)
	if err != nil {
		return err
	}
	s.split = newSplitFiles(ctx, s)
	defer s.split.close()
	defer s.release()
	if err := s.start(e.lead == nil, func(f, g func()) { r.pool.Both(ctx, f, g) }); err != nil {
		return err
	}
	phase = r.stats.next(phase, "units")
	defer func() { r.stats.end(phase) }()
	units := s.units
	r.stats.Units += len(units)
	s.merged = r.merged[r.at]
	if (s.opts.Verbose != nil || r.lookAhead) && !s.merged {
		// Nothing may be printed twice: find out before the first line. And files are
		// not read again and again, if the units of several refer to each other.
		if s.merged, err = s.anyRefAddr(units); err != nil {
			return err
		}
	}
	r.stats.Merged = r.stats.Merged || s.merged
	s.addrSize = 8
	if len(units) > 0 {
		s.addrSize = int(units[0].AddrSize)
	}
	e.begin(s)
	if s.merged {
		err = r.mergedUnits(ctx, s, e, units)
	} else if err = r.units(ctx, s, e, units); err == nil {
		err = r.otherTypes(s, e)
	}
	// Without room for all names other errors mean little.
	if err := s.names.err(); err != nil {
		return err
	}
	return err
}

// nameFile returns an error of a file with its name in front, if there are several.
func (r *run) nameFile(f *elffile.File, err error) error {
	if len(r.files) == 1 || strings.HasPrefix(err.Error(), f.Name+": ") {
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
func (r *run) checkBase() error {
	base := r.opts.Base
	switch {
	case base == nil && r.opts.Features.Has(features.DistilledBase):
		return errors.New("feature distilled_base needs a base")
	case base == nil:
		return nil
	case base.compat != r.opts.Compat:
		return errors.New("the base was indexed for another libbpf")
	}
	if b, f := endianness(base.types.ByteOrder()), endianness(r.files[0].Order); b != f {
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

// result makes the result of the types in the present mode.
func (r *run) result(types *btf.Types) (*Result, error) {
	f := r.opts.Features
	switch {
	case types == nil:
		return &Result{Lead: r.lead, Languages: r.languages}, nil
	case r.opts.Base == nil:
		// Split BTF has the layout of its base (libbpf: btf__new_split).
		types = types.WithLayout(f.Has(features.Layout) && r.opts.Compat != LibBPF17)
	case f.Has(features.DistilledBase):
		base, split, err := distill.Distill(types)
		if err != nil {
			return nil, err
		}
		return &Result{Lead: r.lead, Languages: r.languages, BTF: split, DistilledBase: base}, nil
	}
	return &Result{Lead: r.lead, Languages: r.languages, BTF: types}, nil
}

// anyRefAddr tells whether an abbreviation of some unit has DW_FORM_ref_addr.
func (s *session) anyRefAddr(units []die.Unit) (bool, error) {
	var t die.Table
	var w window
	var last tableKey
	for i := range units {
		u := &units[i]
		key := tableKey{&s.source, u.AbbrevOff, u.Version, u.AddrSize, u.Is64, true}
		if key == last {
			continue
		}
		last = key
		if err := s.compile(&t, &w, u); err != nil {
			return false, err
		}
		if t.RefAddr {
			return true, nil
		}
	}
	return false, nil
}

// otherTypes encodes the type units that no unit refers to.
func (r *run) otherTypes(s *session, e *encoder) error {
	if pkg := s.split.pkg; s.signed == nil && (pkg == nil || pkg.signed == nil) {
		return nil
	}
	d := newDecoder(s)
	c := new(cu)
	c.reset()
	if err := d.otherTypes(c); err != nil || len(c.unit.Shapes) == 0 {
		return err
	}
	return r.consume(d, e, c)
}

// mergedUnits encodes all units as one CU.
func (r *run) mergedUnits(ctx context.Context, s *session, e *encoder, units []die.Unit) error {
	if n := len(units); n > 0 && units[n-1].Offset+uint64(units[n-1].Len) > maxOffset {
		return fmt.Errorf(".debug_info: %d bytes of units that refer to each other: at most 2 GiB are supported", s.info.size())
	}
	d := newDecoder(s)
	c := new(cu)
	c.reset()
	c.next = uint32(min(s.info.size(), maxOffset))
	if err := d.supplementaryUnits(ctx, c, units); err != nil {
		return err
	}
	for i := range units {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.decodeUnit(c, &units[i]); err != nil {
			return err
		}
	}
	if err := d.otherTypes(c); err != nil {
		return err
	}
	// The language of merged units is that of the first one, and it is judged again.
	// pahole 1.32 leaves all of them out then, also those of other languages.
	if first := s.first; c.taken == 0 && first != nil && !s.opts.wantsLanguage(first.language) {
		c.filtered, c.reason = true, filterLine(nil, first.language)
	}
	return r.consume(d, e, c)
}

// consume finishes a CU on the spot and adds it.
func (r *run) consume(d *decoder, e *encoder, c *cu) error {
	d.cu = c
	if err := d.complete(); err != nil {
		return c.inSplit(err)
	}
	r.stats.add(&c.stats)
	if err := r.checkCopies(e.s, c); err != nil {
		return err
	}
	return e.add(c)
}

func (s *Stats) add(c *cuStats) {
	s.DIEs += c.dies
	s.InfoBytes += c.bytes
	s.Lists += c.lists
}
