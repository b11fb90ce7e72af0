//go:build !linux

// Package killtest is for Linux.
package killtest
