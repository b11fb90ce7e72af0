package e2e

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/peer"
	"github.com/gopahole/gopahole/verify/kfuncs"
)

// features72 are what the build of Debian's 7.2 asked its pahole for. That had libbpf 1.7, and so no layout section.
const features72 = "encode_force,var,float,enum64,decl_tag,type_tag,optimized_func,consistent_func,decl_tag_kfuncs,attributes"

// TestFinished encodes kernels, and their modules with .BTF_ids, as they are in debug packages: the sets are filled in and
// sorted. Functions get the tags that they have in the BTF that is shipped, and the IDs that are filled in again have
// the flags that are shipped.
func TestFinished(t *testing.T) {
	for _, kernel := range []string{"61c", "612c", "72c"} {
		t.Run(kernel, func(t *testing.T) {
			vmlinux := peer.Vmlinux(t, kernel)
			base := loadBase(t, vmlinux)
			t.Run("vmlinux", func(t *testing.T) { finishedKernel(t, vmlinux, base, kernel == "72c") })
			n := 0
			for _, module := range peer.Modules(t, kernel) {
				if _, hasIDs := hasSections(t, module); hasIDs {
					n++
					t.Run(filepath.Base(module), func(t *testing.T) { finishedModule(t, module, vmlinux, base) })
					t.Run(filepath.Base(module)+" anew", func(t *testing.T) { finishedModuleAnew(t, kernel, module, base) })
				}
			}
			if n == 0 {
				t.Error("no modules with .BTF_ids")
			}
		})
	}
}

// hasSections reports whether a module has the sections .BTF and .BTF_ids.
func hasSections(t *testing.T, module string) (hasBTF, hasIDs bool) {
	t.Helper()
	f, err := elffile.Open(module)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return f.Section(".BTF") != nil, f.Section(".BTF_ids") != nil
}

// finishedKernel encodes a vmlinux and, if it is of 7.2, resolves it: that makes what is shipped, to the byte.
func finishedKernel(t *testing.T, vmlinux string, shipped *btf.Types, is72 bool) {
	dir := t.TempDir()
	link := filepath.Join(dir, "vmlinux") // results stand beside the input
	if err := os.Symlink(vmlinux, link); err != nil {
		t.Fatal(err)
	}
	flags := []string{"encode", "-j2", "--lang_exclude=rust", "-o", dir}
	if is72 {
		flags = append(flags, "--features="+features72)
	}
	if r := run(t, append(flags, link)...); r.exitCode != 0 {
		t.Fatal(r.stderr)
	}
	raw, err := os.ReadFile(link + ".btf")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(functionTags(shipped), functionTags(parseBTF(t, raw, nil))); diff != "" {
		t.Errorf("tags (- shipped, + encoded):\n%s", diff)
	}
	if !is72 {
		return
	}
	if r := run(t, "resolve_btfids", "--kfuncs=tags", "--btf", link+".btf", link); r.exitCode != 0 {
		t.Fatal(r.stderr)
	}
	f, err := elffile.Open(vmlinux)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, section := range []string{".BTF", ".BTF_ids"} {
		got, err := os.ReadFile(link + section)
		if err != nil {
			t.Fatal(err)
		}
		want, err := f.SectionData(f.Section(section))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what is shipped", section)
		}
	}
}

// vmlinux73 and ids73 are the SHA-256 sums of what resolve_btfids as posted for 7.3 made of Debian's vmlinux of 7.2 as it
// was linked, after pahole 1.32 with libbpf 1.7 and the features that builds of 7.3 ask for.
const (
	features73 = "encode_force,var,float,enum64,decl_tag,type_tag,optimized_func,consistent_func"
	vmlinux73  = "01e21ff32edc4b29bc206f76e0958d67be66f52e708a3f9b670a5d3b163de8a5"
	ids73      = "2205cf9befc6e0c8b3bca62158bce502ad10437773ecd0a688accd22b64bc5fb"
)

// TestFinished73 makes the BTF of a vmlinux of 7.3 of one that is finished.
func TestFinished73(t *testing.T) {
	link := filepath.Join(t.TempDir(), "vmlinux")
	if err := os.Symlink(peer.Vmlinux(t, "72c"), link); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"encode", "-j2", "--lang_exclude=rust", "--features=" + features73, "-o", filepath.Dir(link), link},
		{"resolve_btfids", "--kfuncs=sets", "--btf", link + ".btf", link},
	} {
		if r := run(t, args...); r.exitCode != 0 {
			t.Fatal(r.stderr)
		}
	}
	for suffix, want := range map[string]string{".BTF": vmlinux73, ".BTF_ids": ids73} {
		data, err := os.ReadFile(link + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != want {
			t.Errorf("%s: SHA-256 %s, want %s", suffix, got, want)
		}
	}
	found := 0
	for _, module := range peer.Modules(t, "72c") {
		if want, ok := modules73[strings.TrimSuffix(filepath.Base(module), ".ko")]; ok {
			found++
			t.Run(filepath.Base(module), func(t *testing.T) { finished73(t, module, link+".BTF", want) })
		}
	}
	if found == 0 {
		t.Error("none of the modules is there")
	}
}

