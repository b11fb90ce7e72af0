package main

import (
	"maps"
	"slices"

	"github.com/gopahole/gopahole/btf"
)

// someNames are in many kernels and modules, or nowhere.
var someNames = []string{"int", "list_head", "device", "init_module", "jiffies", "nowhere", "*", "__bpf_*", "driver_add"}

// looks runs one of the verbs that say something of files and change none. A page is written for browsers, also where
// a module of several cannot be read.
func (t *trial) looks() {
	in, name := files{t.name: t.data}, "@"+t.name
	target := t.corpus.goodBase
	if t.base != nil && t.one(2) {
		target = t.base
	}
	switch t.rng.IntN(9) {
	case 0:
		t.do(asJudged, in, nil, list("doctor", t.sometimes("--json", "-q"), []string{"-B", target.path, name})...)
	case 1:
		t.do(asList, in, nil, list("scan", t.sometimes("--json", "-v", "--kernel=6.12"), []string{"-B", target.path, name})...)
	case 2:
		t.do(asJudged, in, nil, list("explain", t.sometimes("--json", "-v"), []string{"-B", target.path, name})...)
	case 3:
		t.do(asVerb, in, nil, list("explain", t.sometimes("-v", "--best_effort"), []string{pick(t, someNames...), name})...)
	case 4:
		t.do(asVerb, in, nil, list("explain", t.sometimes("-v"), []string{"--skipped", name})...)
	case 5:
		old, new := target.path, name
		if t.one(2) {
			old, new = new, old
		}
		t.do(asJudged, in, nil, list("diff", t.sometimes("--json", "-v", "--ignore=added,other"), []string{old, new})...)
	case 6:
		t.do(asJudged, in, nil, list("diff", t.sometimes("--json", "-v"), []string{"--for=" + name, target.path})...)
	case 7:
		var on []string
		if t.base != nil {
			on = []string{"-B", t.base.path}
		}
		t.do(asVerb, in, page, list("report", t.sometimes("--json", "-v", "--no_dwarf", "-j2"), on, []string{"-o", "@page.html", name})...)
	case 8:
		args := list("report", t.sometimes("--json", "-v"), []string{"--kernels=" + target.path, "-B", target.path, "-o", "@page.html"})
		in["good.ko"] = t.corpus.distilled
		t.run(call{style: asBatch, inputs: in, kept: "page.html", args: append(args, "@good.ko", name)})
	}
}

var page = []string{"page.html"}

// sometimes is one of the options or none.
func (t *trial) sometimes(options ...string) []string {
	if t.one(2) {
		return nil
	}
	return []string{pick(t, options...)}
}

// exampleRelease is that of the kernel of testdata/guide.
const exampleRelease = "6.12.0-example"

// archives makes an archive of a small kernel with the object in the place of one of its files, makes it again, which
// has to change nothing, and takes out what is there.
func (t *trial) archives() {
	in := maps.Clone(t.corpus.example)
	place := pick(t, "vmlinux", "driver.ko", "driver.ko", "more.deb", "more.rpm", "more.tar")
	in["kernel/"+place] = t.data
	options := pick(t, []string{"--layout=cas"}, []string{"--distribution=debian/13"})
	options = append(options, "--modules")
	if t.one(2) {
		options = append(options, "--distill")
	}
	args := list("archive", []string{"run"}, options, t.sometimes("--json", "-q"), []string{"-o", "@out", "@kernel"})
	r, made := t.run(call{style: asBatch, inputs: in, kept: "out/", args: args})
	if r == nil {
		return
	}
	whole := r.Code == 0
	if again, _ := t.do(asBatch, made, nil, args...); again == nil {
		return
	} else if again.Code != r.Code {
		t.finding("archive", "another status the second time", string(r.Stderr)+string(again.Stderr), args, in)
		return
	}
	r, _ = t.do(asVerdict, made, nil, list("archive", []string{"status"}, t.sometimes("--json"), []string{"@out"})...)
	if r == nil {
		return
	}
	if whole && r.Code != 0 {
		t.finding("archive", "run has done all, and status has not", string(r.Stdout), args, in)
		return
	}
	needed := whole && place != "vmlinux" // else it may be of another release, or none
	kernel := t.gets(made, exampleRelease, nil, needed)
	if kernel != nil && !slices.Contains(options, "--distill") {
		t.gets(made, exampleRelease+"/keeps", &base{types: kernel}, needed)
	}
}

// gets takes BTF out of an archive, and reads it. needed says that it has to be there.
func (t *trial) gets(archive files, name string, on *base, needed bool) *btf.Types {
	args := []string{"archive", "get", "-o", "@got.btf", "@out", name}
	r, after := t.do(asVerb, archive, []string{"got.btf"}, args...)
	switch {
	case r == nil:
	case r.Code == 0:
		return t.blob(after["got.btf"], on, "archive get")
	case needed:
		t.finding("archive", "run has done all, and get: "+signatureOf(errorsOf(r)), errorsOf(r), args, archive)
	}
	return nil
}
