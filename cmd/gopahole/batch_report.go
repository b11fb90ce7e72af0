package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/gopahole/gopahole/dwarf2btf"
)

// What can become of a module.
const (
	statusEncoded = "encoded"
	statusSkipped = "skipped"
	statusFailed  = "failed"
)

// A moduleReport is what --json prints for a module.
type moduleReport struct {
	Schema    int      `json:"schema"`
	Module    string   `json:"module"`
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
func (m *module) describe(result *dwarf2btf.Result) {
	r := &m.report
	r.BTF = m.output
	r.Bytes, r.Types = len(result.BTF.Bytes()), int(result.BTF.NumIDs()-result.BTF.FirstID())
	if base := result.DistilledBase; base != nil {
		r.BaseBytes, r.BaseTypes = len(base.Bytes()), int(base.NumIDs()-base.FirstID())
	}
}

// finish completes the report.
func (m *module) finish(err error, took time.Duration) {
	r := &m.report
	r.Schema, r.Module, r.Seconds, r.Status = jsonSchema, m.path, took.Seconds(), statusEncoded
	switch {
	case errors.Is(err, dwarf2btf.ErrNoDWARF):
		r.Status = statusSkipped
		r.Warnings = append(r.Warnings, err.Error())
	case err != nil:
		*r = moduleReport{Schema: jsonSchema, Module: m.path, Status: statusFailed, Error: err.Error(), Warnings: r.Warnings, Seconds: r.Seconds}
		m.err = err
	}
}

// progress shows how far a batch is. Methods may be called from several goroutines.
type progress struct {
	mu     sync.Mutex
	json   *command                 // prints the lines; nil: none
	err    error                    // of printing
	bar    *progressbar.ProgressBar // nil: none
	total  int
	ended  int
	failed int
}

// newProgress shows a bar to a user who is there to see it: standard error is a
// terminal, and no make is waiting for the command, whose own lines it would be
// drawn between.
func (b *batch) newProgress(modules []*module) *progress {
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
	// Bytes and not files, as the large files come first.
	p.bar = progressbar.NewOptions64(max(1, bytes), progressbar.OptionSetWriter(stderr), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth())
	p.describe()
	return p
}

func (p *progress) describe() {
	text := fmt.Sprintf("%d of %d", p.ended, p.total)
	if p.failed > 0 {
		text += fmt.Sprintf(", %d failed", p.failed)
	}
	p.bar.Describe(text)
}

// done counts a module whose report is complete.
func (p *progress) done(m *module) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.json != nil {
		p.err = errors.Join(p.err, p.json.printJSON(&m.report))
	}
	p.ended++
	if m.report.Status == statusFailed {
		p.failed++
	}
	if p.bar != nil {
		p.describe()
		p.bar.Add64(m.size)
	}
}

// close removes the bar. The error is that of printing lines.
func (p *progress) close() error {
	if p.bar != nil {
		p.bar.Clear()
	}
	return p.err
}
