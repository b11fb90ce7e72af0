package outfile

import (
	"fmt"
	"io/fs"
	"os"
)

// A State is a regular file as it was when it was opened: which one it was (device and
// inode), its size, and when it was changed last. A nil State is one of which nothing is
// known.
type State struct {
	name string
	info fs.FileInfo
}

// StateOf returns the state of the file called name, from what the system said of it when
// it was opened. It is nil for what is no regular file: a pipe is read once and cannot be
// compared.
func StateOf(name string, info fs.FileInfo) *State {
	if !info.Mode().IsRegular() {
		return nil
	}
	return &State{name, info}
}

// A ChangedError says that a file is no longer what it was when it was opened: the result
// would belong to a file that nobody has.
type ChangedError struct {
	Name string
	What string // "it was replaced", "it is gone", "its contents changed"
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s: changed while it was read (%s): run the command again", e.Name, e.What)
}

// Check compares the state with what has the name now, and returns a *[ChangedError] if
// that is something else. A nil State agrees to anything.
func (s *State) Check() error {
	if s == nil {
		return nil
	}
	now, err := os.Stat(s.name)
	if err != nil {
		return &ChangedError{s.name, "it is gone"}
	}
	return s.compare(now)
}

// check compares the state with what has the name now, and with what stands where its
// links led to.
func (s *State) check(target string) error {
	if err := s.Check(); err != nil {
		return err
	}
	now, err := os.Lstat(target)
	if err != nil {
		return &ChangedError{s.name, "it is gone"}
	}
	return s.compare(now)
}

func (s *State) compare(now fs.FileInfo) error {
	switch {
	case !os.SameFile(now, s.info):
		return &ChangedError{s.name, "it was replaced"}
	case now.Size() != s.info.Size() || !now.ModTime().Equal(s.info.ModTime()):
		return &ChangedError{s.name, "its contents changed"}
	}
	return nil
}
