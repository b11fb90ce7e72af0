package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDifferencesHaveTests checks that every row of DIFFERENCES.md ends with a test that exists.
func TestDifferencesHaveTests(t *testing.T) {
	row := regexp.MustCompile("\\| `([a-z0-9/]+): (Test\\w+)(?:/([\\w.-]+))?` \\|$")
	n := 0
	for line := range strings.Lines(document(t, "DIFFERENCES.md")) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| case") || strings.HasPrefix(line, "|---") {
			continue
		}
		n++
		m := row.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no test at the end of %q", line)
			continue
		}
		dir, test, part := filepath.Join(root, m[1]), m[2], m[3]
		if !definesTest(t, dir, test) {
			t.Errorf("there is no %s in %s", test, m[1])
		}
		var file string
		switch {
		case part == "":
			continue
		case test == "TestScript":
			file = filepath.Join(dir, "testdata/script", part+".txtar")
		case test == "TestGolden":
			file = filepath.Join(root, "testdata/golden", part+".txtar")
		default:
			t.Errorf("%s/%s: parts of a test are only known for TestScript and TestGolden", test, part)
			continue
		}
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s/%s: %v", test, part, err)
		}
	}
	if n < 10 {
		t.Errorf("only %d rows were found", n)
	}
}

func definesTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "func "+name+"(") {
			return true
		}
	}
	return false
}

// TestREADMEShowsTheExample checks that the output in README.md is what the command prints.
func TestREADMEShowsTheExample(t *testing.T) {
	_, rest, _ := strings.Cut(document(t, "README.md"), "```\n")
	shown, _, found := strings.Cut(rest, "```")
	if res := run(t, "example"); !found || !strings.Contains(res.stdout, "\n"+shown) {
		t.Errorf("README.md shows\n%s\nwhich is not in the output of gopahole example:\n%s", shown, res.stdout)
	}
}

// TestDocumentsNameFiles checks that the files and folders that the documents name in backquotes and links exist.
func TestDocumentsNameFiles(t *testing.T) {
	names := regexp.MustCompile("`((?:btf|cmd|dedup|dwarf2btf|features|internal|scripts|testdata|\\.ci)(?:/[\\w.-]+)+)`|\\]\\(([\\w./-]+)\\)")
	documents, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil || len(documents) < 5 {
		t.Fatalf("%d documents, error %v", len(documents), err)
	}
	for _, path := range append(documents, filepath.Join(root, "testdata/README.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range names.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(root, m[1]+m[2])); err != nil {
				t.Errorf("%s: %v", filepath.Base(path), err)
			}
		}
	}
}
