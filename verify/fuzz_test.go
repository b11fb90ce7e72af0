package verify_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/verify"
)

// FuzzCheck wants an answer for any bytes, and no contradiction between answers:
//
//   - BPF_BTF_LOAD accepts nothing that is refused as BTF of vmlinux;
//   - what is taken by either, package btf can read, but for what readable says;
//   - what is accepted as a module can be moved onto vmlinux, or is refused.
func FuzzCheck(f *testing.F) {
	for _, c := range rawCases {
		f.Add(c.blob(), byte(len(c.name)))
	}
	base := newBuilder()
	base.int("int", 4)
	base.structure("s", 4, m("x", 1, 0))
	f.Fuzz(func(t *testing.T, raw []byte, choice byte) {
		v := everyRow[int(choice)%len(everyRow)]
		own := asKernel(raw, nil, v)
		load := asProgram(raw, v)
		if load.Accepted() && !own.Accepted() {
			t.Fatalf("accepted by BPF_BTF_LOAD and refused as vmlinux: %v", own.Refusal)
		}
		for _, rep := range []*verify.Report{own, load} {
			check(t, rep)
			if rep.Accepted() {
				_, err := btf.Parse(raw, nil)
				readable(t, raw, rep, err)
			}
		}

		// As split BTF, on a base of its own version.
		known, _ := verify.NewBase(base.blob(), verify.Options{Release: v})
		parsed, err := btf.Parse(base.blob(), nil)
		if err != nil {
			t.Fatal(err)
		}
		split := asKernel(raw, known, v)
		check(t, split)
		if split.Accepted() {
			_, err := btf.Parse(raw, parsed)
			readable(t, raw, split, err)
		}
		check(t, verify.Check(raw, verify.Options{Release: v, Base: known, Load: true, More: 100}))
		verify.GuessOrigin(raw)

		// As a module with a distilled base, and as that base: whatever a kernel accepts, it
		// can be asked whether that can be moved.
		distilled := newBuilder()
		distilled.int("int", 4)
		distilled.structure("s", 4)
		module := newSplit(distilled)
		module.structure("t", 8, m("s", 2, 0), m("x", 1, 32))
		check(t, verify.Module(&btf.Sections{BTF: raw, Base: distilled.blob()}, known, verify.Options{Release: v}))
		check(t, verify.Module(&btf.Sections{BTF: module.blob(), Base: raw}, known, verify.Options{Release: v}))

		// And as a base of split BTF.
		if own, _ := verify.NewBase(raw, verify.Options{Release: v}); own != nil {
			check(t, verify.Check(base.blob(), verify.Options{Release: v, Base: own, Load: true, More: 100}))
		}
	})
}

// check tests what a report promises.
func check(t *testing.T, rep *verify.Report) {
	if f := rep.Refusal; f != nil {
		if f.Class != verify.Refusal || f.Errno == 0 || f.Cause == "" || !strings.HasSuffix(f.Line, f.Message) {
			t.Fatalf("verdict %+v", f)
		}
	}
	for _, f := range rep.More {
		if f.Class == verify.Refusal || f.Error() == "" && f.Cause == "" {
			t.Fatalf("%+v", f)
		}
	}
}

// readable wants btf.Parse to have read what a kernel accepts. What it does not
// read is: sections in another order than libbpf reads them, types at an odd
// place, and, at level 1, references to what does not exist or is no prototype,
// and names of parameters, which a kernel does not look at.
func readable(t *testing.T, raw []byte, rep *verify.Report, err error) {
	if err == nil {
		return
	}
	var pe *btf.ParseError
	if !errors.As(err, &pe) {
		t.Fatal(err)
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if raw[0] == 0xeb {
		order = binary.BigEndian
	}
	hdr := order.Uint32(raw[4:])
	switch pe.Section {
	case "header":
		if hdr < 24 {
			return // to a kernel, missing fields are 0
		}
		typeOff, strOff := order.Uint32(raw[8:]), order.Uint32(raw[16:])
		if typeOff > strOff || typeOff%4 != 0 || hdr >= 32 {
			return
		}
	case "types":
		if rep.Has(verify.Hazard) || rep.Has(verify.Unchecked) {
			return
		}
	}
	t.Fatalf("a kernel accepts it, and btf.Parse: %v", err)
}
