package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/gopahole/gopahole/internal/quote"
)

// A tally shows how far work on many files is: how many are done, how many that is in a second,
// and which one is worked on; and when it ends, on a line that stays, what became of them. Methods
// may be called from several goroutines.
type tally struct {
	bars *mpb.Progress
	bar  *mpb.Bar  // the only one of bars; nil: nobody is there to see it
	to   io.Writer // of the bar
	says tallyWords

	mu      sync.Mutex
	started time.Time
	total   int
	ended   int
	fates   [fates]int
	last    string // file that was begun
}

// tallyWords say in the summary what becomes of files.
type tallyWords struct {
	good string // such as "encoded"
	bad  string // of those that a verdict is against; "" for verbs without verdicts
}

// newTally shows a bar to a user who is there to see it: standard error is a terminal, and no
// make is waiting for the command, whose own lines it would be drawn between. It grows by size, of
// all files together.
func (c *command) newTally(total int, size int64, says tallyWords) *tally {
	n := &tally{total: total, says: says, started: time.Now()}
	stderr, isFile := c.stderr.(*os.File)
	_, underMake := c.env("MAKELEVEL")
	if !isFile || underMake || c.quiet || !term.IsTerminal(int(stderr.Fd())) {
		return n
	}
	n.to, n.bars = stderr, mpb.New(mpb.WithOutput(stderr))
	n.bar = n.bars.AddBar(max(1, size), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return n.describe() })),
		mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace), decor.AverageETA(decor.ET_STYLE_MMSS, decor.WCSyncSpace)))
	return n
}

// printsAtEnd has the verbs that print nothing of a file while others are looked at.
var printsAtEnd = map[string]bool{"scan": true, "distill": true, "gen core": true}

// summaryWords are those of the verbs that judge files.
var summaryWords = map[string]tallyWords{
	"verify":   {"accepted", "not accepted"},
	"relocate": {"relocate", "do not"},
	"scan":     {"in order", "not in order"},
}

// newTallyOf is newTally for a verb that looks at files. Where their results are printed one after
// the other on a terminal, that is progress enough.
func (c *command) newTallyOf(total int) *tally {
	if total < 2 || isTerminal(c.stdout) && (c.json || !printsAtEnd[c.verb]) {
		return &tally{}
	}
	says, ok := summaryWords[c.verb]
	if !ok {
		says.good = "done"
	}
	return c.newTally(total, int64(total), says)
}

// describe says how many files are done, how many that is in a second, and which one is
// being worked on.
func (n *tally) describe() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	text := fmt.Sprintf("%d of %d", n.ended, n.total)
	if failed := n.fates[fateFailed]; failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	if s := time.Since(n.started).Seconds(); n.ended > 0 {
		text += fmt.Sprintf(", %.3g/s", float64(n.ended)/s)
	}
	const most = 24 // characters of a name
	if name := []rune(quote.Line(filepath.Base(n.last))); len(name) > most {
		text += " " + string(name[:most-3]) + "..."
	} else if n.last != "" {
		text += " " + string(name)
	}
	return text
}

// begins notes a file that is worked on from now on.
func (n *tally) begins(file string) {
	if n.bar == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last = file
}

// What can become of a file that is counted.
type fate uint8

const (
	fateGood    fate = iota
	fateBad          // it was judged, and that went against it
	fateSkipped      // it has nothing that the verb is about
	fateFailed
	fates
)

// fateOf is that of a file that something was to be done with.
func fateOf(err error) fate {
	if err != nil {
		return fateFailed
	}
	return fateGood
}

// ends counts a file of a size.
func (n *tally) ends(size int64, f fate) {
	n.mu.Lock()
	n.ended++
	n.fates[f]++
	n.mu.Unlock()
	if n.bar != nil {
		n.bar.IncrInt64(size) // without the lock, for describe
	}
}

// succeeded returns how many files are done, and got what they were to get.
func (n *tally) succeeded() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.fates[fateGood]
}

// summary is the line that stays when the bar goes.
func (n *tally) summary() string {
	parts := []string{fmt.Sprintf("%d %s", n.fates[fateGood], n.says.good)}
	for f, word := range [fates]string{fateBad: n.says.bad, fateSkipped: "skipped", fateFailed: "failed"} {
		if f != int(fateGood) && n.fates[f] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.fates[f], word))
		}
	}
	if left := n.total - n.ended; left > 0 {
		parts = append(parts, fmt.Sprintf("%d left as they were", left))
	}
	return fmt.Sprintf("%s in %.1f s", strings.Join(parts, ", "), time.Since(n.started).Seconds())
}

// close puts the summary in the place of the bar.
func (n *tally) close() {
	if n.bar == nil {
		return
	}
	n.bar.Abort(true)
	n.bars.Wait()
	fmt.Fprintf(n.to, "%s: %s\n", program, n.summary())
}
