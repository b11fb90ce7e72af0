package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/features"
)

func parse(t *testing.T, args string) (o options, files []string) {
	t.Helper()
	files, err := parseArgs(encodeFlags(&o), strings.Fields(args), false)
	if err != nil {
		t.Fatal(err)
	}
	return o, files
}

func TestJobs(t *testing.T) {
	bare := runtime.NumCPU() * 11 / 10
	for args, want := range map[string]int{ // as pahole reads them
		"":                           1,
		"-j":                         bare,
		"--jobs":                     bare,
		"-j4":                        4,
		"--jobs=4":                   4,
		"-j4 -j":                     bare,
		"-j -j4":                     4,
		"-Jj3":                       3,
		"-j0":                        1,
		"-j-3":                       1,
		"-j+3":                       3,
		"-jx":                        1,
		"-j3x":                       3,
		"-j=4":                       1,
		"--jobs=":                    1,
		"-j99999999999999999999":     maxJobs,
		"-j-99999999999999999999":    1,
		"-j18446744073709551617":     maxJobs,
		"--jobs=1000000":             maxJobs,
		"--jobs 4":                   bare,
		"-j4 --btf_features=default": 4,
	} {
		o := options{asPahole: true}
		if _, err := parseArgs(encodeFlags(&o), strings.Fields(args), false); err != nil || o.jobs != want {
			t.Errorf("%q: %d jobs, want %d; error %v", args, o.jobs, want, err)
		}
		o = options{}
		_, err := parseArgs(encodeFlags(&o), strings.Fields(args), false)
		if refused := errors.As(err, new(*usageError)); refused != notNumbers[args] || !refused && o.jobs != want {
			t.Errorf("%q as gopahole: %d jobs, error %v", args, o.jobs, err)
		}
	}
}

// notNumbers are those of TestJobs that gopahole refuses when it is not called pahole.
var notNumbers = map[string]bool{
	"-j0": true, "-j-3": true, "-j+3": true, "-jx": true, "-j3x": true, "-j=4": true, "--jobs=": true,
	"-j-99999999999999999999": true,
}

// TestKernelCommandLines takes the options that kernel builds pass.
func TestKernelCommandLines(t *testing.T) {
	const list612 = "encode_force,var,float,enum64,decl_tag,type_tag,optimized_func,consistent_func,decl_tag_kfuncs"
	for _, tt := range []struct {
		name, args   string
		want         string // features
		jobs         int
		base, detach string
		file         string
	}{
		{"6.1", "-J --btf_gen_floats -j --lang_exclude=rust --skip_encoding_btf_inconsistent_proto --btf_gen_optimized .tmp_vmlinux.btf",
			"var,float,decl_tag,type_tag,enum64,optimized_func,consistent_func", 0, "", "", ".tmp_vmlinux.btf"},
		{"6.12", "-J -j --btf_features=" + list612 + " -j --lang_exclude=rust .tmp_vmlinux1",
			"default", 0, "", "", ".tmp_vmlinux1"},
		{"6.12, reproducible", "-J -j --btf_features=" + list612 + " -j --btf_features=+reproducible_build --lang_exclude=rust .tmp_vmlinux1",
			"default,reproducible_build", 0, "", "", ".tmp_vmlinux1"},
		{"6.12, external module", "-J -j --btf_features=" + list612 + " --btf_features=distilled_base -j --lang_exclude=rust --btf_base vmlinux x.ko",
			"default,distilled_base", 0, "vmlinux", "", "x.ko"},
		{"7.2",
			"-J -j8 --btf_features=" + list612 + " --btf_features=attributes --btf_features=layout -j8 --lang_exclude=rust --btf_encode_detached=.tmp_vmlinux1.BTF.1 .tmp_vmlinux1",
			"default,attributes,layout", 8, "", ".tmp_vmlinux1.BTF.1", ".tmp_vmlinux1"},
		{"7.2, module",
			"-J -j8 --btf_features=" + list612 + " --btf_features=attributes --btf_features=layout -j8 --lang_exclude=rust --btf_base ./vmlinux --btf_encode_detached=x.ko.BTF.1 x.ko",
			"default,attributes,layout", 8, "./vmlinux", "x.ko.BTF.1", "x.ko"},
		{"samples/bpf", "-J x.o", "var,decl_tag,type_tag,enum64", 1, "", "", "x.o"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, files := parse(t, tt.args)
			if tt.jobs == 0 {
				tt.jobs = max(1, runtime.NumCPU()*11/10)
			}
			if !o.encode || o.jobs != tt.jobs || strings.Join(o.bases, "+") != tt.base || o.detached != tt.detach || !slices.Equal(files, []string{tt.file}) {
				t.Errorf("got %+v for %v", o, files)
			}
			want, err := features.Parse(tt.want)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := o.featureSet(nil); err != nil || got != want {
				t.Errorf("features %v, %v; want %v", got, err, want)
			}
		})
	}
}

