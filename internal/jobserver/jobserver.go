// Package jobserver is a client of make's job server: under make -jN, the
// processes that make starts share N slots (GNU make, "Sharing Job Slots with GNU
// make").
//
// A slot is a byte in a pipe. A process has one slot from the beginning, and takes
// another by reading a byte, which it has to write back. How to find the pipe is
// in MAKEFLAGS:
//
//	--jobserver-auth=fifo:PATH    a named pipe (make 4.4)
//	--jobserver-auth=R,W          the two ends of a pipe, open in the process if the line of the makefile begins with +
//	--jobserver-fds=R,W           the same in make before 4.2
//
// The ends of a pipe are shared with make and have to stay in blocking mode, in
// which a wait could not be given up. Linux can open them anew; elsewhere this
// form is not used.
package jobserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Client takes slots and gives them back. Its methods may be called from several
// goroutines.
type Client struct {
	open func() (*os.File, error) // another handle of the pipe
	back *os.File                 // the handle to write to

	mu     sync.Mutex
	idle   []*os.File // handles that nobody waits with
	held   []byte     // what was read, to be written back
	closed bool
}

var errClosed = errors.New("jobserver: closed")

// FromMakeflags returns a client of the job server that a value of MAKEFLAGS
// names. It returns nil if it names none, and an error if that cannot be used, as
// for a line of a makefile without +.
func FromMakeflags(flags string) (*Client, error) {
	auth, ok := find(flags)
	if !ok {
		return nil, nil
	}
	open, err := opener(auth)
	if err != nil {
		return nil, fmt.Errorf("jobserver %s: %w", auth, err)
	}
	back, err := open()
	if err != nil {
		return nil, fmt.Errorf("jobserver %s: %w", auth, err)
	}
	return &Client{open: open, back: back}, nil
}

// find returns what the last of the options says. Words after -- are variables.
func find(flags string) (auth string, ok bool) {
	for _, word := range strings.Fields(flags) {
		if word == "--" {
			break
		}
		for _, option := range []string{"--jobserver-auth=", "--jobserver-fds="} {
			if value, is := strings.CutPrefix(word, option); is {
				auth, ok = value, true
			}
		}
	}
	return auth, ok
}

// opener returns what opens the pipe.
func opener(auth string) (func() (*os.File, error), error) {
	if path, ok := strings.CutPrefix(auth, "fifo:"); ok {
		return func() (*os.File, error) { return openFIFO(path) }, nil
	}
	r, w, _ := strings.Cut(auth, ",")
	read, err := strconv.Atoi(r)
	if err != nil {
		return nil, errors.New("not understood")
	}
	write, err := strconv.Atoi(w)
	if err != nil {
		return nil, errors.New("not understood")
	}
	if read < 0 || write < 0 {
		return nil, errors.New("not for this process")
	}
	path, err := pipePath(read, write)
	if err != nil {
		return nil, err
	}
	return func() (*os.File, error) { return openFIFO(path) }, nil
}

// openFIFO opens a pipe by its path. For reading and writing, as otherwise it
// would wait for somebody at the other end; and with that, nobody's end is closed
// too early.
func openFIFO(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode()&os.ModeNamedPipe == 0 {
		err = errors.New("not a pipe")
	}
	if err == nil {
		err = f.SetReadDeadline(time.Time{}) // an error if waiting cannot be given up
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// handle returns a handle to wait with.
func (c *Client) handle() (*os.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errClosed
	}
	if n := len(c.idle); n > 0 {
		f := c.idle[n-1]
		c.idle = c.idle[:n-1]
		return f, nil
	}
	return c.open()
}

// Acquire waits for a slot. When the context ends before there is one, it returns
// the context's error.
func (c *Client) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := c.handle()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { f.SetReadDeadline(time.Unix(1, 0)) })
	var token [1]byte
	n, err := f.Read(token[:])
	reusable := stop()
	if !reusable {
		// The deadline was set, or will be at any moment.
		defer f.Close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if reusable {
		c.idle = append(c.idle, f)
	}
	if n == 1 {
		c.held = append(c.held, token[0])
		return nil
	}
	if ctxErr := ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	return err
}

// Release gives one slot back.
func (c *Client) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.held); n > 0 {
		c.giveBack(c.held[n-1:])
		c.held = c.held[:n-1]
	}
}

// giveBack writes tokens back. The pipe has room for them, as it held them before.
// If it is gone, then so is make, and nobody waits for them.
func (c *Client) giveBack(tokens []byte) { c.back.Write(tokens) }

// Close gives back all slots that were not released. Nobody may be waiting for one.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.giveBack(c.held)
	c.held = nil
	c.back.Close()
	for _, f := range c.idle {
		f.Close()
	}
	c.idle = nil
}
