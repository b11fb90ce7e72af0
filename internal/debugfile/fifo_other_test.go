//go:build !unix

package debugfile_test

import "errors"

func mkfifo(string) error { return errors.ErrUnsupported }
