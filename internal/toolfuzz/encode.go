package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
)

// featureLists are those that objects are encoded with.
var featureLists = []string{
	"default", "default", "all", "default,layout", "default,global_var", "default,attributes,true_signature",
	"default,force_cu_merging", "decl_tag,type_tag,enum64,float", "default,reproducible_build", "encode_force,var,optimized_func",
}

// encoding is what an object is encoded with.
type encoding struct {
	features string
	base     *base
	distil   bool
	more     []string // other options
}

// moreOptions are some that one command line in three has.
var moreOptions = []string{
	"--best_effort", "--lang_exclude=rust,c++", "--lang=c99,c11", "-Xa", "--kabi_prefix=__", "--fixup_silly_bitfields",
	"--btf_compat=libbpf-1.7",
	"--btf_arrays=flat", "-q", "-V", "--verify", "--verify=load", "--drop_signature",
}

func (t *trial) encoding() encoding {
	e := encoding{features: pick(t, featureLists...), base: t.base}
	if t.base != nil && t.one(6) {
		e.base = nil
	}
	if t.one(3) {
		e.more = []string{pick(t, moreOptions...)}
	}
	if e.base != nil {
		if e.features == "all" { // has distilled_base
			e.distil = true
		} else if t.one(2) {
			e.features += ",distilled_base"
			e.distil = true
		}
	}
	return e
}

// options are those of a command line like pahole's.
func (e encoding) options() []string {
	options := append([]string{"--btf_features=" + e.features}, e.more...)
	if e.base != nil {
		options = append(options, "--btf_base="+e.base.path)
	}
	return options
}

// dwarf encodes the object in all ways and uses what comes out.
func (t *trial) dwarf() {
	e := t.encoding()
	one, ownBase, oneErr, ok := t.detached(e, 1)
	if !ok {
		return
	}
	if many, _, manyErr, ok := t.detached(e, 2+t.rng.IntN(4)); ok && (!bytes.Equal(one, many) || oneErr != manyErr) {
		what := "-j1 and more: " + signatureOf(oneErr) + " / " + signatureOf(manyErr)
		t.finding("jobs", what, say(one, many)+"\n"+oneErr+manyErr, list("-J", e.options()), files{t.name: t.data})
	}
	if one != nil {
		on := e.base
		if ownBase != nil {
			read := t.blob(ownBase, nil, "-J, distilled base")
			if read == nil {
				return
			}
			on = &base{data: ownBase, types: read}
		}
		if t.blob(one, on, "-J") == nil {
			return
		}
		if !e.distil && e.more == nil && t.share(t.paholeShare) { // pahole distils in place only
			t.compare(e, one)
		}
		if t.share(t.libbpfShare) {
			t.libbpf(one, on)
		}
	}
	with := t.inPlace(e, one, oneErr)
	if with != nil {
		t.withBTF(with, e)
	}
	if t.base != nil {
		t.batches(e, one)
	} else if t.one(3) {
		t.types()
	}
}

// detached encodes into a file of its own. ok says that there is nothing wrong with that.
func (t *trial) detached(e encoding, jobs int) (blob, distilled []byte, message string, ok bool) {
	style := asGopahole
	if t.one(4) {
		style = asPahole
	}
	args := list("-J", e.options(), []string{fmt.Sprintf("-j%d", jobs), "--btf_encode_detached=@out.btf", "@" + t.name})
	r, after := t.do(style, files{t.name: t.data}, newBTF, args...)
	if r == nil {
		return nil, nil, "", false
	}
	return after["out.btf"], after["out.btf.base"], errorsOf(r), true
}

// errorsOf are the messages of a result without warnings, and without the name that the program goes by.
func errorsOf(r *result) string {
	var b strings.Builder
	for line := range strings.Lines(string(r.Stderr)) {
		if !isWarning(line) {
			_, line, _ = strings.Cut(line, ": ")
			b.WriteString(line)
		}
	}
	return b.String()
}

// blob reads BTF that gopahole wrote.
func (t *trial) blob(blob []byte, b *base, verb string) (read *btf.Types) {
	defer func() {
		if p := recover(); p != nil {
			t.finding("panic", fmt.Sprintf("reading: %v", p), "", []string{verb}, files{t.name: t.data, "out.btf": blob})
		}
	}()
	in := files{t.name: t.data, "out.btf": blob}
	var on *btf.Types
	if b != nil {
		on = b.types
	}
	read, err := btf.Parse(blob, on)
	if err != nil {
		t.finding("output does not read", verb+": "+signatureOf(err.Error()), err.Error(), []string{verb}, in)
		return nil
	}
	if !bytes.Equal(read.Bytes(), blob) {
		t.finding("output reads as something else", verb, say(read.Bytes(), blob), []string{verb}, in)
		return nil
	}
	return read
}

// readable: what gopahole wrote it also reads. r is the result of that. A distilled base with types in a
// circle cannot be moved, on which kernels, and bpftool, hang.
func (t *trial) readable(r *result, verb string, in files) {
	if r != nil && bytes.Contains(r.Stderr, []byte(": a kernel hangs at ")) {
		return
	}
	if r != nil && (r.Code == exitUnreadable || strings.HasSuffix(verb, "dump") && r.Code != 0) {
		t.finding("output does not read", verb+": "+signatureOf(errorsOf(r)), errorsOf(r), []string{verb}, in)
	}
}

// inPlace encodes into the object, which has to give the same BTF or the same message.
func (t *trial) inPlace(e encoding, detached []byte, message string) []byte {
	in := files{t.name: t.data}
	r, after := t.do(asGopahole, in, []string{t.name}, list("-J", e.options(), []string{"@" + t.name})...)
	if r == nil || r.Code != 0 {
		return nil
	}
	if message != "" {
		t.finding("in place", "status 0, and detached: "+signatureOf(message), message, list("-J", e.options()), in)
		return nil
	}
	if detached == nil {
		return nil
	}
	if got := sectionOf(after[t.name], ".BTF"); !e.distil && !bytes.Equal(got, detached) {
		t.finding("in place", "other bytes than detached", say(got, detached), list("-J", e.options()), in)
		return nil
	}
	return after[t.name]
}
