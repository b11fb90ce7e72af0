//go:build !linux

package elffile

import "testing"

// specialFiles returns none: Linux's are tested.
func specialFiles(*testing.T, string) map[string]string { return nil }
