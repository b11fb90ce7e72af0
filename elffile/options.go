package elffile

import (
	"io"

	"github.com/gopahole/gopahole/outfile"
	"github.com/gopahole/gopahole/unpack"
)

// A Content is what a section is to hold.
type Content struct {
	Name string
	Data []byte // nil removes the section, if there is one; an empty slice makes it empty
}

// Options change what [SetSections] and [File.WriteCopy] agree to do. The zero value is
// the careful choice everywhere.
type Options struct {
	// DropSignature removes the signature from a signed module instead of refusing to
	// change it.
	DropSignature bool

	// MoveLoaded takes a section out of its segment when its new data have another size.
	// It becomes one that is not loaded, after the others, and the segment keeps the old
	// bytes. Tools that look for a section by name find the new data; a program that is
	// started from the file does not.
	MoveLoaded bool

	// NoSync leaves it to the system when the new file reaches the disk. A power loss soon
	// after may then leave neither the old nor the new contents.
	NoSync bool

	// Compress is the format of a copy. SetSections keeps that of the file.
	Compress unpack.Format

	// Opened is the state of the file when it was opened to find out what to write (see
	// [File.Opened]). If the file is another one by now, SetSections leaves it alone and
	// returns an *[outfile.ChangedError].
	Opened *outfile.State

	// Check is called at the beginning of SetSections, and by both at the last moment before
	// the file is put in place. Its error ends that, and is returned as it is.
	Check func() error

	// ReadBack reads the new file before it is put in place, as those will who look for the
	// contents. Its error ends that, in a *[ReadBackError]. The sections are read back in
	// any case.
	ReadBack func(r io.ReaderAt, size int64) error
}

func (o *Options) output() outfile.Options { return outfile.Options{NoSync: o.NoSync, Check: o.Check} }
