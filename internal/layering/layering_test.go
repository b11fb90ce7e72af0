package layering

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gopahole/gopahole"

// A layer is a package, or with a final "/..." all packages below a folder, and what it may import besides the
// standard library: packages of this module, and modules of others. Tests may import more.
type layer struct {
	name    string
	ours    []string
	modules []string
	// testsOnly marks helpers that no package but another helper may import outside of its tests.
	testsOnly bool
}

// layers is in the order of the pipeline: a package imports what stands above it. The reasons are in ARCHITECTURE.md.
var layers = []layer{
	{name: "internal/quote"},
	{name: "internal/console", testsOnly: true},
	{name: "internal/cores"},
	{name: "internal/workers", ours: []string{"internal/cores"}},
	{name: "internal/memory"},
	{name: "internal/decimal"},
	{name: "internal/pagecache", modules: []string{"golang.org/x/sys"}},
	{name: "outfile", modules: []string{"golang.org/x/sys"}},
	{name: "archive/shard"},
	{name: "archive/source", ours: []string{"elffile", "internal/debugfile", "internal/memory"}, modules: []string{"github.com/cavaliergopher/cpio",
		"github.com/klauspost/compress", "github.com/mikelolasagasti/xz", "github.com/ulikunitz/xz", "golang.org/x/sys"}},
	{name: "archive/catalog", ours: []string{"archive/index", "archive/store", "internal/memory"}, modules: []string{"github.com/klauspost/compress", "github.com/mikelolasagasti/xz"}},
	{name: "archive/internal/stall"},
	{name: "archive/serve", ours: []string{"archive/catalog", "archive/index", "archive/internal/stall", "archive/store", "internal/memory"}},
	{name: "archive/debuginfod", ours: []string{"archive/internal/stall", "elffile", "internal/debugfile"}},
	{name: "archive/index", ours: []string{"archive/store"}},
	{name: "archive/store/internal/transfer"},
	{name: "archive/store", ours: []string{"archive/store/internal/transfer", "outfile"}},
	{name: "archive/store/internal/remote", ours: []string{"archive/store", "archive/store/internal/transfer"}},
	{name: "archive/store/s3", ours: []string{"archive/store", "archive/store/internal/remote"},
		modules: []string{"github.com/minio/minio-go/v7"}},
	{name: "archive/store/oci", ours: []string{"archive/store", "archive/store/internal/remote", "internal/workers"},
		modules: []string{"oras.land/oras-go/v2", "github.com/opencontainers/image-spec", "github.com/opencontainers/go-digest"}},
	{name: "archive/store/internal/storetest", ours: []string{"archive/store", "archive/store/internal/remote", "internal/peer"}, testsOnly: true},
	{name: "internal/baseindex", ours: []string{"outfile"}},
	{name: "btf", ours: []string{"internal/decimal", "internal/memory", "internal/quote"}},
	{name: "btf/ext", ours: []string{"btf"}},
	{name: "features"},
	{name: "libbpf"},
	{name: "kernel", ours: []string{"btf"}},
	{name: "internal/typegraph", ours: []string{"btf", "internal/memory", "libbpf"}},
	{name: "dedup", ours: []string{"btf", "internal/typegraph", "libbpf"}},
	{name: "distill", ours: []string{"btf", "libbpf"}},
	{name: "relocate", ours: []string{"btf", "kernel"}},
	{name: "verify", ours: []string{"btf", "kernel", "relocate"}},
	{name: "internal/cdecl", ours: []string{"btf", "internal/quote"}},
	{name: "internal/nametable", ours: []string{"btf"}},
	{name: "inspect/cheader", ours: []string{"btf", "internal/nametable", "internal/quote"}},
	{name: "inspect/diff", ours: []string{"btf", "internal/cdecl", "internal/quote"}},
	{name: "inspect/inlined", ours: []string{"btf"}},
	{name: "inspect/loaded", modules: []string{"golang.org/x/sys"}},
	{name: "inspect/mincore", ours: []string{"btf", "btf/ext", "internal/quote"}},
	{name: "inspect/setup", ours: []string{"btf", "kernel"}},
	{name: "inspect/layout", ours: []string{"btf", "internal/decimal", "internal/nametable", "internal/quote"}},
	{name: "inspect/report", ours: []string{"btf", "inspect/layout", "internal/cdecl", "internal/quote"}},
	{name: "internal/kimage"},
	{name: "internal/kimage/kimagetest"},
	{name: "internal/stream", ours: []string{"internal/memory"}, modules: []string{"github.com/klauspost/compress"}},
	{name: "unpack", ours: []string{"internal/kimage", "internal/memory", "internal/pagecache", "internal/stream"},
		modules: []string{"github.com/klauspost/compress", "github.com/mikelolasagasti/xz", "github.com/pierrec/lz4/v4",
			"github.com/ulikunitz/xz"}},
	{name: "internal/kfunc"},
	{name: "elffile", ours: []string{"btf", "internal/memory", "internal/pagecache", "internal/stream", "outfile",
		"unpack"}, modules: []string{"github.com/klauspost/compress", "golang.org/x/sys"}},
	{name: "internal/debugfile", ours: []string{"elffile"}},
	{name: "internal/jobserver"},
	{name: "internal/tuning/oneproc"},
	{name: "internal/tuning", ours: []string{"internal/memory", "internal/tuning/oneproc"}, modules: []string{"golang.org/x/sys"}},
	{name: "btfids", ours: []string{"btf", "elffile", "kernel"}},
	{name: "verify/kfuncs", ours: []string{"btf", "elffile", "internal/kfunc"}},
	{name: "dwarf2btf/trace"},
	{name: "inspect/explain", ours: []string{"btf", "dwarf2btf/trace"}},
	{
		name: "dwarf2btf/internal/unit",
		ours: []string{"btf", "features", "elffile", "internal/debugfile", "internal/kfunc", "internal/memory", "internal/quote", "internal/typegraph", "internal/workers", "dwarf2btf/internal/...", "dwarf2btf/trace"},
	},
	{
		name:    "dwarf2btf/internal/...",
		ours:    []string{"btf", "features", "elffile", "internal/kfunc", "internal/memory", "dwarf2btf/internal/..."},
		modules: []string{"github.com/go-delve/delve"},
	},
	{
		name: "dwarf2btf",
		ours: []string{"btf", "distill", "features", "internal/baseindex", "internal/typegraph", "internal/debugfile", "elffile",
			"internal/cores", "internal/jobserver", "internal/kfunc", "internal/memory", "internal/quote", "internal/workers",
			"libbpf", "dwarf2btf/internal/...", "dwarf2btf/trace", "inspect/inlined"},
	},
	{
		name: "module",
		ours: []string{"btf", "verify", "btfids", "dedup", "distill", "dwarf2btf", "features", "elffile", "inspect/inlined", "internal/debugfile", "outfile", "unpack", "kernel", "libbpf"},
	},
	{
		name: "archive",
		ours: []string{"archive/index", "archive/source", "archive/store", "btf", "dwarf2btf", "elffile", "inspect/diff", "internal/debugfile",
			"internal/memory", "kernel", "module", "verify"},
		modules: []string{"github.com/klauspost/compress", "github.com/ulikunitz/xz"},
	},
	{
		name: "cmd/gopahole",
		ours: []string{"archive", "archive/catalog", "archive/debuginfod", "archive/index", "archive/serve", "archive/shard", "archive/source", "archive/store", "btf", "btf/ext", "verify", "verify/kfuncs", "btfids", "dedup", "distill", "dwarf2btf", "features",
			"module", "elffile", "inspect/cheader", "inspect/diff", "inspect/inlined", "inspect/layout", "inspect/loaded", "inspect/mincore", "inspect/report", "inspect/setup", "internal/cores", "internal/quote", "internal/tuning", "internal/workers", "kernel", "libbpf", "outfile", "dwarf2btf/trace", "inspect/explain",
			"relocate", "unpack"},
		modules: []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/vbauerster/mpb/v8", "golang.org/x/term"},
	},
	{name: "internal/peer", testsOnly: true},
	{name: "internal/rusage", testsOnly: true},
	{name: "internal/testreport", testsOnly: true},
	{name: "internal/packtest", modules: []string{"github.com/cavaliergopher/cpio", "github.com/klauspost/compress", "github.com/ulikunitz/xz"}, testsOnly: true},
	{name: "internal/goldentest", ours: []string{"btf"}, modules: []string{"golang.org/x/tools"}, testsOnly: true},
	{name: "internal/dwarftest", testsOnly: true},
	{
		name:      "internal/mutate",
		ours:      []string{"btf", "internal/dwarftest"},
		modules:   []string{"github.com/klauspost/compress", "github.com/ulikunitz/xz"},
		testsOnly: true,
	},
	{name: "internal/unitgen", ours: []string{"btf"}, testsOnly: true},
	{name: "internal/splittest", ours: []string{"btf", "internal/peer"}, testsOnly: true},
	{name: "internal/bench", ours: []string{"internal/cores", "internal/peer", "internal/rusage"}, testsOnly: true},
	{name: "internal/worst", ours: []string{"btf", "verify", "btfids", "dedup", "distill", "dwarf2btf", "elffile",
		"features", "internal/dwarftest", "internal/rusage", "relocate"}, testsOnly: true},
	{name: "internal/toolfuzz", ours: []string{"btf", "kernel", "internal/kimage/kimagetest", "internal/mutate",
		"internal/peer", "internal/splittest", "internal/rusage"}, testsOnly: true},
	{name: "internal/e2e", testsOnly: true},
	{name: "internal/matrix", ours: []string{"btf", "internal/peer"}, testsOnly: true},
	{name: "internal/kerneltest/protocol", testsOnly: true},
	{
		name:      "internal/kerneltest/guest",
		ours:      []string{"btf", "internal/kerneltest/protocol"},
		modules:   []string{"golang.org/x/sys"},
		testsOnly: true,
	},
	{name: "internal/kerneltest", ours: []string{"internal/peer", "internal/kerneltest/protocol", "internal/rusage"}, testsOnly: true},
	{name: "internal/filetest", testsOnly: true},
	{name: "internal/killtest", modules: []string{"golang.org/x/sys"}, testsOnly: true},
	{name: "internal/enginetest", testsOnly: true},
	{name: "internal/layering", testsOnly: true},
}

