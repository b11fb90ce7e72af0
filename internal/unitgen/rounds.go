package unitgen

import (
	"os"
	"strconv"
	"testing"
)

// Rounds returns the number of random inputs of a test, which the
// environment can change for long runs. With -short, as with the race detector,
// it is a fifth.
func Rounds(t testing.TB, rounds int) int {
	t.Helper()
	s := os.Getenv("GOPAHOLE_DEDUP_ROUNDS")
	switch {
	case s == "" && testing.Short():
		return (rounds + 4) / 5
	case s == "":
		return rounds
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("GOPAHOLE_DEDUP_ROUNDS: %v", err)
	}
	return n
}
