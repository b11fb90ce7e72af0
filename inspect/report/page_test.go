package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/layout"
	"github.com/gopahole/gopahole/internal/goldentest"
	"github.com/gopahole/gopahole/internal/quote"
)

// pages is for scripts/test-report.sh, which looks at them in a browser.
var pages = flag.String("pages", "", "write pages into this directory")

var update = flag.Bool("update", false, "write the golden")

const smallTypes = `[1] INT 'unsigned int' size=4 bits_offset=0 nr_bits=32 encoding=(none)
[2] INT 'char' size=1 bits_offset=0 nr_bits=8 encoding=CHAR
[3] STRUCT 'point' size=12 vlen=3
	'kind' type_id=2 bits_offset=0
	'x' type_id=1 bits_offset=32
	'rest' type_id=4 bits_offset=64
[4] UNION '(anon)' size=4 vlen=2
	'low' type_id=1 bits_offset=0 bitfield_size=4
	'all' type_id=1 bits_offset=0
[5] STRUCT '(anon)' size=16 vlen=2
	'at' type_id=7 bits_offset=0
	'call' type_id=9 bits_offset=64
[6] TYPEDEF 'list_t' type_id=5
[7] PTR '(anon)' type_id=3
[8] FUNC_PROTO '(anon)' ret_type_id=0 vlen=1
	'p' type_id=7
[9] PTR '(anon)' type_id=8
[10] FUNC 'list_add' type_id=8 linkage=static
[11] FUNC 'list_del' type_id=8 linkage=static
`

// small is a page with all parts.
func small(t *testing.T) *Page {
	t.Helper()
	types := goldentest.Parse(t, smallTypes, nil)
	structs, err := NewStructs(types, StructOptions{})
	if err != nil {
		t.Fatal(err)
	}
	structs.Command = "gopahole dump --format=layout NAME vmlinux"
	skipped := &Skipped{Command: "gopahole explain --skipped vmlinux"}
	for _, name := range []string{"walk", "free<T>", "alloc"} {
		skipped.Add(name, "optimized_params", func(g *SkippedGroup) {
			g.Words, g.Why, g.Cure = "optimized parameters", "the compiler made a copy of it", "noinline on it"
		})
	}
	skipped.Add("twice", "ambiguous_address", func(g *SkippedGroup) { g.Words = "ambiguous address" })
	skipped.Sort()
	relocation := &Relocation{
		Command: "gopahole relocate --check --base=vmlinux modules",
		Kernels: []Kernel{{"6.12.1", "vmlinux", "Linux 6.12"}, {"other.btf", "other.btf", ""}},
	}
	relocation.Add(&Module{Name: "fs/a.ko", Verdicts: []Verdict{{"relocates", Good}, {"refused", Bad}}, Reasons: []Reason{
		{[]int{1}, "-EINVAL: distilled base BTF type 'int' [1] is not mapped to base BTF id", []string{"int int: none of its size"}},
	}})
	relocation.Add(&Module{Name: "net/b.ko", Verdicts: []Verdict{{"no BTF", Unknown}, {"no BTF", Unknown}}, Reasons: []Reason{
		{nil, strings.Repeat("long ", 40), nil},
	}})
	return &Page{
		Title: "vmlinux", Generator: "gopahole v0", Facts: []Fact{{"Linux", "6.12.1"}, {"BTF from", "its DWARF, encoded by this program"}},
		Notes: []string{"Something is missing."}, Relocation: relocation, Skipped: skipped, Structs: structs,
		Sizes: []*Sizes{
			ByDirectory([]Source{
				{"", 24, 2, nil},
				{"fs/ext4", 120, 4, []Kind{{"FUNC", 20, 1}, {"STRUCT", 100, 3}}},
				{"fs", 12, 1, []Kind{{"FUNC", 12, 1}}},
			}, 70),
			ByKind(types),
			ByModule([]ModuleSize{{[]string{"fs", "a.ko"}, 100, 40}, {[]string{"net", "b.ko"}, 50, 0}}),
		},
	}
}