// digests73 are the first digits of SHA-256 sums of what resolve_btfids as posted for 7.3 made of a module.
type digests73 struct{ types, ids, distilled, base string }

// modules73 are modules of 7.2 that were encoded on the BTF of vmlinux73, by a pahole with libbpf 1.7.
var modules73 = map[string]digests73{
	"btrfs":          {"50271c21f4bf", "", "dac241aac893", "70e5cc5de403"},
	"dm-zero":        {"ccfcd5a2092f", "", "456d07b57440", "2c0cec76e327"},
	"fou":            {"5908f19c693c", "60798ce1f71f", "921de54060e8", "488c933c17af"},
	"nf_conntrack":   {"8c8050143057", "c40bb1c6df75", "8689806c04cf", "b7d6c89b8157"},
	"nf_flow_table":  {"dbb28040c2f6", "feedf593b92e", "87c6096f5b9a", "d63967c59beb"},
	"nf_nat":         {"4c4285144203", "b33f2de6821a", "58623ea0468f", "eb34ed518bb8"},
	"overlay":        {"26f8e8618076", "", "a465a5d0cd7c", "e58ede4b2b2b"},
	"tcp_bbr":        {"a7e269ecb205", "31b27b143d5d", "5a256c436eff", "ab6395f1f40c"},
	"tcp_dctcp":      {"6a139761faf6", "c499f2a285dc", "46861c35c73d", "7f71ce930ed1"},
	"virtio_net":     {"34a9c99a3873", "", "37d1ce90d7f6", "749ff04249dd"},
	"xfrm_interface": {"2149147cfc9b", "4726c5452ed1", "31a3d2bb6093", "3b090559b40d"},
	"xfs":            {"8c2386891473", "", "9d15ef0ef86f", "2e504ecb9ab4"},
}

// finished73 makes the BTF of a module of 7.3 of one that is finished.
func finished73(t *testing.T, module, vmlinux string, want digests73) {
	dir := t.TempDir()
	file := filepath.Join(dir, "m.ko")
	copyFile(t, module, file)
	resolve := []string{"resolve_btfids", "--kfuncs=sets", "--btf_base", vmlinux, "--btf", file + ".BTF.1"}
	compare := func(suffix, want string) {
		t.Helper()
		data, err := os.ReadFile(file + suffix)
		if want == "" && errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); want == "" || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %d bytes, SHA-256 %s, want %s", suffix, len(data), got, want)
		}
	}
	for _, args := range [][]string{
		{"-J", "-j1", "--btf_compat=libbpf-1.7", "--btf_features=" + features73, "--lang_exclude=rust",
			"--btf_base", vmlinux, "--btf_encode_detached=" + file + ".BTF.1", file},
		append(slices.Clone(resolve), file),
	} {
		if r := run(t, args...); r.exitCode != 0 {
			t.Fatal(r.stderr)
		}
	}
	compare(".BTF", want.types)
	compare(".BTF_ids", want.ids)
	if r := run(t, append(resolve, "--distill_base", file)...); r.exitCode != 0 {
		t.Fatal(r.stderr)
	}
	compare(".BTF", want.distilled)
	compare(".BTF.base", want.base)
}

// TestGen73 compares gen, for a kernel that is called 7.3, with the steps of its build: pahole with the features that it
// asks for, and resolve_btfids in the environment of that build.
func TestGen73(t *testing.T) {
	vmlinux := peer.Vmlinux(t, "72c")
	for _, module := range peer.Modules(t, "72c") {
		for _, mode := range []struct{ gen, resolve string }{{"", "--distill_base"}, {"--keep_base", ""}} {
			t.Run(filepath.Base(module)+mode.gen, func(t *testing.T) {
				t.Setenv("KERNELVERSION", "7.3.0-rc4") // gen does not look at it
				dir := t.TempDir()
				made, built := filepath.Join(dir, "gen.ko"), filepath.Join(dir, "build.ko")
				copyFile(t, module, made)
				copyFile(t, module, built)
				for _, args := range [][]string{
					{"gen", mode.gen, "--release=7.3", "--base", vmlinux, made},
					{"-J", "-j1", "--btf_features=" + features73, "--btf_features=layout", "--lang_exclude=rust",
						"--btf_base", vmlinux, "--btf_encode_detached=" + built + ".BTF.1", built},
					{"resolve_btfids", mode.resolve, "--btf_base", vmlinux, "--btf", built + ".BTF.1", built},
				} {
					if r := run(t, slices.DeleteFunc(args, func(s string) bool { return s == "" })...); r.exitCode != 0 {
						t.Fatalf("%q: %s", args, r.stderr)
					}
				}
				f, err := elffile.Open(made)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				for _, name := range []string{".BTF", ".BTF.base", ".BTF_ids"} {
					want, err := os.ReadFile(built + name)
					section := f.Section(name)
					if (err == nil) != (section != nil) {
						t.Errorf("%s: gen has it: %v, the build: %v", name, section != nil, err == nil)
					}
					if err != nil || section == nil {
						continue
					}
					if got, err := f.SectionData(section); err != nil || !bytes.Equal(got, want) {
						t.Errorf("%s: %d bytes, the build makes %d; %v", name, len(got), len(want), err)
					}
				}
			})
		}
	}
}

