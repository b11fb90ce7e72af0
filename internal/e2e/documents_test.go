package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
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

// testName is how documents name a test: the package, the test, and a part of it if it has parts.
var testName = regexp.MustCompile("`([a-z0-9/]+): (Test\\w+)(?:/([\\w.-]+))?`")

// checkTestName checks that the test of a match of testName exists.
func checkTestName(t *testing.T, m []string) {
	t.Helper()
	dir, test, part := filepath.Join(root, m[1]), m[2], m[3]
	if !definesTest(t, dir, test) {
		t.Errorf("there is no %s in %s", test, m[1])
	}
	var file string
	switch {
	case part == "":
		return
	case test == "TestScript":
		file = filepath.Join(dir, "testdata/script", part+".txtar")
	case test == "TestGolden" && m[1] == "internal/e2e":
		file = filepath.Join(root, "testdata/golden", part+".txtar")
	case test == "TestGolden":
		file = filepath.Join(dir, "testdata/golden", part+".txtar")
	default:
		t.Errorf("%s/%s: parts of a test are only known for TestScript and TestGolden", test, part)
		return
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("%s/%s: %v", test, part, err)
	}
}

// rows returns the lines of the tables of a document, without their heads.
func rows(text string) []string {
	var all []string
	head := true
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			head = true
		case strings.HasPrefix(line, "|---"):
			head = false
		case !head:
			all = append(all, line)
		}
	}
	return all
}

// TestDifferencesHaveTests checks that every row of DIFFERENCES.md ends with tests that exist, one or several.
func TestDifferencesHaveTests(t *testing.T) {
	row := regexp.MustCompile("\\| (" + testName.String() + "(?:, " + testName.String() + ")*) \\|$")
	all := rows(document(t, "DIFFERENCES.md"))
	for _, line := range all {
		m := row.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no test at the end of %q", line)
			continue
		}
		for _, test := range testName.FindAllStringSubmatch(m[1], -1) {
			checkTestName(t, test)
		}
	}
	if len(all) < 10 {
		t.Errorf("only %d rows were found", len(all))
	}
}

// TestSelftestsHaveCases checks testdata/selftests.md: each of its lists has as many rows as its title says,
// and each row ends with tests that exist or says why there is none.
func TestSelftestsHaveCases(t *testing.T) {
	lists := strings.Split(document(t, "testdata/selftests.md"), "\n## ")[1:]
	title := regexp.MustCompile(`^.*\((\d+)\)\n`)
	for _, list := range lists {
		m := title.FindStringSubmatch(list)
		if m == nil {
			t.Errorf("the title of %.40q has no number", list)
			continue
		}
		all := rows(list)
		if got := strconv.Itoa(len(all)); got != m[1] {
			t.Errorf("%s: %s rows", strings.TrimSpace(m[0]), got)
		}
		seen := make(map[string]bool)
		for _, line := range all {
			cells := strings.Split(strings.Trim(line, "|"), "|")
			if len(cells) != 3 {
				t.Errorf("%d cells in %q", len(cells), line)
				continue
			}
			name, where := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[2])
			if seen[name] {
				t.Errorf("%s is listed twice", name)
			}
			seen[name] = true
			tests := testName.FindAllStringSubmatch(where, -1)
			for _, m := range tests {
				checkTestName(t, m)
			}
			if reason, none := strings.CutPrefix(where, "none: "); len(tests) == 0 && (!none || len(reason) < 20) {
				t.Errorf("no test and no reason in %q", line)
			}
		}
	}
	if len(lists) < 5 {
		t.Errorf("only %d lists were found", len(lists))
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

// TestDocumentsNameFiles checks that the files and folders that the documents name in backquotes and links exist.
func TestDocumentsNameFiles(t *testing.T) {
	names := regexp.MustCompile("`((?:btf|cmd|dedup|dwarf2btf|features|internal|scripts|testdata|\\.ci)(?:/[\\w.-]+)+)`|\\]\\(([\\w./-]+)(?:#[\\w-]+)?\\)")
	documents, err := filepath.Glob(filepath.Join(root, "*.md"))
	guide, guideErr := filepath.Glob(filepath.Join(root, "docs/*.md"))
	if err = errors.Join(err, guideErr); err != nil || len(documents) < 5 || len(guide) < 5 {
		t.Fatalf("%d and %d documents, error %v", len(documents), len(guide), err)
	}
	documents = append(documents, guide...)
	for _, path := range append(documents, filepath.Join(root, "testdata/README.md"), filepath.Join(root, "testdata/selftests.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range names.FindAllStringSubmatch(string(text), -1) {
			name := filepath.Join(root, m[1])
			if m[2] != "" { // a link counts from its document
				name = filepath.Join(filepath.Dir(path), m[2])
			}
			if _, err := os.Stat(name); err != nil {
				t.Errorf("%s: %v", filepath.Base(path), err)
			}
		}
	}
}