// commandInternals are the internal packages that the command may import, and why. All else it
// does with public packages, so that another program can do it as well.
var commandInternals = map[string]string{
	"internal/cores":   "measuring: what a run takes, in builds for that",
	"internal/tuning":  "how the process uses the machine",
	"internal/workers": "tuning: how many of them work on a batch",
	"internal/quote":   "terminal: what is printed must not control it",
}

// systemCalls are the packages that may import golang.org/x/sys, and why. All else does with
// the standard library, and so runs everywhere.
var systemCalls = map[string]string{
	"archive/source":     "files: one without a name, for what does not fit into memory; the size of a pipe",
	"internal/tuning":    "huge pages",
	"internal/pagecache": "files: reading what is cached",
	"inspect/loaded":     "bpf(2): what the kernel has",
	"outfile":            "files: writing without halves and without changes in between",
	"elffile":            "files: copying without reading",
}

func TestSystemCalls(t *testing.T) {
	for _, l := range layers {
		_, may := systemCalls[l.name]
		if does := slices.Contains(l.modules, "golang.org/x/sys"); does != may && !l.testsOnly {
			t.Errorf("%s: golang.org/x/sys is imported: %v, may be: %v", l.name, does, may)
		}
	}
}

// TestStart: builds of kernels start the command thousands of times, so it does without what takes long to start. The
// program for that has the build tag gopahole_net.
func TestStart(t *testing.T) {
	for tags, want := range map[string]bool{"": false, "gopahole_net": true} {
		out, err := exec.Command("go", "list", "-pgo=off", "-deps", "-tags="+tags, module+"/cmd/gopahole").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, slow := range []string{"net/http", "crypto/tls"} {
			if has := slices.Contains(strings.Fields(string(out)), slow); has != want {
				t.Errorf("with the tags %q, the command has %s: %v", tags, slow, has)
			}
		}
	}
}

