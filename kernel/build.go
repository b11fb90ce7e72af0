package kernel

// Build is how the build of a kernel makes the BTF of vmlinux and modules
// (scripts/Makefile.modfinal and Makefile.btf, and gen-btf.sh where there is one).
// Package module and the program resolve_btfids do what it says.
type Build struct {
	// Lists: the encoder is given a list of features (--btf_features), with which it
	// encodes all that it knows of C; earlier builds had an option for each thing.
	Lists bool
	// Tags, Attributes and Layout: decl_tag_kfuncs, attributes and layout are in it.
	// Of an encoder that does not know one a build does not ask it.
	Tags, Attributes, Layout bool
	// Distills: a module that is built outside of the tree gets .BTF.base.
	Distills bool
	// Implicit: resolve_btfids distils, not the encoder; it also removes the
	// parameters of kernel functions that the verifier fills in, and sorts types by
	// name. Results go to files, which a script puts into the ELF file.
	Implicit bool
	// Sets: kernel functions are those that the sets of .BTF_ids list. resolve_btfids
	// tags them, and the encoder is not asked for tags.
	Sets bool
	// Inline: with CONFIG_DEBUG_INFO_BTF_INLINE the encoder is also asked for the places of
	// inlined functions, and resolve_btfids moves them to .BTF.inline.
	Inline bool
}
