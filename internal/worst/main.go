// Command worst measures input that was made to take long: each case at n, 2n and 4n.
//
//	go run ./internal/worst            # a table
//	go run ./internal/worst -run NAME  # cases with NAME in their name
//
// Time in proportion to the size doubles from one column to the next. What counts is
// the CPU time. Each case runs in a process of its own, for 180 seconds at most. An error is an outcome as good as
// any other, if it comes in time; the last column says which it is.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/gopahole/gopahole/internal/rusage"
)

// A worstCase is one kind of input.
type worstCase struct {
	name string
	n    int // of the first column

	// make returns what is to be measured, and the size of the input in bytes.
	make func(n int) (run func() error, size int)
}

func main() {
	one := flag.String("one", "", "run one case in this process: NAME")
	n := flag.Int("n", 0, "size of -one")
	only := flag.String("run", "", "only cases with this in their name")
	flag.Parse()
	cases := append(append(dedupCases(), typesCases()...), dwarfCases()...)
	if *one != "" {
		for _, c := range cases {
			if c.name == *one {
				measure(c, *n)
				return
			}
		}
		fmt.Fprintln(os.Stderr, "no such case")
		os.Exit(2)
	}
	fmt.Println("| input | n | bytes | n | 2n | 4n | outcome |")
	fmt.Println("|---|---:|---:|---:|---:|---:|---|")
	for _, c := range cases {
		if !strings.Contains(c.name, *only) {
			continue
		}
		fmt.Printf("| %s | %d ", c.name, c.n)
		size, outcome, times := "", "", ""
		for k := range 3 {
			out := child(c.name, c.n<<k)
			if k == 0 {
				size = out[1]
			}
			times += "| " + out[0] + " "
			outcome = out[2]
		}
		fmt.Printf("| %s %s| %s |\n", size, times, outcome)
	}
}

// child runs a case in a process of its own and returns time, size and outcome.
func child(name string, n int) [3]string {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-one", name, "-n", strconv.Itoa(n))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	parts := strings.SplitN(strings.TrimSpace(string(out)), "\t", 3)
	if err != nil || len(parts) != 3 {
		first, _, _ := strings.Cut(stderr.String(), "\n")
		return [3]string{"> 180 s", "", fmt.Sprint(err, " ", first)}
	}
	return [3]string(parts)
}

func measure(c worstCase, n int) {
	run, size := c.make(n)
	start, _ := rusage.Self()
	err := run()
	end, _ := rusage.Self()
	outcome := "result"
	if err != nil {
		outcome = fmt.Sprintf("error: %.150s", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	fmt.Printf("%.2f s\t%d\t%s\n", (end.CPU - start.CPU).Seconds(), size, outcome)
}
