package kimage

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// HeadSize is how many bytes of a file [Is] has to see, or all of a shorter one.
const HeadSize = 0x268

// A Kind is a kind of image.
type Kind string

// The kinds of images.
const (
	BzImage Kind = "bzImage"
	Image   Kind = "Image"
	ZBoot   Kind = "EFI zboot image"
	ZImage  Kind = "zImage"
	S390    Kind = "bzImage of s390"
	PE      Kind = "unified kernel image"
)

// A Part is the part of an image that has the kernel.
type Part struct {
	Kind         Kind
	Offset, Size int64  // in bytes
	Codec        string // how it is compressed: "gzip", "xz", "zstd", "lzma", "bzip2", "lz4", "lzo", "" if it is not
	Release      string // of the kernel, "" if the headers do not say it
}

// Magic numbers and where they are, in bytes.
const (
	atSetupSectors = 0x1f1
	atBootFlag     = 0x1fe
	atHdrS         = 0x202
	atBootVersion  = 0x206
	atKernelText   = 0x20e
	atPayload      = 0x248
	atPayloadSize  = 0x24c

	atZBoot     = 4
	atZBootCode = 24

	atZImage  = 0x24
	zImageLE  = 0x016f2818
	atARM64   = 0x38
	atRISCV   = 0x38
	atPE      = 0x38
	magicARM  = "ARM\x64"
	magicRISC = "RSC\x05"
	magicPE   = "\xcd\x23\x82\x81" // of any kernel that is an EFI program; loongarch has no other

	// What a channel reads first: a PSW, and where the next program of the channel is.
	magicS390 = "\x00\x08\x00\x00\x80\x00\x02\x00\x02\x00\x00\x18\x60\x00\x00\x50"
)

// Is tells the kind of a file that begins with head, "" if it is no image. A program for
// EFI is taken for a unified kernel image until its sections are read.
func Is(head []byte) Kind {
	has := func(at int, magic string) bool {
		return len(head) >= at+len(magic) && string(head[at:at+len(magic)]) == magic
	}
	switch {
	case has(atHdrS, "HdrS") && has(atBootFlag, "\x55\xaa"):
		return BzImage
	case has(0, "MZ") && has(atZBoot, "zimg"):
		return ZBoot
	case has(atARM64, magicARM), has(atRISCV, magicRISC), has(0, "MZ") && has(atPE, magicPE):
		return Image
	case len(head) >= atZImage+4 && binary.LittleEndian.Uint32(head[atZImage:]) == zImageLE:
		return ZImage
	case has(0, magicS390):
		return S390
	case has(0, "MZ"):
		return PE
	}
	return ""
}

// Find returns the part of an image of a kind that has the kernel. For a unified kernel
// image that is an image again.
func Find(kind Kind, r io.ReaderAt, size int64) (*Part, error) {
	head := make([]byte, min(HeadSize, size))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, err
	}
	p := &Part{Kind: kind, Size: size}
	var err error
	switch kind {
	case BzImage:
		err = p.bzImage(head, r, size)
	case ZBoot:
		err = p.zboot(head, r, size)
	case ZImage, S390:
		err = p.search(r, size)
	case PE:
		err = p.unified(r, size)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

var errDamaged = errors.New("its header leads out of the file: damaged or truncated")

// within checks that the part is in a file of size bytes.
func (p *Part) within(size int64) error {
	if p.Offset < 0 || p.Size <= 0 || p.Offset > size || p.Size > size-p.Offset {
		return errDamaged
	}
	return nil
}

func (p *Part) bzImage(head []byte, r io.ReaderAt, size int64) error {
	if len(head) < HeadSize {
		return errDamaged
	}
	le := binary.LittleEndian
	if v := le.Uint16(head[atBootVersion:]); v < 0x208 {
		return fmt.Errorf("boot protocol %d.%02d does not say where the kernel is", v>>8, v&0xff)
	}
	sectors := int64(head[atSetupSectors])
	if sectors == 0 {
		sectors = 4
	}
	p.Offset = (sectors+1)*512 + int64(le.Uint32(head[atPayload:]))
	p.Size = int64(le.Uint32(head[atPayloadSize:]))
	if err := p.within(size); err != nil {
		return err
	}
	if at := int64(le.Uint16(head[atKernelText:])); at != 0 {
		text := make([]byte, 128)
		n, _ := r.ReadAt(text, at+0x200)
		p.Release, _, _ = strings.Cut(string(text[:n]), " ")
	}
	return p.sniff(r)
}

// zbootCodecs are the names of compressions in zboot images, which are those of the kernel's
// makefiles; zstd is what newer ones call zstd22.
var zbootCodecs = map[string]string{
	"gzip": "gzip", "xzkern": "xz", "zstd22": "zstd", "zstd": "zstd", "lzma": "lzma", "lz4": "lz4", "lzo": "lzo", "bzip2": "bzip2",
}

func (p *Part) zboot(head []byte, r io.ReaderAt, size int64) error {
	if len(head) < atZBootCode+32 {
		return errDamaged
	}
	p.Offset, p.Size = int64(binary.LittleEndian.Uint32(head[8:])), int64(binary.LittleEndian.Uint32(head[12:]))
	if err := p.within(size); err != nil {
		return err
	}
	name, _, _ := bytes.Cut(head[atZBootCode:atZBootCode+32], []byte{0})
	if p.Codec = zbootCodecs[string(name)]; p.Codec == "" {
		return fmt.Errorf("compressed in an unknown way, %q", name)
	}
	return p.dropSize(r)
}

func (p *Part) unified(r io.ReaderAt, size int64) error {
	f, err := pe.NewFile(io.NewSectionReader(r, 0, size))
	if err != nil {
		return err
	}
	defer f.Close()
	s := f.Section(".linux")
	if s == nil {
		return errors.New("an EFI program without the section .linux has no kernel")
	}
	p.Offset, p.Size = int64(s.Offset), int64(min(s.VirtualSize, s.Size))
	if p.Size == 0 {
		p.Size = int64(s.Size)
	}
	if u := f.Section(".uname"); u != nil {
		text := make([]byte, min(u.Size, u.VirtualSize, 128))
		n, _ := u.ReadAt(text, 0)
		p.Release = strings.TrimRight(string(text[:n]), "\x00\n")
	}
	return p.within(size)
}
