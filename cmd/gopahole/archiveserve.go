package main

import (
	"context"
	"errors"
	"regexp"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/store"
)

// archiveServeVerb answers requests for BTF in an archive.
var archiveServeVerb = verb{
	name:      "archive serve",
	arguments: "[--listen=ADDRESS] DEST",
	summary:   "Answer requests for the BTF in an archive by HTTP, by release or build ID",
	example:   "archive serve archive/\narchive serve --listen=:8080 s3://btf/archive",
	details: `
DEST is an archive as archive run makes it. It is only read. Paths are
  /release/RELEASE/vmlinux.btf      the BTF of a kernel
  /release/RELEASE/MODULE.btf       that of a module; MODULE.btf.base its distilled base
  /buildid/ID/section/.BTF          by build ID, as debuginfod has sections; and .BTF.base
  /sha256/DIGEST                    by digest
  /index.jsonl                      a line of JSON for each kernel and module
  /object/KEY                       a file of the archive as it is
Answers are raw BTF. They have the SHA-256 as ETag and in Repr-Digest; ranges are answered. Where
kernels of one release have different BTF, the answer is 300 with a list, and ?architecture=,
?distribution= or ?package= says which. The index is read again when something is not in it.

There is no encryption and nobody is asked who they are: what the network may reach it, and a
proxy in front of it, decide that. A line says where it listens, and it ends with a signal,
after the answers that it is about to send. gopahole-net does it, and belongs beside gopahole or
into ../lib/gopahole.

Exit status: 0 after a signal, 1 if the address cannot be used, 2 for wrong arguments, 3 for an
archive that cannot be read.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		listen := fs.String("listen", "127.0.0.1:8642", "listen at `ADDRESS`, a host and a port; port 0 is one that is free")
		quietFlag(fs, &c.quiet)
		fs.Lookup("quiet").Usage = "do not say where it listens"
		return func(operands []string) error {
			if len(operands) != 1 {
				return &verbUsageError{"takes one archive"}
			}
			if !isAddress(*listen) {
				return usagef("--listen: '%s' is no host and port, such as 127.0.0.1:8642", *listen)
			}
			if serveArchive == nil {
				return c.becomeNet()
			}
			return serveArchive(c, *listen, operands[0])
		}
	},
}

// isAddress reports whether a text is a host, or none, and a port.
func isAddress(text string) bool {
	return regexp.MustCompile(`^([^:/ ]*|\[[0-9a-fA-F:.%a-z]+\]):[0-9]{1,5}$`).MatchString(text)
}

// errNoArchive is about a place without an index.
var errNoArchive = errors.New("no archive: it has no index (archive run makes one)")

// serveArchive serves an archive at an address; nil in a program that speaks to no network.
var serveArchive func(c *command, listen, dest string) error

// openArchive opens an archive that has to be there.
func (c *command) openArchive(ctx context.Context, dest string) (store.Store, error) {
	st, err := c.openStore(ctx, dest)
	if err != nil {
		return nil, &unreadableError{err}
	}
	for _, err := range st.List(ctx, index.Prefix) {
		if err != nil {
			return nil, &unreadableError{err}
		}
		return st, nil
	}
	return nil, &unreadableError{fileError(dest, errNoArchive)}
}
