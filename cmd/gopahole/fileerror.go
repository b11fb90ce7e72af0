package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// fileError returns err with the name of the file it is about in front, once.
// The error of a system call brings the name of the call too, which says
// nothing to a user and is left out.
func fileError(name string, err error) error {
	if path := new(fs.PathError); errors.As(err, &path) && path.Path == name {
		return fmt.Errorf("%s: %w", name, path.Err)
	}
	if strings.HasPrefix(err.Error(), name+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}
