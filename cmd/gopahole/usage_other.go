//go:build !linux

package main

// processUsage returns nil: --stats shows CPU time and peak memory on Linux only.
func processUsage() *usage { return nil }
