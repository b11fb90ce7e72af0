package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// completions completes a command line and returns the words without their descriptions,
// and the directive for the shell, such as ":4".
func completions(t *testing.T, args ...string) (all []string, directive string) {
	t.Helper()
	code, stdout, stderr := runIn(append([]string{"__complete"}, args...)...)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != exitOK || stderr != "" || len(lines) == 0 {
		t.Fatalf("%q: exit code %d: %s%s", args, code, stdout, stderr)
	}
	for _, line := range lines[:len(lines)-1] {
		word, _, _ := strings.Cut(line, "\t")
		all = append(all, word)
	}
	return all, lines[len(lines)-1]
}

// completionFiles are the scripts that make install installs.
var completionFiles = map[string]string{"bash": "gopahole.bash", "zsh": "_gopahole", "fish": "gopahole.fish"}

// TestCompletionFiles compares the scripts with what the verb prints now.
func TestCompletionFiles(t *testing.T) {
	for shell, name := range completionFiles {
		code, want, stderr := runIn("completion", shell)
		if code != exitOK {
			t.Fatal(stderr)
		}
		file := filepath.Join("../../contrib/completion", name)
		if *updateManual {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s is not what completion %s prints: make manual (%v)", file, shell, err)
		}
	}
}

// TestCompletionHasAll: all verbs, and all options of each and of the command
// itself, are offered.
func TestCompletionHasAll(t *testing.T) {
	for _, v := range verbList {
		words := strings.Fields(v.name)
		last := len(words) - 1
		if offered, _ := completions(t, append(slices.Clone(words[:last]), "")...); !slices.Contains(offered, words[last]) {
			t.Errorf("the verb %s is not offered: %q", v.name, offered)
		}
		missing(t, v.flagSet(new(command)), words...)
	}
	for _, g := range flagGroups(new(options)) {
		missing(t, g.FlagSet)
	}
}

// missing reports the options that are not offered after args.
func missing(t *testing.T, fs *pflag.FlagSet, args ...string) {
	t.Helper()
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		if offered, _ := completions(t, append(args, "--"+f.Name)...); !slices.Contains(offered, "--"+f.Name) {
			t.Errorf("%q: --%s is not offered, but %q", args, f.Name, offered)
		}
	})
}

func TestCompletionOfValues(t *testing.T) {
	const (
		file, word, part = ":0", ":4", ":6" // files, a word, a list that may go on
	)
	for _, tc := range []struct {
		args      []string
		want      []string // without what the shell knows
		directive string
	}{
		{[]string{"vmli"}, nil, file},
		{[]string{"-J", "vmli"}, nil, file},
		{[]string{"dump", ""}, nil, file},
		{[]string{"-J", "--btf_base", ""}, nil, file},
		{[]string{"encode", "--base="}, nil, file},
		{[]string{"--btf_arrays="}, []string{"auto", "flat", "nested"}, word},
		{[]string{"--btf_compat", "libbpf-1.8"}, []string{"libbpf-1.8"}, word},
		{[]string{"-J", "--btf_features=default,lay"}, []string{"default,layout"}, part},
		{[]string{"encode", "--features", "default,def"}, nil, part},
		{[]string{"--lang_exclude=asm,rus"}, []string{"asm,rust"}, part},
		{[]string{"verify", "--kernel=6.12,6"}, []string{"6.12,6.1", "6.12,6.6", "6.12,6.8", "6.12,6.11", "6.12,6.18"}, part},
		{[]string{"--verify=l"}, []string{"load"}, part},
		{[]string{"completion", ""}, []string{"bash", "zsh", "fish"}, word},
		{[]string{"completion", "f"}, []string{"fish"}, word},
		{[]string{"resolve_btfids", "--dist"}, []string{"--distill_base"}, word},
	} {
		if got, directive := completions(t, tc.args...); !slices.Equal(got, tc.want) || directive != tc.directive {
			t.Errorf("%q: %q %s, want %q %s", tc.args, got, directive, tc.want, tc.directive)
		}
	}
}

// TestCompletionScripts: each script calls what answers it, and a shell that is here
// can read it.
func TestCompletionScripts(t *testing.T) {
	for _, shell := range completionVerb.words {
		code, script, stderr := runIn("completion", shell)
		if code != exitOK || stderr != "" || !strings.Contains(script, "__complete") {
			t.Errorf("%s: exit code %d: %s\n%.200s", shell, code, stderr, script)
			continue
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("no %s here", shell)
			continue
		}
		cmd := exec.Command(path, "-n")
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s -n: %v\n%s", shell, err, out)
		}
	}
	if code, _, stderr := runIn("completion", "tcsh"); code != exitVerbUsage || !strings.Contains(stderr, "takes bash, zsh or fish") {
		t.Errorf("tcsh: exit code %d: %s", code, stderr)
	}
}
