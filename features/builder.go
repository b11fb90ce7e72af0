package features

// A Builder adds up the feature options of a command line, which must be given
// to it in the order in which they were written.
//
// It starts from [Legacy]. The first list, of either sort, throws away
// everything before it, older switches included, and starts from nothing;
// every later list adds to it. The older switches change single features at the
// moment they come: after a list they still work, before one they are lost
// (pahole 1.32: the same).
//
// The zero Builder is ready to use.
type Builder struct {
	// Unsupported features are known but never switched on, and are not an error
	// in a strict list either. pahole built with libbpf 1.7 treats layout so.
	Unsupported Set

	// Unknown, if set, is called with each name of a lenient list that is no
	// feature. Such names are otherwise ignored, so that a caller may ask for
	// features of later versions.
	Unknown func(name string)

	set     Set
	changed bool // set holds the state, no longer Legacy
	listed  bool // a list was seen
}

// Set returns the features that are on now.
func (b *Builder) Set() Set {
	if !b.changed {
		return Legacy() &^ b.Unsupported
	}
	return b.set &^ b.Unsupported
}

// Supported returns the features that can be switched on. Its String is the
// line of --supported_btf_features.
func (b *Builder) Supported() Set { return Known() &^ Own() &^ b.Unsupported }

// List adds a list as --btf_features does: names that are no feature are
// ignored.
func (b *Builder) List(list string) {
	b.add(parseList(list, func(name, _ string) bool {
		if b.Unknown != nil {
			b.Unknown(name)
		}
		return true
	}))
}

// StrictList adds a list as --btf_features_strict does. A name that is no
// feature is an *[UnknownError] and leaves the Builder as it was.
func (b *Builder) StrictList(list string) error {
	var err error
	s := parseList(list, func(name, list string) bool {
		err = &UnknownError{Name: name, List: list, Supported: b.Supported()}
		return false
	})
	if err != nil {
		return err
	}
	b.add(s)
	return nil
}

// On switches features on, as a switch like --btf_gen_floats does.
func (b *Builder) On(f Set) { b.change(b.state().With(f)) }

// Off switches features off, as a switch like --skip_encoding_btf_vars does.
func (b *Builder) Off(f Set) { b.change(b.state().Without(f)) }

func (b *Builder) add(s Set) {
	if !b.listed {
		b.listed = true
		b.change(None())
	}
	b.change(b.set.With(s))
}

func (b *Builder) change(s Set) { b.set, b.changed = s, true }

func (b *Builder) state() Set {
	if !b.changed {
		return Legacy()
	}
	return b.set
}
