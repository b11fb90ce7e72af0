package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"runtime"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/btf/verify"
	"github.com/gopahole/gopahole/relocate"
)

// checkAll checks all modules on all kernels and prints what comes of it.
func (r *relocateRun) checkAll(operands []string) error {
	kernels, err := findKernels(r.bases)
	if err != nil {
		return &unreadableError{fmt.Errorf("--base %w", err)}
	}
	modules, err := findOperands(operands, "modules", isModule)
	if err != nil {
		return &unreadableError{err}
	}
	if err := r.prints(r.bases, operands); err != nil {
		return err
	}
	out := bufio.NewWriter(r.stdout)
	defer out.Flush()
	plain := *r.command
	plain.stdout = out

	p := &checkPrinter{command: &plain, verbose: r.verbose, json: r.json}
	if len(kernels) > 1 && !r.json {
		p.table = newCheckTable(kernels)
	}
	// Modules stay while one kernel after the other is read; with one kernel not
	// even they do.
	var loaded []*relocatable
	for i, kernel := range kernels {
		base, err := loadKernel(kernel)
		if err != nil {
			return &unreadableError{fmt.Errorf("--base %w", err)}
		}
		target := relocate.NewTarget(base)
		load := func(n int) *relocatable {
			if i > 0 {
				return loaded[n]
			}
			return loadOperand(modules[n], r.linux)
		}
		err = inOrder(len(modules), func(n int) *checked {
			return check(load(n), kernel, target)
		}, func(n int, c *checked) error {
			if i == 0 && len(kernels) > 1 {
				loaded = append(loaded, c.module)
			}
			return p.print(c)
		})
		if err != nil {
			return err
		}
	}
	if err := p.finish(); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	if p.exit != exitOK {
		return &statusError{p.exit}
	}
	return nil
}

// checked is a module and what a kernel makes of it.
type checked struct {
	module *relocatable
	kernel string
	report *relocate.Report // nil if the module was refused before, or for err
	err    error
}

// check asks what a kernel makes of a module.
func check(m *relocatable, kernel string, target *relocate.Target) *checked {
	c := &checked{module: m, kernel: kernel, err: m.err}
	if c.err == nil && m.refused == nil {
		if c.err = m.sameOrder(target.Types()); c.err == nil {
			c.report, c.err = relocate.Check(m.types, target)
		}
	}
	return c
}

// verdict is the word for the outcome.
func (c *checked) verdict() string {
	switch {
	case c.report != nil:
		return c.report.Outcome.String()
	case errors.Is(c.module.err, errNotDistilled):
		return "not distilled"
	case c.module.err != nil:
		return "unreadable"
	case errors.Is(c.err, relocate.ErrTooMany), errors.Is(c.err, relocate.ErrLongNames):
		return "undecided"
	}
	return "refused"
}

// why says in one line why a module does not relocate; "" if it does.
func (c *checked) why() string {
	switch {
	case c.err != nil:
		return c.err.Error()
	case c.report == nil:
		return refusal(c.module.refused)
	case c.report.Error != nil:
		return c.report.Error.Error()
	}
	return c.report.Why
}

// refusal is a verdict on what comes before relocation, in the form of that on
// relocation.
func refusal(f *verify.Finding) string {
	text := fmt.Sprintf("-%v: ", f.Errno)
	if f.Section != "" {
		text += f.Section + ": "
	}
	return text + cmp.Or(f.Line, f.Message, f.Cause)
}

// exit is the exit code for a module.
func (c *checked) exit() int {
	switch {
	case c.report != nil && c.report.OK():
		return exitOK
	case c.module.err != nil && !errors.Is(c.module.err, errNotDistilled):
		return exitUnreadable
	}
	return exitFailure
}

// newID is what becomes of an ID, for texts.
func (c *checked) newID(id btf.ID) string {
	if to, ok := c.report.NewID(id); ok {
		return idForm(to)
	}
	return "-"
}

// inOrder calls work for 0 to n-1 on all processors, and done for its results, one
// after the other in their order. An error of done ends it.
func inOrder[T any](n int, work func(i int) T, done func(i int, result T) error) error {
	jobs := min(runtime.GOMAXPROCS(0), n)
	// A result has a place of its own, and no more than some are waiting for an
	// earlier one.
	results := make([]chan T, n)
	for i := range results {
		results[i] = make(chan T, 1)
	}
	tickets := make(chan int, 4*jobs)
	for range jobs {
		go func() {
			for i := range tickets {
				results[i] <- work(i)
			}
		}()
	}
	issued := 0
	issue := func() {
		if issued < n {
			tickets <- issued
			issued++
		}
	}
	defer close(tickets)
	for range 4 * jobs {
		issue()
	}
	for i := range n {
		if err := done(i, <-results[i]); err != nil {
			return err
		}
		results[i] = nil
		issue()
	}
	return nil
}