// finishedModule makes a module again.
func finishedModule(t *testing.T, module, vmlinux string, base *btf.Types) {
	again := filepath.Join(t.TempDir(), filepath.Base(module))
	copyFile(t, module, again)
	if r := run(t, "gen", "--keep_base", "--base", vmlinux, again); r.exitCode != 0 {
		t.Fatal(r.stderr)
	}
	types := func(name string) *btf.Types { raw, _ := sections(t, name); return parseBTF(t, raw, base) }
	shipped, got := types(module), types(again)
	if diff := cmp.Diff(functionTags(shipped), functionTags(got)); diff != "" {
		t.Errorf("tags (- shipped, + made):\n%s", diff)
	}
	if diff := cmp.Diff(flagsByName(t, module, shipped), flagsByName(t, again, got)); diff != "" {
		t.Errorf("flags (- shipped, + made):\n%s", diff)
	}
}

// finishedModuleAnew makes a module again on another kernel, as if its own was not there any more: what is in the file
// alone tells whose the flags are.
func finishedModuleAnew(t *testing.T, kernel, module string, base *btf.Types) {
	other := "612c"
	if kernel == other {
		other = "61c"
	}
	vmlinux := peer.Vmlinux(t, other)
	again := filepath.Join(t.TempDir(), filepath.Base(module))
	copyFile(t, module, again)
	if r := run(t, "gen", "--keep_base", "--release=6.12", "--base", vmlinux, again); r.exitCode != 0 {
		t.Fatal(r.stderr)
	}
	types := func(name string, base *btf.Types) *btf.Types {
		raw, _ := sections(t, name)
		return parseBTF(t, raw, base)
	}
	want := flagsByName(t, module, types(module, base))
	if diff := cmp.Diff(want, flagsByName(t, again, types(again, loadBase(t, vmlinux)))); diff != "" {
		t.Errorf("flags (- shipped, + made):\n%s", diff)
	}
}

// TestFinishedStripped strips finished modules of the symbols of .BTF_ids as well, as strip --strip-unneeded does, since
// nothing is relocated by them. With the debug file all verbs make of it what they make of the whole module.
func TestFinishedStripped(t *testing.T) {
	peers := peer.Get(t)
	for _, kernel := range []string{"612c", "72c"} {
		vmlinux := peer.Vmlinux(t, kernel)
		n := 0
		for _, whole := range peer.Modules(t, kernel) {
			if _, hasIDs := hasSections(t, whole); !hasIDs {
				continue
			}
			n++
			t.Run(kernel+"/"+filepath.Base(whole), func(t *testing.T) { finishedStripped(t, peers, vmlinux, whole) })
		}
		if n == 0 {
			t.Errorf("%s: no modules with .BTF_ids", kernel)
		}
	}
}

