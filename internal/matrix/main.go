// Command matrix compares gopahole with pahole 1.32 on the same program as many compilers, DWARF versions, forms of
// files and machines have it:
//
//	go run ./internal/matrix [-only REGEXP] [-old] [-o testdata/matrix.md] [-v]
//
// With -old the cells are those of kernels up to 5.10: of the compilers of Debian 11, gcc 9 and 10, gcc 5 and 8 for other
// machines, clang 9 to 13, and with every compiler of the host the units of testdata/old.
//
// Each cell is a program that is built once, in one of the Debian trees of the peers (scripts/peers.sh matrix), and
// encoded by both with several lists of options. The result of a cell is one of these:
//
//	same           both write the same bytes
//	better         gopahole writes something else, which a rule accounts for, and whose types are those of another form
//	               of the program, of which both write the same
//	not supported  gopahole refuses the file with the message that a rule asks for
//	not made       the compiler cannot build it
//
// Whatever else happens is unexplained; then the exit status is 1. The rules are in rules.go, and each names the row of
// DIFFERENCES.md that is about it.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"

	"github.com/gopahole/gopahole/internal/peer"
)

func main() {
	only := flag.String("only", "", "a regular expression for the names of the cells to look at")
	old := flag.Bool("old", false, "look at the compilers and the C of older kernels, and at nothing else")
	out := flag.String("o", "", "the file for the table; standard output if empty")
	verbose := flag.Bool("v", false, "name each cell that is not the same")
	jobs := flag.Int("j", runtime.NumCPU(), "cells at a time")
	flag.Parse()
	if err := run(*only, *old, *out, *verbose, *jobs); err != nil {
		fmt.Fprintln(os.Stderr, "matrix:", err)
		os.Exit(1)
	}
}

func run(only string, old bool, out string, verbose bool, jobs int) error {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	peers, err := peer.FromEnv()
	if err != nil {
		return err
	}
	w, err := newWorkshop(peers)
	if err != nil {
		return err
	}
	defer os.RemoveAll(w.tmp)
	var cells []*cell
	for _, c := range allCells() {
		if c.old() == old && pattern.MatchString(c.name()) {
			cells = append(cells, c)
		}
	}
	work := make(chan *cell)
	var group sync.WaitGroup
	for range max(jobs, 1) {
		group.Go(func() {
			for c := range work {
				w.judge(c)
				if verbose && c.verdict != same && c.verdict != notMade {
					fmt.Fprintf(os.Stderr, "%s: %v: %s\n", c.name(), c.verdict, c.reason)
				}
			}
		})
	}
	for _, c := range cells {
		work <- c
	}
	close(work)
	group.Wait()
	text := table(cells)
	if out == "" {
		fmt.Print(text)
	} else if err := os.WriteFile(filepath.Clean(out), []byte(text), 0o644); err != nil {
		return err
	}
	unexplained := 0
	for _, c := range cells {
		if c.verdict == unexplainedResult {
			unexplained++
			fmt.Fprintf(os.Stderr, "%s: %s\n  in %s\n", c.name(), c.reason, c.dir)
		}
	}
	if unexplained > 0 {
		return fmt.Errorf("%d of %d cells are unexplained", unexplained, len(cells))
	}
	return nil
}
