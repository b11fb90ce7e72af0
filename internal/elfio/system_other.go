//go:build !linux

package elfio

import (
	"errors"
	"io/fs"
	"os"
)

func openUnnamed(string, fs.FileMode) (*os.File, error) { return nil, errors.ErrUnsupported }

func linkUnnamed(*os.File, string) error { return errors.ErrUnsupported }

func cloneFile(_, _ *os.File) error { return errors.ErrUnsupported }

func copyAttributes(dst, _ *os.File, info fs.FileInfo) { dst.Chmod(info.Mode()) }

func syncDir(string) {}