func finishedStripped(t *testing.T, peers *peer.Peers, vmlinux, whole string) {
	dir, full := peer.Scratch(t), t.TempDir()
	stripped, name := filepath.Join(dir, "m.ko"), filepath.Join(full, "m.ko")
	copyFile(t, whole, stripped)
	copyFile(t, whole, name)
	const strip = "cd %s; objcopy --only-keep-debug m.ko m.ko.debug; objcopy --strip-unneeded --add-gnu-debuglink=m.ko.debug m.ko"
	if res := peer.Run(t, peers.Command("sh", "-ec", fmt.Sprintf(strip, peers.Inside(dir)))); res.ExitCode != 0 {
		t.Fatalf("%s%s", res.Stdout, res.Stderr)
	}
	encoded := filepath.Join(full, "encoded")
	if r := run(t, "encode", "--features="+features73, "--base", vmlinux, "-o", encoded, name); r.exitCode != 0 {
		t.Fatal(r.stderr)
	}
	for _, tc := range []struct {
		verb  string
		args  []string
		files []string // results, besides the module
	}{
		{"encode", []string{"--features=default,attributes", "-o", "$/out"}, []string{"out/m.btf"}},
		{"distill", []string{"-o", "$/distilled.ko"}, []string{"distilled.ko"}},
		{"resolve_btfids", []string{"--kfuncs=sets", "--btf", filepath.Join(encoded, "m.btf")}, []string{"m.ko.BTF", "m.ko.BTF_ids"}},
		{"gen", nil, nil},
	} {
		results := make(map[string][]byte) // of the whole module
		for _, at := range []string{full, dir} {
			base := "--base=" + vmlinux
			if tc.verb == "resolve_btfids" {
				base = "--btf_base=" + vmlinux
			}
			args := []string{tc.verb, base}
			for _, arg := range tc.args {
				args = append(args, strings.Replace(arg, "$", at, 1))
			}
			input := "m.ko"
			if tc.verb == "gen" { // changes it
				input = "gen.ko"
				copyFile(t, filepath.Join(at, "m.ko"), filepath.Join(at, input))
			}
			r := run(t, append(args, filepath.Join(at, input))...)
			if said := strings.Contains(r.stderr, "those of its debug file"); r.exitCode != 0 || said != (at == dir) {
				t.Fatalf("%s: status %d, %s", tc.verb, r.exitCode, r.stderr)
			}
			for _, file := range append(tc.files, input) {
				data := contentsBTF(t, filepath.Join(at, file))
				if at == full {
					results[file] = data
				} else if len(data) == 0 || !bytes.Equal(data, results[file]) {
					t.Errorf("%s: %s is not that of the whole module", tc.verb, file)
				}
			}
		}
	}
	if r := run(t, "verify", "--kfuncs", "--base", vmlinux, stripped); r.exitCode != 0 || !strings.Contains(r.stdout, "those of its debug file") &&
		!strings.Contains(r.stderr, "those of its debug file") || strings.Contains(r.stdout, "kfuncs: 0") {
		t.Errorf("verify: status %d, %s%s", r.exitCode, r.stdout, r.stderr)
	}
	if r := run(t, "verify", "--kfuncs", "--base", vmlinux, stripped+".debug"); r.exitCode != 1 || !strings.Contains(r.stdout, "kfuncs: not audited") {
		t.Errorf("verify of the debug file: status %d, %s%s", r.exitCode, r.stdout, r.stderr)
	}
	r := run(t, "-J", "--btf_features=default", "--btf_base="+vmlinux, "--btf_encode_detached="+filepath.Join(dir, "pahole"), stripped)
	if r.exitCode != 0 || strings.Count(r.stderr, ".BTF_ids is stripped of its symbols") != 1 {
		t.Errorf("-J: status %d, %s", r.exitCode, r.stderr)
	}
	if err := os.Remove(stripped + ".debug"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"encode", "--features=default", "-o", dir}, {"distill"}, {"verify", "--kfuncs"}, {"gen"}} {
		if r := run(t, append(args, "--base", vmlinux, stripped)...); r.exitCode != 1 || !strings.Contains(r.stdout+r.stderr, "--debug_dir=DIR names another directory") {
			t.Errorf("%s without the debug file: status %d, %s%s", args[0], r.exitCode, r.stdout, r.stderr)
		}
	}
}

// contentsBTF returns all that a file has of BTF: raw data, or sections of an ELF file one after the other.
func contentsBTF(t *testing.T, name string) (all []byte) {
	t.Helper()
	f, err := elffile.Open(name)
	if errors.As(err, new(*elffile.NotELFError)) {
		if all, err = os.ReadFile(name); err == nil {
			return all
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, section := range []string{".BTF", ".BTF.base", ".BTF_ids"} {
		s := f.Section(section)
		if s == nil {
			continue
		}
		data, err := f.SectionData(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, section...), data...)
	}
	return all
}

// flagsByName returns the flags of kernel functions in a file that is filled in.
func flagsByName(t *testing.T, name string, types *btf.Types) map[string]uint32 {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set, err := kfuncs.Read(name, f, fileSize(t, name))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]uint32{}
	for id, flags := range set.Flags {
		byName[types.Name(id)] = flags
	}
	return byName
}

// functionTags returns the declaration tags of functions that have some.
func functionTags(types *btf.Types) map[string][]string {
	tags := map[string][]string{}
	for id, rec := range types.Own() {
		if rec.Kind() == btf.KindDeclTag && types.Record(rec.Type()).Kind() == btf.KindFunc {
			name := types.Name(rec.Type())
			tags[name] = append(tags[name], types.Name(id))
		}
	}
	for _, list := range tags {
		slices.Sort(list)
	}
	return tags
}
