package nametable

import "testing"

// Names of one length that differ in the highest bits of their bytes only, so that a multiplication alone would take each
// difference back eight bytes later, have hashes of their own: a search would go through all of them.
func TestHostileNames(t *testing.T) {
	const pairs = 12
	table := New(nil, 0)
	seen := make(map[uint32]bool)
	for which := range 1 << pairs {
		var name []byte
		for i := range pairs {
			part := []byte("aaaaaaaabbbbbbbb")
			if which>>i&1 != 0 {
				part[7], part[11], part[15] = part[7]|0x80, part[11]|0x80, part[15]|0x80
			}
			name = append(name, part...)
		}
		hash, n := hashOf(table.seed, string(append(name, 0)))
		if n != 16*pairs {
			t.Fatalf("a length of %d, want %d", n, 16*pairs)
		}
		seen[hash] = true
	}
	if len(seen) < 1<<pairs*9/10 {
		t.Errorf("%d hashes of %d names", len(seen), 1<<pairs)
	}
}
