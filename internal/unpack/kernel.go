package unpack

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	xzbcj "github.com/mikelolasagasti/xz"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz/lzma"

	"github.com/gopahole/gopahole/internal/kimage"
	"github.com/gopahole/gopahole/internal/memlimit"
)

// maxImages is how many images may be in each other: a compressed Image in an EFI
// program, in a unified kernel image.
const maxImages = 4

// enterImage makes the contents of an image those of the kernel in it: its vmlinux, or
// the BTF of one without sections.
func (f *File) enterImage() error {
	var kind kimage.Kind
	for range maxImages {
		head := make([]byte, min(kimage.HeadSize, f.size))
		if n, err := f.r.ReadAt(head, 0); err != nil && (err != io.EOF || n < len(head)) {
			return err
		}
		inner := kimage.Is(head)
		if isKnown(head) && inner == "" {
			return nil
		}
		if inner == "" && kind == kimage.ZImage { // has no header of its own
			inner = kimage.Image
		}
		if inner == "" {
			if kind == "" {
				return nil // no image
			}
			return fmt.Errorf("%s: what is in it is no kernel", kind)
		}
		if kind = inner; f.Image == "" {
			f.Image = kind
		}
		if err := f.enter(kind); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		if kind == kimage.Image {
			return nil
		}
	}
	return errors.New("images in images have no end")
}

// enter makes the contents of an image of one kind those of the part with the kernel.
func (f *File) enter(kind kimage.Kind) error {
	if kind == kimage.Image {
		offset, size, err := kimage.FindBTF(f.r, f.size)
		if err != nil {
			return err
		}
		f.noteRelease(kimage.FindRelease(f.r, f.size))
		f.r, f.size = io.NewSectionReader(f.r, offset, size), size
		return nil
	}
	part, err := kimage.Find(kind, f.r, f.size)
	if err != nil {
		return err
	}
	f.noteRelease(part.Release)
	section := io.NewSectionReader(f.r, part.Offset, part.Size)
	if part.Codec == "" {
		f.r, f.size = section, part.Size
		return nil
	}
	open, ok := kernelFormats[part.Codec]
	if !ok {
		return fmt.Errorf("%s: kernels that are compressed with it are not read", part.Codec)
	}
	in := newInput(section, part.Size)
	in.source.packed = true
	r, err := open(in)
	if err != nil {
		return fmt.Errorf("%s: %w", part.Codec, err)
	}
	defer r.Close()
	if err := f.fill(r, 0, in.Spent); err != nil {
		return fmt.Errorf("%s: %w", part.Codec, err)
	}
	return f.release()
}

// noteRelease keeps what the outermost image says.
func (f *File) noteRelease(release string) {
	if f.Release == "" {
		f.Release = release
	}
}

// release closes the file when its contents are in memory.
func (f *File) release() error {
	file := f.file
	f.file = nil
	if file == nil {
		return nil
	}
	return file.Close()
}

// kernelFormats decompress kernels. What follows the compressed data is not looked at:
// the kernel's build puts things there.
var kernelFormats = map[string]func(in *Stream) (io.ReadCloser, error){
	"gzip":  gunzipKernel,
	"xz":    unxzKernel,
	"zstd":  unzstdKernel,
	"lzma":  unlzma,
	"bzip2": func(in *Stream) (io.ReadCloser, error) { return io.NopCloser(bzip2.NewReader(in)), nil },
	"lz4":   func(in *Stream) (io.ReadCloser, error) { return io.NopCloser(lz4.NewReader(in)), nil },
}

func gunzipKernel(in *Stream) (io.ReadCloser, error) {
	r, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	r.Multistream(false)
	return r, nil
}

func unzstdKernel(in *Stream) (io.ReadCloser, error) {
	r, _, err := unzstd(in)
	return r, err
}

// unxzKernel knows the filters for machine code, with which kernels are compressed; the
// package that unpacks modules does not.
func unxzKernel(in *Stream) (io.ReadCloser, error) {
	head, err := in.Peek(xzStreamHead + 64)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if err := memlimit.Need(uint64(xzDictionary(head)), "the dictionary"); err != nil {
		return nil, err
	}
	r, err := xzbcj.NewReader(in, maxDictionary)
	if err != nil {
		return nil, err
	}
	r.Multistream(false)
	return io.NopCloser(r), nil
}

// xzDictionary returns the size of the dictionary that the first block asks for, at most
// what it may be (The .xz File Format 1.2, 3.1 and 5.3.1).
func xzDictionary(head []byte) int64 {
	lzma2 := bytes.LastIndex(head[min(len(head), xzStreamHead):], []byte{xzLZMA2, 1})
	if at := xzStreamHead + lzma2 + 2; lzma2 >= 0 && at < len(head) && head[at] < 40 {
		bits := head[at]
		return min(int64(2|bits&1)<<(bits/2+11), maxDictionary)
	}
	return maxDictionary
}

func unlzma(in *Stream) (io.ReadCloser, error) {
	head, err := in.Peek(lzma.HeaderLen)
	if err != nil {
		return nil, err
	}
	dictionary := binary.LittleEndian.Uint32(head[1:])
	if dictionary > maxDictionary {
		return nil, fmt.Errorf("needs a dictionary of %d MiB, the limit is %d", dictionary>>20, maxDictionary>>20)
	}
	if err := memlimit.Need(uint64(dictionary), "the dictionary"); err != nil {
		return nil, err
	}
	r, err := lzma.NewReader(in)
	return io.NopCloser(r), err
}
