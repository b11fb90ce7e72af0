// Command testreport makes what `go test -json` prints readable: a line for each package, all output of what
// failed, and at the end the tests that took long, and what was skipped for which reason.
//
//	go test -json ./... | go run ./internal/testreport -slow 10s
//
// It ends with status 1 if a test failed, a package did not build, or nothing was run.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	slow := flag.Duration("slow", 10*time.Second, "tests that took as long as this are named")
	flag.Parse()
	ok, err := report(os.Stdin, os.Stdout, *slow)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
	}
	if !ok || err != nil {
		os.Exit(1)
	}
}

// An event is a line of the input, see go doc test2json.
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64 // seconds
}

func report(from io.Reader, to io.Writer, slow time.Duration) (ok bool, err error) {
	output := map[[2]string]*strings.Builder{} // of package and test, until it has ended
	skipped := map[string]int{}                // by reason
	var long []event
	passed, failed := 0, 0
	lines := bufio.NewReader(from)
	for {
		line, readErr := lines.ReadBytes('\n')
		if readErr != nil && readErr != io.EOF {
			return false, readErr
		}
		var e event
		switch {
		case len(line) == 0:
		case json.Unmarshal(line, &e) != nil:
			to.Write(line) // such as a message of go itself
		default:
			key := [2]string{e.Package, e.Test}
			switch e.Action {
			case "output":
				if output[key] == nil {
					output[key] = new(strings.Builder)
				}
				output[key].WriteString(e.Output)
			case "build-output":
				io.WriteString(to, e.Output)
			case "build-fail":
				failed++
			case "pass", "fail", "skip":
				text := ""
				if b := output[key]; b != nil {
					text = b.String()
				}
				delete(output, key)
				switch {
				case e.Action == "fail":
					failed++
					io.WriteString(to, text)
				case e.Test == "" && e.Action == "pass":
					passed++
					io.WriteString(to, lastLine(text))
				case e.Test != "" && e.Action == "skip":
					skipped[cmp.Or(reason(text), "no reason given by "+e.Test+" in "+e.Package)]++
				}
				if e.Test != "" && e.Elapsed >= slow.Seconds() {
					long = append(long, e)
				}
			}
		}
		if readErr == io.EOF {
			break
		}
	}
	// A test binary that dies does not end its tests.
	for _, key := range slices.SortedFunc(maps.Keys(output), compareKeys) {
		if failed > 0 && key[1] != "" {
			io.WriteString(to, output[key].String())
		}
	}
	slices.SortFunc(long, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	for _, e := range long {
		fmt.Fprintf(to, "slow: %6.1f s %s in %s\n", e.Elapsed, e.Test, e.Package)
	}
	for _, why := range slices.Sorted(maps.Keys(skipped)) {
		fmt.Fprintf(to, "skipped: %d: %s\n", skipped[why], why)
	}
	fmt.Fprintf(to, "tests of %d packages passed, %d failures\n", passed, failed)
	return failed == 0 && passed > 0, nil
}

func compareKeys(a, b [2]string) int { return slices.Compare(a[:], b[:]) }

// lastLine is the summary of a package, such as "ok  btf  1.2s".
func lastLine(text string) string {
	text = strings.TrimSuffix(text, "\n")
	return text[strings.LastIndexByte(text, '\n')+1:] + "\n"
}

var place = regexp.MustCompile(`^\S+\.go:\d+: `)

// reason is what a test said when it was skipped, without the place where it stands; "" if nothing.
func reason(text string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if at := place.FindString(line); at != "" {
			return line[len(at):]
		}
	}
	return ""
}
