package console

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const document = `# Title

<!-- in: here -->
` + "```console" + `
$ echo a
a
$ echo \
> b
b
` + "```" + `

Text.

<!-- in: there -->
<!-- not run: needs a moon -->
` + "```console" + `
$ false
` + "```" + `

` + "```c" + `
    int x;
` + "```" + `
- a list
    that goes on
` + "```console" + `
$ true
` + "```" + `
`

func TestParse(t *testing.T) {
	got, err := Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	want := []Block{
		{Line: 4, In: "here", Commands: []Command{{Line: 5, Text: "echo a", Output: "a\n"}, {Line: 7, Text: "echo \\\nb", Output: "b\n"}}},
		{Line: 16, In: "there", NotRun: "needs a moon", Commands: []Command{{Line: 17, Text: "false"}}},
		{Line: 25, In: "here", Commands: []Command{{Line: 26, Text: "true"}}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Command{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ document, want string }{
		{"a\n\n    gopahole dump x\n", "line 3: an indented block"},
		{"```\n$ gopahole\n```\n", "line 1: a block without a language"},
		{"```console\n$ gopahole\n", "line 1: the block does not end"},
		{"```console\ngopahole\n```\n", "line 2: output without a command"},
		{"```console\n```\n", "line 1: no command"},
	} {
		if _, err := Parse(test.document); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.document, err, test.want)
		}
	}
}

func TestUpdate(t *testing.T) {
	blocks, err := Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	if got := Update(document, nil, blocks); got != document {
		t.Errorf("without outputs it becomes\n%s", got)
	}
	got := Update(document, map[int]string{5: "c\nd\n", 7: "", 26: "e\n"}, blocks)
	want := strings.NewReplacer("\na\n", "\nc\nd\n", "> b\nb\n", "> b\n", "$ true\n", "$ true\ne\n").Replace(document)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		shown, output string
		want          bool
	}{
		{"", "", true},
		{"a\n", "a\n", true},
		{"a\n", "a", false},
		{"a\n", "", false},
		{"", "a\n", false},
		{"a\n...\nc\n", "a\nb\nb\nc\n", true},
		{"a\n...\nc\n", "a\nc\n", true},
		{"a\n...\nc\n", "a\nb\n", false},
		{"...\n", "a\nb\n", true},
		{"...\nb\n...\nc\n", "b\nb\nc\n", true},
		{"...\nb\n", "b\nc\n", false},
	} {
		if got := Matches(test.shown, test.output); got != test.want {
			t.Errorf("%q and %q: %v", test.shown, test.output, got)
		}
	}
}

func TestRun(t *testing.T) {
	for _, test := range []struct {
		command string
		status  int
		output  string
		exit    int
	}{
		{"echo $?", 3, "3\n", 0},
		{"echo \"$X 'y'\"; echo error >&2", 0, "x 'y'\nerror\n", 0},
		{"exit 4", 0, "", 4},
		{"pwd | sed s/.*/dir/", 0, "dir\n", 0},
	} {
		output, exit, err := Run(t.Context(), test.command, t.TempDir(), append(os.Environ(), "X=x"), test.status)
		if output != test.output || exit != test.exit || err != nil {
			t.Errorf("%s: %q, status %d, error %v", test.command, output, exit, err)
		}
	}
}
