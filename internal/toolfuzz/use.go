package main

import (
	"bytes"
	"slices"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/splittest"
)

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
		if t.share(t.libbpfShare) {
			t.dumped(r, with, e.base)
		}
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
		t.relocates(r, in)
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
		what := "other types on the same base: " + signatureOf(err.Error())
		t.finding("relocation", what, err.Error(), []string{"relocate"}, in.with("before.ko", split))
	}
}

// relocates notes that relocate --check and -o do not agree.
func (t *trial) relocates(r *result, in files) {
	what := "--check says that it relocates, and: " + signatureOf(errorsOf(r))
	t.finding("relocation", what, errorsOf(r), []string{"relocate"}, in)
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

// takesSymbols is in the warning that the verb encode has the symbols of .BTF_ids from a separate debug file, and so tags
// that -J, which does as pahole, cannot make.
var takesSymbols = []byte("it is stripped of the symbols of .BTF_ids")

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
		args := list("encode", options, []string{"-o", "@out", "@m.ko"})
		r, after := t.do(asBatch, in, []string{"out/m.btf", "out/m.btf.base"}, args...)
		same := e.base == t.base && !e.distil && e.more == nil
		if r != nil && r.Code == 0 && same && !bytes.Contains(r.Stderr, takesSymbols) && !bytes.Equal(after["out/m.btf"], detached) {
			t.finding("encode", "other bytes than -J", say(after["out/m.btf"], detached), list("encode", options), in)
		}
	default:
		var more []string
		if t.one(3) {
			more = append(more, "--keep_base")
		}
		if t.one(2) {
			more = append(more, "--release="+pick(t, append(shipped, "7.0")...))
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
