package main

import (
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/kernel"
)

// A kfuncSource says what resolve_btfids is to know kernel functions by, which is
// what tells the programs before and after kernel.Build.Sets apart: their command lines
// are the same.
type kfuncSource string

const (
	kfuncsAuto kfuncSource = "auto"
	kfuncsTags kfuncSource = "tags" // the encoder has tagged them
	kfuncsSets kfuncSource = "sets" // sets of .BTF_ids list them (kernel.Build.Sets)
)

// Set, String and Type make it the value of an option.
func (s *kfuncSource) Set(text string) error {
	if !slices.Contains([]kfuncSource{kfuncsAuto, kfuncsTags, kfuncsSets}, kfuncSource(text)) {
		return usagef("unknown --kfuncs '%s'; there are auto, tags and sets", text)
	}
	*s = kfuncSource(text)
	return nil
}

func (s *kfuncSource) String() string { return string(*s) }
func (s *kfuncSource) Type() string   { return "SOURCE" }

// Variables of the environment that a kernel build exports.
const (
	envInline  = "BTF_INLINE"    // that of a kernel that knows of BTF inline, also if it is empty
	envPahole  = "PAHOLE_FLAGS"  // what the encoder is asked for
	envRelease = "KERNELVERSION" // of the tree
)

// kfuncSource decides which program it is, and says why: by the option, by what the build
// says about itself, or by the types and the table, which may be nil.
func (o *resolveOptions) kfuncSource(env func(string) (string, bool), types *btf.Types, table *btfids.Table) (s kfuncSource, why string) {
	if o.kfuncs != kfuncsAuto {
		return o.kfuncs, "option --kfuncs"
	}
	if o.inline {
		return kfuncsSets, "option --inline"
	}
	if s, why := kfuncsOfBuild(env); s != kfuncsAuto {
		return s, why
	}
	switch {
	case btfids.HasKfuncTag(types):
		return kfuncsTags, "the BTF has a tag bpf_kfunc"
	case table.ListsKfuncs(types):
		return kfuncsSets, "the BTF has no tag bpf_kfunc, and a set lists functions"
	}
	return kfuncsTags, "there are no kernel functions"
}

// kfuncsOfBuild decides by the environment of a kernel build, and returns kfuncsAuto
// if that does not tell. What the encoder is asked for goes before the release, since
// distributions carry changes back.
func kfuncsOfBuild(lookup func(string) (string, bool)) (s kfuncSource, why string) {
	if _, ok := lookup(envInline); ok {
		return kfuncsSets, "the environment has " + envInline
	}
	flags, build := lookup(envPahole)
	switch {
	case strings.Contains(flags, "decl_tag_kfuncs"):
		return kfuncsTags, envPahole + " asks for decl_tag_kfuncs"
	case strings.Contains(flags, "--btf_features"):
		return kfuncsSets, envPahole + " does not ask for decl_tag_kfuncs"
	}
	release, _ := lookup(envRelease)
	if v, err := kernel.ParseVersion(release); err == nil {
		if kernel.BuildOf(v).Sets {
			return kfuncsSets, envRelease + " is " + release
		}
		return kfuncsTags, envRelease + " is " + release
	}
	if build {
		return kfuncsTags, envPahole + " has no --btf_features"
	}
	return kfuncsAuto, ""
}

// guessOfBuild says what is taken for granted of a kernel that is newer than all that are
// known, by the environment of its build; "" of others.
func guessOfBuild(lookup func(string) (string, bool)) string {
	release, _ := lookup(envRelease)
	v, _ := kernel.ParseVersion(release)
	return kernel.Guess(v)
}

// buildWritesFiles reports whether the environment is that of the build of a kernel whose
// resolve_btfids writes files of their own in any case.
func buildWritesFiles(lookup func(string) (string, bool)) bool {
	if _, ok := lookup(envInline); ok {
		return true
	}
	release, _ := lookup(envRelease)
	v, err := kernel.ParseVersion(release)
	return err == nil && kernel.BuildOf(v).Implicit
}
