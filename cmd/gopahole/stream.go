package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// A stream is standard output. It keeps the first error of writing to it, so that
// nothing that only prints has to look.
type stream struct {
	io.Writer

	mu  sync.Mutex
	err error
}

func (s *stream) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.err == nil {
			s.err = err
		}
	}
	return n, err
}

// failed returns the first error, as a message.
func (s *stream) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		return nil
	}
	return stdoutError(s.err)
}

// stdoutError says of an error that it is standard output's, which the names of its
// file would not say.
func stdoutError(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("standard output: %w", err)
}

// fileOf returns the file that a stream goes to, nil if it is none.
func fileOf(w io.Writer) *os.File {
	if s, ok := w.(*stream); ok {
		w = s.Writer
	}
	f, _ := w.(*os.File)
	return f
}
