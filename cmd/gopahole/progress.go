package main

import (
	"errors"
	"sync"
)

// progress counts the modules of a batch and prints what became of each. Methods may be called
// from several goroutines.
type progress struct {
	*tally
	json *command // prints lines of JSON; nil: none

	printing sync.Mutex
	err      error // of printing
}

func (b *batch) newProgress(modules []*batchModule) *progress {
	bytes := sizeOf(modules) // and not files, as the large files come first
	p := &progress{tally: b.newTally(len(modules), bytes, tallyWords{good: statusEncoded})}
	if b.json {
		p.json = b.command
	}
	return p
}

// done counts a module whose report is complete.
func (p *progress) done(m *batchModule) {
	if p.json != nil {
		p.printing.Lock()
		m.report.jsonHead = p.json.jsonHead(m.path)
		p.err = errors.Join(p.err, p.json.printJSON(&m.report))
		p.printing.Unlock()
	}
	p.ends(m.size, map[string]fate{statusEncoded: fateGood, statusFailed: fateFailed, statusSkipped: fateSkipped}[m.report.Status])
}

// close ends the counting. The error is that of printing lines.
func (p *progress) close() error {
	p.tally.close()
	return p.err
}
