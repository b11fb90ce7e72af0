package unpack

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/gopahole/gopahole/internal/kimage"
	"github.com/gopahole/gopahole/internal/memory"
	"github.com/gopahole/gopahole/internal/pagecache"
	"github.com/gopahole/gopahole/internal/stream"
)

// A File is the contents of a file, decompressed. It is an [io.ReaderAt] with a size.
// ReadAt and Size may be called from several goroutines.
type File struct {
	// Format says how the file was compressed, None if it was not.
	Format Format

	// Release is that of the kernel in a boot image, as uname -r prints it; "" if it is no
	// boot image, or does not say.
	Release string

	r     io.ReaderAt
	size  int64
	file  *os.File    // nil: the contents are in memory
	image kimage.Kind // of the boot image that the contents were in, "" for none
}

// ReadAt reads the uncompressed contents.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.r.ReadAt(p, off) }

// Size returns the length of the uncompressed contents in bytes.
func (f *File) Size() int64 { return f.size }

// Close ends the use of the file.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// Open opens the file called name, which may also be /dev/stdin or another name of a pipe
// that this process has open. The caller closes the result. The error is an
// *fs.PathError with what package os or the decompressor said, or ErrNamedPipe.
//
// Of a pipe or a compressed file that holds neither ELF nor BTF, the result may have only
// the beginning: enough for whoever reads it to see what it is.
func Open(name string) (*File, error) {
	if info, err := os.Stat(name); err == nil && info.Mode()&fs.ModeNamedPipe != 0 && !openElsewhere(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrNamedPipe}
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f, err := open(file)
	if err != nil || f.file == nil {
		file.Close()
	}
	if err == nil {
		if err = f.enterImage(); err != nil {
			f.Close()
		}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return f, nil
}

// Compressed decompresses an open regular file, which is not closed. It returns nil for a
// file that is not compressed, and for what is no regular file.
func Compressed(file *os.File) (*File, error) {
	var start [magicSize]byte
	if n, err := file.ReadAt(start[:], 0); err != nil && err != io.EOF || decompressorFor(start[:n]) == nil {
		return nil, nil // whoever reads it finds the same
	}
	return open(file)
}

func open(file *os.File) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, syscall.EISDIR
	}
	memory.AddFile(info)
	if !info.Mode().IsRegular() {
		return fromStream(stream.NewReader(file))
	}
	contents := pagecache.NewReader(file)
	var start [magicSize]byte
	n, err := contents.ReadAt(start[:], 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if decompressorFor(start[:n]) == nil {
		return &File{r: contents, size: info.Size(), file: file}, nil
	}
	return fromStream(stream.NewFileReader(contents, info.Size()))
}

// fromStream reads what may be compressed into memory.
func fromStream(in *stream.Reader) (*File, error) {
	start, err := in.Peek(magicSize)
	if err != nil && err != io.EOF {
		return nil, err
	}
	f := &File{}
	d := decompressorFor(start)
	if d == nil {
		err = f.fill(in, 0, nil, judge{})
	} else if err = f.decompress(in, d); err != nil {
		err = fmt.Errorf("%s: %w", d.format, err)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) decompress(in *stream.Reader, d *decompressor) error {
	r, hint, err := d.open(in)
	if err != nil {
		return err
	}
	defer r.Close()
	f.Format = d.format
	in.SetPacked()
	_, size := in.File()
	return f.fill(r, min(hint, size*gain), in.Spent, judge{})
}

// gain bounds how much longer than its compressed form a file is expected to be where
// nothing checks the length before the end. Kernels and modules stay below it.
const gain = 16

// fill reads the contents to the end. hint is the expected length, or 0.
func (f *File) fill(r io.Reader, hint int64, spent func() int64, j judge) error {
	s, err := stream.NewStore("the contents", hint)
	if err != nil {
		return err
	}
	if err := s.Fill(stream.Source{Reader: r, Spent: spent, Enough: j.enough}); err != nil {
		return err
	}
	f.r, f.size = s, s.Size()
	if whole := s.Bytes(); whole != nil {
		f.r = bytes.NewReader(whole)
	}
	return nil
}
