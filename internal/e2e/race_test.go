//go:build race

package e2e

// raceFlags builds the command with the race detector whenever the tests have it.
var raceFlags = []string{"-race"}
