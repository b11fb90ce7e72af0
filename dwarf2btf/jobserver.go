package dwarf2btf

import "github.com/gopahole/gopahole/internal/jobserver"

// JobServer returns the slots that make shares among the programs it starts, found by
// the value of $MAKEFLAGS. Where that names no job server the slots are nil. The error
// says why the one it names cannot be used, as in a line of a makefile without +. end
// gives all slots back; nobody may be waiting for one then.
func JobServer(makeflags string) (slots Slots, end func(), err error) {
	client, err := jobserver.FromMakeflags(makeflags)
	if client == nil || err != nil {
		return nil, func() {}, err
	}
	return client, client.Close, nil
}
