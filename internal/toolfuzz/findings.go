package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A finding is something that must not happen. Those with the same rule and signature are of one class.
type finding struct {
	rule      string // of check.go
	signature string
	details   string
	object    string
	args      []string
	files     map[string][]byte // that the command line was about
}

func (f *finding) class() string { return f.rule + ": " + f.signature }

// findings keeps the first few of each class in a directory.
type findings struct {
	dir string

	mu    sync.Mutex
	count map[string]int
	where map[string]string
}

const keptOfClass = 3

func openFindings(dir string) (*findings, error) {
	return &findings{dir: dir, count: map[string]int{}, where: map[string]string{}}, os.MkdirAll(dir, 0o755)
}

func (fs *findings) add(f *finding) error {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	class := f.class()
	fs.count[class]++
	n := fs.count[class]
	if n > keptOfClass {
		return nil
	}
	dir := filepath.Join(fs.dir, fmt.Sprintf("%.8x-%d", sha256.Sum256([]byte(class)), n))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if n == 1 {
		fs.where[class] = dir
		fmt.Printf("toolfuzz: FINDING %s\n  %s\n  %s\n", class, f.object, dir)
	}
	for name, data := range f.files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	text := fmt.Sprintf("%s\nobject: %s\ncommand: %s\n\n%s\n", class, f.object, strings.Join(f.args, " "), f.details)
	return os.WriteFile(filepath.Join(dir, "FINDING"), []byte(text), 0o644)
}

// isNew reports whether the finding is the first of its class.
func (fs *findings) isNew(f *finding) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.count[f.class()] == 0
}

func (fs *findings) total() int {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	n := 0
	for _, count := range fs.count {
		n += count
	}
	return n
}

func (fs *findings) classes() int {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return len(fs.count)
}

func (fs *findings) summary() string {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var lines []string
	for class, n := range fs.count {
		lines = append(lines, fmt.Sprintf("%6d  %s  %s\n", n, class, fs.where[class]))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

var (
	numbers = regexp.MustCompile(`0x[0-9a-f]+|[0-9]+`)
	quoted  = regexp.MustCompile(`'[^']*'|"[^"]*"`)
)

// signatureOf is a message without what differs from object to object.
func signatureOf(message string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(message), "\n")
	line = quoted.ReplaceAllString(line, "'...'")
	line = numbers.ReplaceAllString(line, "N")
	return line[:min(len(line), 200)]
}

// headings begin what the Go runtime prints when it ends a program.
var headings = []string{"panic:", "fatal error:", "WARNING: DATA RACE", "runtime:"}

// panicSignature is the message of a panic or race with the topmost functions of ours.
func panicSignature(stderr string) string {
	first := ""
	var frames []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if first == "" && slices.ContainsFunc(headings, func(h string) bool { return strings.HasPrefix(line, h) }) {
			first = signatureOf(line)
		}
		if name, ok := strings.CutPrefix(line, "github.com/gopahole/gopahole/"); ok && len(frames) < 2 {
			frames = append(frames, strings.SplitN(name, "(0x", 2)[0])
		}
	}
	return first + " in " + numbers.ReplaceAllString(strings.Join(frames, " < "), "N")
}
