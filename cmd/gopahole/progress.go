package main

import (
	"errors"
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

// progress shows how far a batch is. Methods may be called from several goroutines.
type progress struct {
	json *command // prints lines of JSON; nil: none
	bars *mpb.Progress
	bar  *mpb.Bar  // the only one of bars; nil: none
	to   io.Writer // of the bar

	mu      sync.Mutex
	err     error // of printing
	started time.Time
	total   int
	ended   int
	failed  int
	good    int    // encoded
	last    string // module that was begun
}

// newProgress shows a bar to a user who is there to see it: standard error is a
// terminal, and no make is waiting for the command, whose own lines it would be
// drawn between.
func (b *batch) newProgress(modules []*batchModule) *progress {
	p := &progress{total: len(modules), started: time.Now()}
	if b.json {
		p.json = b.command
	}
	stderr, isFile := b.stderr.(*os.File)
	_, underMake := b.env("MAKELEVEL")
	if !isFile || underMake || b.quiet || !term.IsTerminal(int(stderr.Fd())) {
		return p
	}
	bytes := int64(0)
	for _, m := range modules {
		bytes += m.size
	}
	p.to, p.bars = stderr, mpb.New(mpb.WithOutput(stderr))
	// Bytes and not files, as the large files come first.
	p.bar = p.bars.AddBar(max(1, bytes), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return p.describe() })),
		mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace), decor.AverageETA(decor.ET_STYLE_MMSS, decor.WCSyncSpace)))
	return p
}

// describe says how many modules are done, how many that is in a second, and which one is
// being worked on.
func (p *progress) describe() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := fmt.Sprintf("%d of %d", p.ended, p.total)
	if p.failed > 0 {
		text += fmt.Sprintf(", %d failed", p.failed)
	}
	if s := time.Since(p.started).Seconds(); p.ended > 0 {
		text += fmt.Sprintf(", %.3g/s", float64(p.ended)/s)
	}
	const most = 24 // characters of a name
	if name := []rune(quote.Line(filepath.Base(p.last))); len(name) > most {
		text += " " + string(name[:most-3]) + "..."
	} else if p.last != "" {
		text += " " + string(name)
	}
	return text
}

// begins notes a module that is worked on from now on.
func (p *progress) begins(m *batchModule) {
	if p.bar == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = m.path
}

// summary is the line that stays when the bar goes.
func (p *progress) summary() string {
	parts := []string{fmt.Sprintf("%d encoded", p.good)}
	if skipped := p.ended - p.good - p.failed; skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", skipped))
	}
	if p.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", p.failed))
	}
	if left := p.total - p.ended; left > 0 {
		parts = append(parts, fmt.Sprintf("%d left as they were", left))
	}
	return fmt.Sprintf("%s in %.1f s", strings.Join(parts, ", "), time.Since(p.started).Seconds())
}

// done counts a module whose report is complete.
func (p *progress) done(m *batchModule) {
	p.count(m)
	if p.bar != nil {
		p.bar.IncrInt64(m.size) // without the lock, for describe
	}
}

func (p *progress) count(m *batchModule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.json != nil {
		m.report.jsonHead = p.json.jsonHead(m.path)
		p.err = errors.Join(p.err, p.json.printJSON(&m.report))
	}
	p.ended++
	switch m.report.Status {
	case statusFailed:
		p.failed++
	case statusEncoded:
		p.good++
	}
}

// encoded returns how many modules are done and got BTF.
func (p *progress) encoded() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.good
}

// close puts the summary in the place of the bar. The error is that of printing lines.
func (p *progress) close() error {
	if p.bar != nil {
		p.bar.Abort(true)
		p.bars.Wait()
		fmt.Fprintf(p.to, "%s: %s\n", program, p.summary())
	}
	return p.err
}
