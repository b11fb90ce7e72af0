package kernel_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

func TestFor(t *testing.T) {
	for _, tc := range []struct {
		release  string
		coverage kernel.Coverage
		rows     []string
	}{
		{"5.14.0-503.el9.x86_64", kernel.Older, nil},
		{"5.15.0-91-generic", kernel.Known, []string{"5.15"}},
		{"5.19", kernel.InBetween, []string{"5.15", "6.1 to 6.3"}},
		{"6.1.0-42-cloud-amd64", kernel.Known, []string{"6.1 to 6.3"}},
		{"6.3.9", kernel.Known, []string{"6.1 to 6.3"}},
		{"6.6.87.2-microsoft-standard-WSL2", kernel.Known, []string{"6.4 to 6.8"}},
		{"6.8.0-45-generic", kernel.Known, []string{"6.4 to 6.8"}},
		{"6.10.11", kernel.Known, []string{"6.10"}},
		{"6.11", kernel.Known, []string{"6.11"}},
		{"6.12.117+deb13-cloud-amd64", kernel.Known, []string{"6.12 to 6.14"}},
		{"6.14", kernel.Known, []string{"6.12 to 6.14"}},
		{"6.15.2", kernel.Known, []string{"6.15"}},
		{"6.18.1", kernel.Known, []string{"6.16 to 6.18"}},
		{"6.19", kernel.InBetween, []string{"6.16 to 6.18", "7.2"}},
		{"7.1.3", kernel.InBetween, []string{"6.16 to 6.18", "7.2"}},
		{"7.2.13", kernel.Known, []string{"7.2"}},
		{"7.3-rc4", kernel.Posted, []string{"7.2", "7.3 as posted"}},
		{"7.4.1", kernel.Posted, []string{"7.2", "7.4 as posted"}},
		{"99.0", kernel.Newer, []string{"7.2", "7.4 as posted"}},
	} {
		v, err := kernel.ParseVersion(tc.release)
		if err != nil {
			t.Fatal(err)
		}
		coverage, rows := kernel.For(v)
		var names []string
		for _, r := range rows {
			names = append(names, r.String())
		}
		if coverage != tc.coverage || len(names) != len(tc.rows) {
			t.Errorf("%s: %v %v", tc.release, coverage, names)
			continue
		}
		for i := range names {
			if names[i] != tc.rows[i] {
				t.Errorf("%s: %v", tc.release, names)
			}
		}
		if (kernel.Why(v) == "") != (coverage == kernel.Known) {
			t.Errorf("%s: %q", tc.release, kernel.Why(v))
		}
	}
	if coverage, rows := kernel.For(kernel.Version{}); coverage != kernel.Unnamed || len(rows) != len(kernel.Rules()) {
		t.Errorf("unnamed: %v %v", coverage, rows)
	}
}

// TestBuildOf has the releases at which the build of modules changed.
func TestBuildOf(t *testing.T) {
	asOf611 := kernel.Build{Lists: true, Tags: true, Distills: true}
	asOf616 := kernel.Build{Lists: true, Tags: true, Attributes: true, Distills: true}
	asOf71 := kernel.Build{Lists: true, Tags: true, Attributes: true, Layout: true, Distills: true, Implicit: true}
	sets := kernel.Build{Lists: true, Layout: true, Distills: true, Implicit: true, Sets: true}
	inline := sets
	inline.Inline = true
	for release, want := range map[string]kernel.Build{
		"5.10": {}, "6.9": {}, "6.10": {Lists: true}, "6.11": asOf611, "6.15": asOf611, "6.16": asOf616, "6.19": asOf616,
		"7.0": {Lists: true, Tags: true, Attributes: true, Distills: true, Implicit: true}, "7.1": asOf71, "7.2": asOf71,
		"7.3": sets, "7.9": inline,
	} {
		v, _ := kernel.ParseVersion(release)
		if got := kernel.BuildOf(v); got != want {
			t.Errorf("%s: %+v", release, got)
		}
	}
}

// TestGuess: what is taken for granted of a kernel that is newer than the table is said.
func TestGuess(t *testing.T) {
	all := kernel.All()
	last := all[len(all)-1].Last
	v, rules := kernel.Version{Major: last.Major + 1}, kernel.Newest().Last
	want := fmt.Sprintf("Linux %v is newer than all that this gopahole knows: its build is taken to be that of %v, "+
		"and its rules to be those of %v and of %v as posted", v, last, rules, last)
	if got := kernel.Guess(v); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, v := range []kernel.Version{{}, {Major: 5, Minor: 10}, {Major: 6, Minor: 2}, {Major: 6, Minor: 12}, rules, last} {
		if got := kernel.Guess(v); got != "" {
			t.Errorf("%v: %q", v, got)
		}
	}
}

func TestSupportOf(t *testing.T) {
	for _, tc := range []struct {
		members []string // of struct module; nil without
		want    kernel.Support
	}{
		{nil, kernel.UnknownSupport},
		{[]string{"name"}, kernel.UnknownSupport}, // too short to be one
		{[]string{"state", "name"}, kernel.NoModuleBTF},
		{[]string{"btf_data_size", "btf_data"}, kernel.NoDistilledBase},
		{[]string{"btf_data", "btf_base_data"}, kernel.DistilledBase},
	} {
		b := btf.NewBuilder(binary.LittleEndian, nil)
		long := b.AddInt("long", 8, btf.EncodingSigned)
		if tc.members != nil {
			var members []btf.Member
			for i, name := range tc.members {
				members = append(members, btf.Member{Name: name, Type: long, Offset: uint32(64 * i)})
			}
			b.AddStruct("module", uint32(8*len(members)), members...)
		}
		types, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		if got := kernel.SupportOf(types); got != tc.want {
			t.Errorf("%v: %v, want %v", tc.members, got, tc.want)
		}
	}
}
