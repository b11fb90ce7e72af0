// Package shard divides a list of work among workers that know nothing of each other.
//
// Which worker does a piece of work is decided by the name of the piece and the number of workers alone: see
// [Shard.Has]. So the list need not be the same for all. A worker that is started again when there are more pieces than
// before goes on with the ones that it had, and no piece is left to nobody. The price is that some workers have more to
// do than others, less so the longer the list is: of 1000 pieces, 16 workers have 46 to 72 each.
//
// A worker is told its part with I/N ([Parse]), or by the engine that started it ([FromEnv]).
package shard

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// A Shard is the part of one worker. The zero value is all of the work.
type Shard struct {
	Index int // from 0
	Count int // of workers; 0 is the same as 1
}

// limit is the largest number of workers, beyond what engines can start.
const limit = 1_000_000

// New returns a part of count, the first of which has index 0.
func New(index, count int) (Shard, error) {
	if count < 1 || count > limit {
		return Shard{}, fmt.Errorf("%d is no number of parts from 1 to %d", count, limit)
	}
	if index < 0 || index >= count {
		return Shard{}, fmt.Errorf("there is no part %d of %d, counted from 0", index, count)
	}
	return Shard{Index: index, Count: count}, nil
}

// Parse reads I/N, in which parts are counted from 1: 1/4 to 4/4.
func Parse(text string) (Shard, error) {
	first, second, ok := strings.Cut(text, "/")
	number, errNumber := parse(first)
	count, errCount := parse(second)
	if !ok || errNumber != nil || errCount != nil {
		return Shard{}, fmt.Errorf("%q is no part of the work such as 1/4, the first of four", text)
	}
	if count < 1 || count > limit || number < 1 || number > count {
		return Shard{}, fmt.Errorf("there is no part %s: parts are counted from 1/N to N/N, and N is %d at most", text, limit)
	}
	return Shard{Index: number - 1, Count: count}, nil
}

// parse reads a number of decimal digits alone.
func parse(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err
}

// String returns what Parse reads.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index+1, max(s.Count, 1)) }

// All reports whether it is all of the work.
func (s Shard) All() bool { return s.Count <= 1 }

// Has reports whether a piece of work with a name belongs to the shard: whether the first 64 bits of the SHA-256 of the
// name, the most significant byte first, leave the remainder Index when divided by Count. The name should be the same
// wherever the piece is found: that of a package without its directory.
func (s Shard) Has(name string) bool {
	if s.All() {
		return true
	}
	sum := sha256.Sum256([]byte(name))
	return binary.BigEndian.Uint64(sum[:])%uint64(s.Count) == uint64(s.Index)
}
