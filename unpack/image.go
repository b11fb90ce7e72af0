package unpack

import (
	"errors"
	"fmt"
	"io"

	"github.com/gopahole/gopahole/internal/kimage"
	"github.com/gopahole/gopahole/internal/stream"
)

// maxImages is how deep images may be nested: a unified kernel image may have an EFI
// program in it, that a compressed Image.
const maxImages = 4

// enterImage replaces an image by the kernel in it: its vmlinux or, where the kernel has no
// sections, its BTF.
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
		if inner == "" && unpacksItself(kind) {
			inner = kimage.Image
		}
		if inner == "" {
			if kind == "" {
				return nil // no image
			}
			return fmt.Errorf("%s: what is in it is no kernel", kind)
		}
		if kind = inner; f.image == "" {
			f.image = kind
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

// unpacksItself reports whether images of a kind have a kernel without a header in them.
func unpacksItself(kind kimage.Kind) bool { return kind == kimage.ZImage || kind == kimage.S390 }

// enter replaces an image by the part of it that has the kernel.
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
	in := stream.NewFileReader(section, part.Size)
	in.SetPacked()
	r, err := open(in)
	if err != nil {
		return fmt.Errorf("%s: %w", part.Codec, err)
	}
	defer r.Close()
	if err := f.fill(r, 0, in.Spent, judge{headless: unpacksItself(kind)}); err != nil {
		return fmt.Errorf("%s: %w", part.Codec, err)
	}
	return f.closeFile()
}

// FindRelease searches a file of size bytes for the text that a kernel prints first
// ("Linux version 6.12.0 ..."), and returns its release, "" if the text is not there.
func FindRelease(r io.ReaderAt, size int64) string { return kimage.FindRelease(r, size) }

// noteRelease keeps the release that the outermost image tells.
func (f *File) noteRelease(release string) {
	if f.Release == "" {
		f.Release = release
	}
}

// closeFile closes the file once its contents are in memory.
func (f *File) closeFile() error {
	file := f.file
	f.file = nil
	if file == nil {
		return nil
	}
	return file.Close()
}
