package main

import (
	"bufio"
	"io"

	"github.com/gopahole/gopahole/inspect/report"
)

// A countingPage is a page as what a file is written from.
type countingPage struct {
	page  *report.Page
	bytes int64
}

// WriteTo writes the page.
func (c *countingPage) WriteTo(w io.Writer) (int64, error) {
	to := &counter{w: w}
	buffered := bufio.NewWriterSize(to, 1<<16)
	if err := c.page.Write(buffered); err != nil {
		return to.n, err
	}
	err := buffered.Flush()
	c.bytes = to.n
	return to.n, err
}

// A counter counts what it writes.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
