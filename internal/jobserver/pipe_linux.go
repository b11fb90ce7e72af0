package jobserver

import (
	"errors"
	"fmt"
	"os"
)

// pipePath returns a path by which the pipe with these ends can be opened anew.
// Numbers that are not open, or are of something else by now, are an error.
func pipePath(read, write int) (string, error) {
	path := fmt.Sprintf("/proc/self/fd/%d", read)
	r, err := os.Stat(path)
	if err != nil {
		return "", errors.New("not open in this process")
	}
	w, err := os.Stat(fmt.Sprintf("/proc/self/fd/%d", write))
	if err != nil {
		return "", errors.New("not open in this process")
	}
	if r.Mode()&os.ModeNamedPipe == 0 || !os.SameFile(r, w) {
		return "", errors.New("not the two ends of a pipe")
	}
	return path, nil
}