// TestTuning: tuning is about a whole process, which belongs to its program.
func TestTuning(t *testing.T) {
	for _, l := range layers {
		if slices.Contains(l.ours, "internal/tuning") && l.name != "cmd/gopahole" {
			t.Errorf("%s may import internal/tuning: that is for the command", l.name)
		}
	}
}

func TestCommandImports(t *testing.T) {
	command := find("cmd/gopahole")
	for _, name := range command.ours {
		if _, ok := commandInternals[name]; strings.HasPrefix(name, "internal/") && !ok {
			t.Errorf("the command imports %s: it should need public packages only", name)
		}
	}
	for name := range commandInternals {
		if !slices.Contains(command.ours, name) {
			t.Errorf("the command does not import %s any more: take it off the list", name)
		}
	}
}

func TestImports(t *testing.T) {
	packages := list(t)
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		l := find(name)
		if l == nil {
			t.Errorf("%s: not in the table of layers; add it where it belongs", name)
			continue
		}
		for _, imported := range p.Imports {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			switch {
			case isOurs && !slices.ContainsFunc(l.ours, func(allowed string) bool { return matches(allowed, ours) }):
				t.Errorf("%s imports %s", name, ours)
			case isOurs:
				if other := find(ours); other != nil && other.testsOnly && !l.testsOnly {
					t.Errorf("%s imports %s, which is for tests", name, ours)
				}
			case strings.Contains(strings.Split(imported, "/")[0], "."): // not the standard library
				if !slices.ContainsFunc(l.modules, func(m string) bool { return imported == m || strings.HasPrefix(imported, m+"/") }) {
					t.Errorf("%s imports %s", name, imported)
				}
			}
		}
	}
	for _, l := range layers {
		if !slices.ContainsFunc(packages, func(p goPackage) bool {
			return matches(l.name, strings.TrimPrefix(p.ImportPath, module+"/"))
		}) {
			t.Errorf("%s: in the table of layers, but there is no such package", l.name)
		}
	}
}

func find(name string) *layer {
	for i := range layers {
		if matches(layers[i].name, name) {
			return &layers[i]
		}
	}
	return nil
}

func matches(pattern, name string) bool {
	if folder, ok := strings.CutSuffix(pattern, "..."); ok {
		return strings.HasPrefix(name, folder)
	}
	return pattern == name
}

type goPackage struct {
	ImportPath string
	Imports    []string // of the package itself, without its tests
}

func list(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-pgo=off", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
