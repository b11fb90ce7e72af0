package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/mutate"
	"github.com/gopahole/gopahole/internal/splittest"
)

// featureLists are those that objects are encoded with.
var featureLists = []string{
	"default", "default", "all", "default,layout", "default,global_var", "default,attributes,true_signature", "default,force_cu_merging",
	"decl_tag,type_tag,enum64,float", "default,reproducible_build", "encode_force,var,optimized_func",
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
	"--best_effort", "--lang_exclude=rust,c++", "--lang=c99,c11", "-Xa", "--kabi_prefix=__", "--fixup_silly_bitfields", "--btf_compat=libbpf-1.7",
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

func list(first string, more ...[]string) []string {
	all := []string{first}
	for _, m := range more {
		all = append(all, m...)
	}
	return all
}

// scenario runs what suits the object.
func (t *trial) scenario(m *mutate.Mutator) {
	if t.one(12) {
		t.packed(m)
		return
	}
	switch t.item.kind {
	case kernel, module:
		t.dwarf()
	default:
		t.types()
	}
	if t.one(6) {
		t.asBase()
	}
}

// dwarf encodes the object in all ways and uses what comes out.
func (t *trial) dwarf() {
	e := t.encoding()
	one, ownBase, oneErr, ok := t.detached(e, 1)
	if !ok {
		return
	}
	if many, _, manyErr, ok := t.detached(e, 2+t.rng.IntN(4)); ok && (!bytes.Equal(one, many) || oneErr != manyErr) {
		t.finding("jobs", "-j1 and more: "+signatureOf(oneErr)+" / "+signatureOf(manyErr), say(one, many)+"\n"+oneErr+manyErr, list("-J", e.options()), files{t.name: t.data})
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

// errorsOf are the messages of a result without warnings.
func errorsOf(r *result) string {
	var b strings.Builder
	for line := range strings.Lines(string(r.Stderr)) {
		if !strings.HasPrefix(line, "gopahole: warning: ") {
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
	var on *btf.Types
	if b != nil {
		on = b.types
	}
	read, err := btf.Parse(blob, on)
	if err != nil {
		t.finding("output does not read", verb+": "+signatureOf(err.Error()), err.Error(), []string{verb}, files{t.name: t.data, "out.btf": blob})
		return nil
	}
	if !bytes.Equal(read.Bytes(), blob) {
		t.finding("output reads as something else", verb, say(read.Bytes(), blob), []string{verb}, files{t.name: t.data, "out.btf": blob})
		return nil
	}
	return read
}

// readable: what gopahole wrote it also reads. r is the result of that.
func (t *trial) readable(r *result, verb string, in files) {
	if r != nil && (r.Code == exitUnreadable || strings.HasSuffix(verb, "dump") && r.Code != 0) {
		t.finding("output does not read", verb+": "+signatureOf(errorsOf(r)), errorsOf(r), []string{verb}, in)
	}
}

// inPlace encodes into the object, which has to give the same BTF or the same message.
func (t *trial) inPlace(e encoding, detached []byte, message string) []byte {
	r, after := t.do(asGopahole, files{t.name: t.data}, []string{t.name}, list("-J", e.options(), []string{"@" + t.name})...)
	if r == nil || r.Code != 0 {
		return nil
	}
	if message != "" {
		t.finding("in place", "status 0, and detached: "+signatureOf(message), message, list("-J", e.options()), files{t.name: t.data})
		return nil
	}
	if detached == nil {
		return nil
	}
	if got := sectionOf(after[t.name], ".BTF"); !e.distil && !bytes.Equal(got, detached) {
		t.finding("in place", "other bytes than detached", say(got, detached), list("-J", e.options()), files{t.name: t.data})
		return nil
	}
	return after[t.name]
}

// withBTF uses an object that was encoded in place.
func (t *trial) withBTF(with []byte, e encoding) {
	in := files{t.name: with}
	var on []string
	if e.base != nil {
		on = []string{"-B", e.base.path}
	}
	if t.one(2) {
		r, _ := t.do(asVerdict, in, nil, list("verify", on, []string{"@" + t.name})...)
		t.readable(r, "verify", in)
	}
	if t.one(3) {
		r, _ := t.do(asVerb, in, nil, list("dump", on, []string{"@" + t.name})...)
		t.readable(r, "dump", in)
	}
	if t.one(2) {
		t.resolve(with, e)
	}
	if e.base == nil {
		return
	}
	distilled := with
	if !e.distil {
		r, after := t.do(asVerb, in, newModule, "distill", "--base="+e.base.path, "-o", "@new.ko", "@"+t.name)
		if r == nil || r.Code != 0 {
			return
		}
		distilled = after["new.ko"]
	}
	t.relocated(distilled, e, with)
}

// relocated moves a module with a distilled base onto the base that it was made on: the same types come out.
func (t *trial) relocated(distilled []byte, e encoding, split []byte) {
	in := files{"new.ko": distilled}
	if sectionOf(distilled, ".BTF.base") == nil {
		return
	}
	r, _ := t.do(asVerdict, in, nil, "relocate", "--check", "--base="+e.base.path, "@new.ko")
	if r == nil {
		return
	}
	relocates := r.Code == 0
	r, after := t.do(asVerb, in, []string{"out.btf"}, "relocate", "--base="+e.base.path, "-o", "@out.btf", "@new.ko")
	if r == nil {
		return
	}
	if relocates && r.Code != 0 {
		t.finding("relocation", "--check says that it relocates, and: "+signatureOf(errorsOf(r)), errorsOf(r), []string{"relocate"}, in)
		return
	}
	if r.Code != 0 {
		return
	}
	read := t.blob(after["out.btf"], e.base, "relocate")
	raw := sectionOf(split, ".BTF")
	if read == nil || e.distil || raw == nil {
		return
	}
	before, err := btf.Parse(raw, e.base.types)
	if err != nil {
		return
	}
	if err := splittest.Same(before, read); err != nil {
		t.finding("relocation", "other types on the same base: "+signatureOf(err.Error()), err.Error(), []string{"relocate"}, in.with("before.ko", split))
	}
}

// resolve fills in .BTF_ids, as both generations of the kernel's program do.
func (t *trial) resolve(with []byte, e encoding) {
	in := files{t.name: with}
	var on []string
	if e.base != nil {
		on = []string{"-b", e.base.path}
	}
	t.do(asResolve, in, []string{t.name}, slices.Concat(on, []string{"@" + t.name})...)
	blob := sectionOf(with, ".BTF")
	if blob == nil || t.one(2) {
		return
	}
	var options []string
	if e.base != nil && t.one(2) {
		options = append(options, "--distill_base")
	}
	outputs := []string{t.name + ".BTF", t.name + ".BTF_ids", t.name + ".BTF.base"}
	args := list("--btf", []string{"@in.btf"}, on, options, []string{"@" + t.name})
	r, after := t.do(asResolve, in.with("in.btf", blob), outputs, args...)
	if r == nil || r.Code != 0 {
		return
	}
	if sorted := after[t.name+".BTF"]; sorted != nil && after[t.name+".BTF.base"] == nil {
		t.blob(sorted, e.base, "resolve_btfids")
	}
	if ids := after[t.name+".BTF_ids"]; ids != nil {
		t.do(asResolve, files{t.name: with, "ids": ids}, []string{t.name}, "--patch_btfids", "@ids", "@"+t.name)
	}
}

// batches runs the verbs for many modules on one.
func (t *trial) batches(e encoding, detached []byte) {
	in := files{"m.ko": t.data}
	options := []string{"--features=" + e.features, "--base=" + t.base.path}
	switch t.rng.IntN(5) {
	case 0:
		t.do(asBatch, in, []string{"m.ko"}, list("encode", options, []string{"--in_place", "@m.ko"})...)
	case 4: // another module does not suffer from this one
		in := in.with("good.ko", t.corpus.good.data)
		verb := [][]string{{"encode", "--in_place", "--features=default"}, {"gen"}}[t.rng.IntN(2)]
		args := append(verb, "--base="+t.corpus.goodBase.path, "@m.ko", "@good.ko")
		t.run(call{style: asBatch, inputs: in, outputs: []string{"m.ko"}, always: []string{"good.ko"}, args: args})
	case 1:
		r, after := t.do(asBatch, in, []string{"out/m.btf", "out/m.btf.base"}, list("encode", options, []string{"-o", "@out", "@m.ko"})...)
		if r != nil && r.Code == 0 && e.base == t.base && !e.distil && e.more == nil && !bytes.Equal(after["out/m.btf"], detached) {
			t.finding("encode", "other bytes than -J", say(after["out/m.btf"], detached), list("encode", options), in)
		}
	default:
		var more []string
		if t.one(3) {
			more = append(more, "--keep_base")
		}
		if t.one(2) {
			more = append(more, "--release="+pick(t, "6.6", "6.12", "6.18", "7.0", "7.2"))
		}
		r, after := t.do(asBatch, in, []string{"m.ko"}, list("gen", more, []string{"--base=" + t.base.path, "@m.ko"})...)
		if r == nil || r.Code != 0 || sectionOf(after["m.ko"], ".BTF") == nil || bytes.Equal(after["m.ko"], t.data) {
			return
		}
		out := files{"m.ko": after["m.ko"]}
		r, _ = t.do(asVerdict, out, nil, "verify", "--base="+t.base.path, "@m.ko")
		t.readable(r, "gen, then verify", in)
	}
}

const exitUnreadable = 3

// types runs what reads BTF.
func (t *trial) types() {
	in := files{t.name: t.data}
	var on []string
	if t.base != nil && !t.one(8) {
		on = []string{"-B", t.base.path}
	}
	name := "@" + t.name
	dump, _ := t.do(asVerb, in, nil, list("dump", on, []string{name})...)
	verified, _ := t.do(asVerdict, in, nil, list("verify", t.verifyOptions(), on, []string{name})...)
	if dump == nil || verified == nil {
		return
	}
	if dump.Code == 0 && t.share(t.libbpfShare) && !bytes.HasPrefix(t.data, []byte("\x7fELF")) {
		var b *base
		if on != nil {
			b = t.base
		}
		t.libbpf(t.data, b)
	}
	target := t.corpus.goodBase
	if t.base != nil && t.one(2) {
		target = t.base
	}
	if t.one(2) {
		check, _ := t.do(asVerdict, in, nil, "relocate", "--check", pick(t, "-v", "--json"), "--base="+target.path, name)
		r, after := t.do(asVerb, in, []string{"out.btf"}, "relocate", "--base="+target.path, "-o", "@out.btf", name)
		if r != nil && r.Code == 0 {
			t.blob(after["out.btf"], target, "relocate")
		}
		// A kernel takes some BTF that libbpf, and so relocate -o, does not.
		if check != nil && r != nil && check.Code == 0 && r.Code != 0 && dump.Code == 0 {
			t.finding("relocation", "--check says that it relocates, and: "+signatureOf(errorsOf(r)), errorsOf(r), []string{"relocate"}, in)
		}
	}
	if t.base != nil && t.one(2) {
		r, after := t.do(asVerb, in, newModule, "distill", "--base="+t.base.path, "-o", "@new.ko", name)
		if r != nil && r.Code == 0 {
			out := files{"new.ko": after["new.ko"]}
			if b := after["new.ko.base"]; b != nil {
				out["new.ko.base"] = b
			}
			if r, _ := t.do(asVerb, out, nil, "dump", "@new.ko"); out["new.ko.base"] == nil {
				t.readable(r, "distill, then dump", in)
			}
		}
	}
	if bytes.HasPrefix(t.data, []byte("\x7fELF")) && t.one(2) {
		t.resolve(t.data, encoding{base: t.base})
	}
	if t.one(4) {
		t.do(asBatch, in, []string{t.name}, "gen", "--base="+target.path, name)
	}
}

func (t *trial) verifyOptions() []string {
	var options []string
	if t.one(2) {
		options = append(options, "--kernel="+pick(t, "6.12", "6.18", "7.2", "load"))
	}
	if t.one(3) {
		options = append(options, "--kfuncs")
	}
	if t.one(3) {
		options = append(options, pick(t, "-v", "--json"))
	}
	return options
}

// asBase gives the object to commands as what another file is split from.
func (t *trial) asBase() {
	in := files{t.name: t.data, "good.ko": t.corpus.good.data}
	of := "@" + t.name
	switch t.rng.IntN(7) {
	case 0:
		t.do(asGopahole, in, []string{"good.ko"}, "-J", "--btf_features=default,distilled_base", "--btf_base="+of, "@good.ko")
	case 1:
		t.do(asBatch, in, []string{"good.ko"}, "gen", "--base="+of, "@good.ko")
	case 2:
		in["good.ko"] = t.corpus.distilled
		t.do(asVerdict, in, nil, "relocate", "--check", "--base="+of, "@good.ko")
	case 3:
		in["good.ko"] = t.corpus.distilled
		t.do(asVerb, in, []string{"out.btf"}, "relocate", "-o", "@out.btf", "--base="+of, "@good.ko")
	case 4:
		in["good.ko"] = t.corpus.split
		t.do(asVerb, in, []string{"new.btf", "new.btf.base"}, "distill", "-o", "@new.btf", "--base="+of, "@good.ko")
	case 5:
		in["good.ko"] = t.corpus.goodKernel
		t.do(asResolve, in, []string{"good.ko.BTF", "good.ko.BTF_ids"}, "--btf", of, "@good.ko")
	case 6:
		in["good.ko"] = t.corpus.split
		t.do(asVerdict, in, nil, "verify", "-B", of, "@good.ko")
	}
}

// packed compresses the object, and damages what comes out in one of two cases.
func (t *trial) packed(m *mutate.Mutator) {
	suffix := pick(t, mutate.Formats...)
	packed, err := mutate.Pack(suffix, t.data)
	if err != nil {
		t.err = err
		return
	}
	t.name = "object.ko" + suffix
	if t.data = packed; t.one(2) {
		t.data, _ = m.Bytes(packed)
		t.object += "; packed and damaged"
	}
	in := files{t.name: t.data}
	name := "@" + t.name
	b := t.base
	if b == nil {
		b = t.corpus.goodBase
	}
	switch t.rng.IntN(6) {
	case 0:
		t.do(asVerdict, in, nil, list("verify", t.verifyOptions(), []string{"-B", b.path, name})...)
	case 1:
		t.do(asVerb, in, nil, "dump", "-B", b.path, name)
	case 2:
		t.do(asVerb, in, newModule, "distill", "--base="+b.path, "-o", "@new.ko", name)
	case 3:
		t.do(asVerdict, in, nil, "relocate", "--check", "--base="+b.path, name)
	case 4:
		t.do(asGopahole, in, []string{"out.btf"}, "-J", "--btf_features=default", "--btf_encode_detached=@out.btf", name)
	case 5:
		t.do(asBatch, in, []string{t.name}, "gen", "--base="+b.path, name)
	}
	if t.one(3) {
		t.asBase()
	}
}