// TestFeatureOptions runs every option that touches features through the
// command's flags; package features tests the rules.
func TestFeatureOptions(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "var,decl_tag,type_tag,enum64"},
		{"--btf_features=var --features=float", "var,float"},
		{"--btf_features_strict=+layout", "default,layout"},
		{"--btf_gen_all", "all"},
		{"--btf_gen_all --btf_compat=libbpf-1.7", "default,reproducible_build,global_var,attributes,true_signature"},
		{"--btf_compat=libbpf-1.7 --btf_gen_all --btf_compat=libbpf-1.8", "all"},
		{"--btf_gen_floats --btf_features=var", "var"},
		{"--btf_features=var --btf_gen_floats", "var,float"},
		{"--btf_features=var --btf_gen_optimized", "var,optimized_func"},
		{"--btf_features=var --btf_encode_force", "var,encode_force"},
		{"--btf_features=var --btf_attributes", "var,attributes"},
		{"--btf_features=var --reproducible_build", "var,reproducible_build"},
		{"--btf_features=var --skip_encoding_btf_inconsistent_proto", "var,consistent_func"},
		{"--skip_encoding_btf_vars", "decl_tag,type_tag,enum64"},
		{"--skip_encoding_btf_decl_tag", "var,type_tag,enum64"},
		{"--skip_encoding_btf_type_tag", "var,decl_tag,enum64"},
		{"--skip_encoding_btf_enum64", "var,decl_tag,type_tag"},
	} {
		o, _ := parse(t, tt.args)
		want, err := features.Parse(tt.want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := o.featureSet(nil); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", tt.args, got, err, want)
		}
	}
}

// TestUnitOptions: lists add up.
func TestUnitOptions(t *testing.T) {
	for _, tt := range []struct{ args, env, include, exclude string }{
		{"", "", "[]", "[]"},
		{"--lang=c,c99", "", "[c c99]", "[]"},
		{"--lang=c --lang=c99", "", "[c c99]", "[]"},
		{"--lang_exclude=rust --lang_exclude=go", "", "[]", "[rust go]"},
		{"--lang_exclude=rust --lang=c", "", "[c]", "[rust]"},
		{"", "rust,asm", "[]", "[rust asm]"},
		{"--lang=c", "rust", "[c]", "[rust]"},
		{"--lang_exclude=go", "rust", "[]", "[go rust]"},
		{"--lang_exclude=c++", "", "[]", "[c++ c++03 c++11 c++14 c++17 c++20 c++23]"},
	} {
		o, _ := parse(t, tt.args)
		c := command{env: func(name string) (string, bool) { return tt.env, name == langExcludeEnv && tt.env != "" }}
		include, exclude, err := c.languages(&o)
		if err != nil || fmt.Sprint(include) != tt.include || fmt.Sprint(exclude) != tt.exclude {
			t.Errorf("%q, %s=%q: got %v %v, %v", tt.args, langExcludeEnv, tt.env, include, exclude, err)
		}
	}
	if o, _ := parse(t, "-Xdrivers/ --cu_exclude=net/"); !slices.Equal(o.excludedUnits, []string{"drivers/", "net/"}) {
		t.Errorf("-X: got %v", o.excludedUnits)
	}
}

// TestIgnoredOptions: every option of the table is known in both forms, with its
// arity, and noted once.
func TestIgnoredOptions(t *testing.T) {
	for _, opt := range ignoredOptions {
		forms := []string{"--" + opt.name}
		if opt.short != "" {
			forms = append(forms, "-"+opt.short)
		}
		for i := range forms {
			if opt.argument {
				forms[i] += " 1"
			}
		}
		o, files := parse(t, strings.Join(forms, " ")+" file")
		if len(files) != 1 || len(o.ignored) != 1 || o.ignored[0] != "--"+opt.name {
			t.Errorf("%v: ignored %v, files %v", forms, o.ignored, files)
		}
	}
}

// TestHelpCoversFlags: an option is described or is one of the ignored ones.
func TestHelpCoversFlags(t *testing.T) {
	var o options
	for _, g := range flagGroups(&o) {
		g.VisitAll(func(f *pflag.Flag) {
			argument, usage := pflag.UnquoteUsage(f)
			if usage == "" || argumentOf(f) == requiredArgument && argument != strings.ToUpper(argument) {
				t.Errorf("--%s: argument %q, usage %q", f.Name, argument, usage)
			}
		})
	}
}
