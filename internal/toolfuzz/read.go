package main

import (
	"bytes"

	"github.com/gopahole/gopahole/internal/mutate"
)

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
	if dump.Code == 0 && t.share(t.libbpfShare) {
		var b *base
		if on != nil {
			b = t.base
		}
		if bytes.HasPrefix(t.data, []byte("\x7fELF")) {
			t.dumped(dump, t.data, b)
		} else {
			t.libbpf(t.data, b)
		}
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
		// A kernel accepts some BTF that libbpf, and so relocate -o, does not.
		if check != nil && r != nil && check.Code == 0 && r.Code != 0 && dump.Code == 0 {
			t.relocates(r, in)
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
		options = append(options, "--kernel="+pick(t, append(shipped, "load")...))
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
