//go:build !linux

package main

import (
	"errors"

	"github.com/gopahole/gopahole/internal/rusage"
)

var errLinux = errors.New("only on Linux")

func syncDisks()                  {}
func forgetFile(string) error     { return errLinux }
func withoutHugePages() error     { return errLinux }
func smallGroup() (string, error) { return "", errLinux }
func joinGroup(string) error      { return errLinux }
func execute([]string) error      { return errLinux }

// ownPeak returns the peak of this process's memory in bytes.
func ownPeak() int64 {
	own, _ := rusage.Self()
	return own.Peak
}
