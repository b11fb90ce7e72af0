// Package e2e tests the command as users run it, end to end. It has tests only:
//
//	Golden    every object of testdata/dwarf against what pahole 1.32 made of it, which testdata/golden keeps
//	Kernel    whole kernels against the pahole of the peers, byte for byte, with every option and number of workers
//	Broken    truncated and corrupted input: one line and exit status 1, or an output; never a crash
//
// Parts can be run alone: go test ./internal/e2e -run 'Kernel/612c/default'.
// Golden needs nothing but the repository; Kernel needs the peers, see package peer.
package e2e
