//go:build !linux

package main

import "errors"

var errLinux = errors.New("only on Linux")

func syncDisks()                  {}
func forgetFile(string) error     { return errLinux }
func withoutHugePages() error     { return errLinux }
func smallGroup() (string, error) { return "", errLinux }
func joinGroup(string) error      { return errLinux }
func execute([]string) error      { return errLinux }
