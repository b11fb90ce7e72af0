//go:build !linux

package main

func runningRelease() string { return "" }
