package debugfile

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/gopahole/gopahole/elffile"
)

// buildID is the build ID of a file, empty if it has none.
type buildID []byte

func (b buildID) String() string { return hex.EncodeToString(b) }

// BuildID returns the build ID of a file in hexadecimal digits, "" if it has none.
func BuildID(f *elffile.File) string { return readBuildID(f).String() }

// readBuildID returns the build ID of a file: the note of owner GNU and type 3. Notes after
// a damaged one are not read.
func readBuildID(f *elffile.File) buildID {
	const ntGNUBuildID = 3
	var id buildID
	found := errors.New("found")
	_ = f.Notes(func(owner string, typ uint32, desc []byte) error {
		if owner != "GNU" || typ != ntGNUBuildID || len(desc) == 0 {
			return nil
		}
		id = append(id, desc...)
		return found
	})
	return id
}

// sameBuildID checks the build ID of a file.
func sameBuildID(f *elffile.File, want buildID) error {
	switch id := readBuildID(f); {
	case len(id) == 0:
		return fmt.Errorf("it has no build ID, %v is wanted", want)
	case string(id) != string(want):
		return fmt.Errorf("its build ID is %v, %v is wanted", id, want)
	}
	return nil
}

// sameCRC checks the checksum of a whole file.
func sameCRC(ctx context.Context, f *elffile.File, want uint32) error {
	sum := crc32.NewIEEE()
	r := io.NewSectionReader(f, 0, f.Size)
	for {
		n, err := io.CopyN(sum, r, 1<<20)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if crc := sum.Sum32(); crc != want {
		return fmt.Errorf("its checksum is %#08x, .gnu_debuglink says %#08x", crc, want)
	}
	return nil
}
