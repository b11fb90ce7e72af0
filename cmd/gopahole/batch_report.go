package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/module"
)

// What can become of a module.
const (
	statusEncoded = "encoded"
	statusSkipped = "skipped"
	statusFailed  = "failed"

	statusDistilled = "distilled"
)

// A moduleReport is what --json prints for a module.
type moduleReport struct {
	jsonHead
	Status    string   `json:"status"`
	Error     string   `json:"error,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	Seconds   float64  `json:"seconds"`
	BTF       string   `json:"btf,omitempty"`
	Bytes     int      `json:"bytes,omitempty"`
	Types     int      `json:"types,omitempty"`
	BaseBytes int      `json:"base_bytes,omitempty"`
	BaseTypes int      `json:"base_types,omitempty"`
}

// describe notes the sizes of a result.
func (m *batchModule) describe(result *module.Module) {
	r := &m.report
	r.BTF = m.output
	r.Bytes, r.Types = len(result.BTF.Bytes()), int(result.BTF.NumIDs()-result.BTF.FirstID())
	if base := result.Base; base != nil {
		r.BaseBytes, r.BaseTypes = len(base.Bytes()), int(base.NumIDs()-base.FirstID())
	}
}

// finish completes the report.
func (m *batchModule) finish(err error, took time.Duration) {
	r := &m.report
	r.Seconds, r.Status = took.Seconds(), statusEncoded
	switch {
	case errors.Is(err, dwarf2btf.ErrNoDWARF) || errors.Is(err, errOwnBase):
		r.Status = statusSkipped
		r.Warnings = append(r.Warnings, err.Error())
	case err != nil:
		*r = moduleReport{jsonHead: r.jsonHead, Status: statusFailed, Error: err.Error(), Warnings: r.Warnings, Seconds: r.Seconds}
		m.err = err
	}
}

// progress shows how far a batch is. Methods may be called from several goroutines.
type progress struct {
	json *command // prints lines of JSON; nil: none
	bars *mpb.Progress
	bar  *mpb.Bar // the only one of bars; nil: none

	mu     sync.Mutex
	err    error // of printing
	total  int
	ended  int
	failed int
	good   int // encoded
}

// newProgress shows a bar to a user who is there to see it: standard error is a
// terminal, and no make is waiting for the command, whose own lines it would be
// drawn between.
func (b *batch) newProgress(modules []*batchModule) *progress {
	p := &progress{total: len(modules)}
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
	p.bars = mpb.New(mpb.WithOutput(stderr))
	// Bytes and not files, as the large files come first.
	p.bar = p.bars.AddBar(max(1, bytes), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return p.describe() })),
		mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace), decor.AverageETA(decor.ET_STYLE_MMSS, decor.WCSyncSpace)))
	return p
}

// describe says how many modules are done.
func (p *progress) describe() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := fmt.Sprintf("%d of %d", p.ended, p.total)
	if p.failed > 0 {
		text += fmt.Sprintf(", %d failed", p.failed)
	}
	return text
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

// close removes the bar. The error is that of printing lines.
func (p *progress) close() error {
	if p.bar != nil {
		p.bar.Abort(true)
		p.bars.Wait()
	}
	return p.err
}