func write(t *testing.T, p *Page) string {
	t.Helper()
	var out bytes.Buffer
	if err := p.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestGolden has a page with all parts, without its style and scripts.
func TestGolden(t *testing.T) {
	page := write(t, small(t))
	text := regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(page, "<style></style>")
	text = regexp.MustCompile(`(?s)<script>.*?</script>`).ReplaceAllString(text, "<script></script>")
	text = regexp.MustCompile(`sha256-.*?&#39;`).ReplaceAllString(text, "sha256-&#39;")
	const golden = "testdata/small.html"
	if *update {
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("-want +got (-update writes it)\n%s", diff)
	}
	if again := write(t, small(t)); again != page {
		t.Error("the same page has other bytes")
	}
}

// TestPolicy: what the page has of style and scripts is what its policy allows, and it names
// nothing that could be loaded.
func TestPolicy(t *testing.T) {
	page := write(t, small(t))
	policy := html.UnescapeString(regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	for _, tag := range []string{"style", "script"} {
		found := regexp.MustCompile(`(?s)<`+tag+`>(.*?)</`+tag+`>`).FindAllStringSubmatch(page, -1)
		if len(found) != 1 {
			t.Fatalf("%d elements %s", len(found), tag)
		}
		sum := sha256.Sum256([]byte(found[0][1]))
		if want := fmt.Sprintf("%s-src 'sha256-%s'", tag, base64.StdEncoding.EncodeToString(sum[:])); !strings.Contains(policy, want) {
			t.Errorf("the policy %s has no %s", policy, want)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") {
		t.Errorf("policy %s", policy)
	}
	for _, attribute := range regexp.MustCompile(`\b(src|href|action|data|srcset|poster|style|on\w+)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if to := attribute[2]; attribute[1] != "href" || to != "data:," && !strings.HasPrefix(to, "#") {
			t.Errorf("attribute %s", attribute[0])
		}
	}
	for _, bad := range []string{"://", "@import", "url(", "fetch(", "XMLHttpRequest", "innerHTML", "document.write", "eval("} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
}

// hostile are names that would do something else in a page than be shown.
var hostile = []string{
	"</script><script>forged()</script>", "<!--", "<!--<script>", "-->", "]]>", `"onfocus="forged()" autofocus="`, "'\"><img src=x onerror=forged()>",
	"{{.Policy}}", "{{template \"x\"}}", "&lt;b&gt;", "${forged()}", "`", "\\", "\\u003c/script>", "a\nb", "\x01\x1b[31m", "\u2028\u2029", "\u202egnp", "\xff\xfe",
	"__proto__", "constructor", "</style><style>*{display:none}", "javascript:forged()", "=forged()", "</title><title>",
}

// TestHostile puts such names into everything that can have one. What comes out has no
// element, attribute or script that the same page with plain names has not.
func TestHostile(t *testing.T) {
	plain := tags(write(t, named(t, func(i int) string { return fmt.Sprint("name", i) })))
	page := write(t, named(t, func(i int) string { return hostile[i] }))
	if got := tags(page); !cmp.Equal(got, plain) {
		t.Errorf("other elements (-plain +hostile)\n%s", cmp.Diff(plain, got))
	}
	if n := strings.Count(strings.ToLower(page), "<!--"); n != 0 {
		t.Errorf("%d comments", n)
	}
	if i := strings.IndexFunc(page, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("what cannot be shown is in the page: %q", page[max(0, i-80):min(len(page), i+20)])
	}
	text := html.UnescapeString(page)
	for _, name := range hostile {
		if !strings.Contains(text, quote.Line(name)) {
			t.Errorf("%q is not shown", name)
		}
	}
	block := regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`).FindStringSubmatch(page)[1]
	if strings.ContainsAny(block, "<>&") {
		t.Error("the data have characters of HTML")
	}
	var data struct{ Structs struct{ Strings []string } }
	if err := json.Unmarshal([]byte(block), &data); err != nil {
		t.Fatal(err)
	}
	have := strings.Join(data.Structs.Strings, "\n")
	for _, name := range hostile {
		if !strings.Contains(have, quote.Name(name)) {
			t.Errorf("%q is not in the data", name)
		}
	}
}

// TestPages writes the pages of these tests, if it is asked to.
func TestPages(t *testing.T) {
	if *pages == "" {
		t.Skip("for scripts/test-report.sh, with -pages")
	}
	for name, p := range map[string]*Page{"small": small(t), "hostile": named(t, func(i int) string { return hostile[i] }), "empty": {Title: "nothing", Generator: "gopahole"}} {
		if err := os.WriteFile(filepath.Join(*pages, name+".html"), []byte(write(t, p)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// named is a page whose names are those of a function.
func named(t *testing.T, name func(int) string) *Page {
	t.Helper()
	b := btf.NewBuilder(nil, nil)
	char := b.AddInt("char", 1, 0)
	skipped, relocation := &Skipped{Command: name(0)}, &Relocation{Command: name(1)}
	var sources []Source
	var modules []ModuleSize
	page := &Page{Title: name(2), Generator: name(3), Skipped: skipped, Relocation: relocation}
	verdicts := []Verdict{}
	for i := range hostile {
		verdicts = append(verdicts, Verdict{name(i), Bad})
		relocation.Kernels = append(relocation.Kernels, Kernel{name(i), name(i), name(i)})
	}
	for i := range hostile {
		s := b.AddStruct(name(i), 2, btf.Member{Name: name(i), Type: char}, btf.Member{Name: "z", Type: char, Offset: 8})
		b.AddStruct("of"+name(i), 9, btf.Member{Name: "in" + name(i), Type: b.AddPtr(s)})
		b.AddStruct("gap"+name(i), 8, btf.Member{Name: "a", Type: char}, btf.Member{Name: "b", Type: b.AddArray(char, char, 3), Offset: 32})
		skipped.Add(name(i), "reason"+name(i), func(g *SkippedGroup) { g.Words, g.Why, g.Cure = name(i), name(i), name(i) })
		sources = append(sources, Source{name(i), 10, 1, []Kind{{name(i), 10, 1}}})
		modules = append(modules, ModuleSize{[]string{name(i), name(i)}, 10, 10})
		page.Facts = append(page.Facts, Fact{"fact " + name(i), "of at least seventeen characters " + name(i)})
		page.Notes = append(page.Notes, name(i))
		relocation.Add(&Module{Name: name(i), Verdicts: verdicts, Reasons: []Reason{{[]int{i}, strings.Repeat("x", maxReason) + name(i), []string{name(i)}}}})
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if page.Structs, err = NewStructs(types, StructOptions{}); err != nil {
		t.Fatal(err)
	}
	page.Structs.Command = name(4)
	page.Sizes = []*Sizes{ByDirectory(sources, 10), ByKind(types), ByModule(modules)}
	return page
}

// tags counts the elements and the names of their attributes.
func tags(page string) map[string]int {
	counts := make(map[string]int)
	for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(page, -1) {
		counts[regexp.MustCompile(`="[^"]*"`).ReplaceAllString(tag, "")]++
	}
	return counts
}

func TestStructs(t *testing.T) {
	types := goldentest.Parse(t, smallTypes, nil)
	s, err := NewStructs(types, StructOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := structData{
		Strings: []string{"", "point", "kind", "x", "rest", "low", "all", "list_t", "at", "call"},
		Types:   []string{"char", "unsigned int", "union { ... }", "struct point *", "void (*\n)(struct point *p)"},
		Targets: []int{-1, -1, 4*1 + opens, 4*0 + refers, -1},
		List: [][]int64{
			{1, 0, 12, 1, 24, 0, 2, 0, 0, 8, 3, 1, 32, 32, 4, 2, 64, 32},
			{0, flagUnion, 4, 0, 0, 0, 5, 1, 0, -4, 6, 1, 0, 32},
			{7, flagTypedef, 16, 0, 0, 0, 8, 3, 0, 64, 9, 4, 64, 64},
		},
	}
	got := structData{Strings: s.data.Strings, Types: s.data.Types, Targets: s.data.Targets, List: s.data.List}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(structData{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if s.Named != 2 || s.WithHoles != 1 || s.HoleBits != 24 || len(s.Wasteful) != 1 || s.Wasteful[0].Name != "point" {
		t.Errorf("%+v", s)
	}

	// One that is asked for comes with what is in it and has no name.
	if s, err = NewStructs(types, StructOptions{Wants: func(name string) bool { return name == "point" }}); err != nil {
		t.Fatal(err)
	}
	if s.Named != 1 || len(s.data.List) != 2 {
		t.Errorf("%d named, %v", s.Named, s.data.List)
	}
}

// TestBounds: a page has an end, whatever it is made of, and says what it leaves out.
func TestBounds(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	char := b.AddInt("char", 1, 0)
	members := make([]btf.Member, 50_000)
	for i := range members {
		members[i] = btf.Member{Name: fmt.Sprint("m", i), Type: char, Offset: uint32(8 * i)}
	}
	for i := range 30 {
		b.AddStruct(fmt.Sprint("large", i), uint32(len(members)), members...)
	}
	for i := range 300_000 {
		b.AddStruct(fmt.Sprint("small", i), 1)
	}
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewStructs(types, StructOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := &Relocation{Kernels: []Kernel{{}}}
	skipped := &Skipped{}
	for range MaxModules + 7 {
		r.Add(&Module{Verdicts: []Verdict{{"refused", Bad}}})
	}
	for i := range MaxSkipped + 9 {
		skipped.Add(fmt.Sprint("f", i), "optimized_params", func(*SkippedGroup) {})
	}
	var sources []Source
	for i := range MaxLeaves + 11 {
		sources = append(sources, Source{Directory: fmt.Sprint("d", i), Bytes: i + 1, Types: 1})
	}
	sizes := ByDirectory(sources, 0)
	if s.Bare == 0 || s.Left == 0 || s.Named != 300_030 || r.Left != 7 || skipped.Left != 9 || skipped.Groups[0].Count != MaxSkipped+9 {
		t.Errorf("of structs %d bare, %d left; of modules %d left; of functions %d left", s.Bare, s.Left, r.Left, skipped.Left)
	}
	sum := 0
	for _, l := range sizes.Leaves {
		sum += l.Bytes
	}
	if len(sizes.Leaves) != MaxLeaves+1 || sum != sizes.Total.Bytes {
		t.Errorf("%d leaves with %d bytes of %d", len(sizes.Leaves), sum, sizes.Total.Bytes)
	}
	page := write(t, &Page{Structs: s, Relocation: r, Skipped: skipped, Sizes: []*Sizes{sizes}})
	if most := 40 << 20; len(page) > most {
		t.Errorf("%d bytes", len(page))
	}
	if shown := strings.Count(page, `<tr class="bad">`); shown != fewModules {
		t.Errorf("%d modules are shown at first", shown)
	}
	for _, text := range []string{"7 more are left out of this page", "The names of 9 are left out", Count(s.Left) + " more are left out"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say: %s", text)
		}
	}
}

// TestOverlaps: types that contradict themselves make a page nevertheless, or an error.
func TestOverlaps(t *testing.T) {
	b := btf.NewBuilder(nil, nil)
	char := b.AddInt("char", 1, 0)
	big := b.AddArray(b.AddArray(char, char, 1<<31), char, 1<<31)
	b.AddStruct("odd", 1, btf.Member{Name: "a", Type: big, Offset: 1<<32 - 8}, btf.Member{Name: "b", Type: big}, btf.Member{Type: b.AddVolatile(0)})
	b.AddUnion("none", 1<<32-1)
	types, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewStructs(types, StructOptions{PointerSize: 4})
	if err != nil {
		if _, ok := err.(*layout.DepthError); !ok {
			t.Fatal(err)
		}
		return
	}
	write(t, &Page{Structs: s})
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{
		0: "0 B", 999: "999 B", 1000: "1.00 kB", 9_994: "9.99 kB", 9_996: "10.0 kB", 99_960: "100 kB", 999_499: "999 kB", 999_600: "1.00 MB", 4_691_059: "4.69 MB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for n, want := range map[uint64]string{0: "0 bytes", 1: "1 bit", 8: "1 byte", 19: "2 bytes and 3 bits"} {
		if got := bitText(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for name, want := range map[string]string{"": "", "x": "other names", "bpf_map": "bpf_*", "__bpf_map": "__bpf_*", "_": "other names", strings.Repeat("a", 40) + "_b": "other names"} {
		if got := prefixOf(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
