//go:build !gopahole_net

package main

// hasNet: this program is not netProgram.
const hasNet = false
