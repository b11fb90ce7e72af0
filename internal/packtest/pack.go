// Package packtest makes packages for tests: deb and rpm, of tar and cpio, with all of their
// compressions but bzip2, which nothing in Go writes.
package packtest

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/cavaliergopher/cpio"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// A File is a file in a package.
type File struct {
	Name string
	Data []byte
	Link string // for a symbolic link
}

// Compressions are what Compress knows.
var Compressions = []string{"", "gz", "xz", "zst", "lzma"}

// Compress compresses data.
func Compress(format string, data []byte) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch format {
	case "":
		return data
	case "gz":
		w = gzip.NewWriter(&b)
	case "xz":
		w, err = xz.NewWriter(&b)
	case "zst":
		w, err = zstd.NewWriter(&b)
	case "lzma":
		w, err = lzma.NewWriter(&b)
	default:
		err = fmt.Errorf("no format %s", format)
	}
	must(err)
	_, err = w.Write(data)
	must(err)
	must(w.Close())
	return b.Bytes()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Tar is an archive of tar.
func Tar(files ...File) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Size: int64(len(f.Data)), Mode: 0o644}
		if f.Link != "" {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, f.Link, 0
		}
		must(w.WriteHeader(h))
		_, err := w.Write(f.Data)
		must(err)
	}
	must(w.Close())
	return b.Bytes()
}

// CPIO is an archive of cpio, as in rpm.
func CPIO(files ...File) []byte {
	var b bytes.Buffer
	w := cpio.NewWriter(&b)
	for _, f := range files {
		h := &cpio.Header{Name: "./" + f.Name, Size: int64(len(f.Data)), Mode: cpio.TypeReg | 0o644}
		data := f.Data
		if f.Link != "" {
			data = []byte(f.Link)
			h.Mode, h.Size = cpio.TypeSymlink|0o777, int64(len(data))
		}
		must(w.WriteHeader(h))
		_, err := w.Write(data)
		must(err)
	}
	must(w.Close())
	return b.Bytes()
}

// Ar is an archive of ar.
func Ar(files ...File) []byte {
	b := []byte("!<arch>\n")
	for _, f := range files {
		b = fmt.Appendf(b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", f.Name, 0, 0, 0, 0o100644, len(f.Data))
		b = append(b, f.Data...)
		if len(f.Data)%2 == 1 {
			b = append(b, '\n')
		}
	}
	return b
}

// A Meta is what a package says of itself.
type Meta struct{ Name, Version, Release, Arch, Maintainer string }

// Deb is a Debian package, both of whose archives are compressed in one way.
func Deb(m Meta, compression string, files ...File) []byte {
	control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: %s\nDescription: a kernel\n of a test\n", m.Name, m.Version, m.Arch, m.Maintainer)
	dot := ""
	if compression != "" {
		dot = "."
	}
	for i := range files {
		files[i].Name = "./" + files[i].Name
	}
	return Ar(File{Name: "debian-binary", Data: []byte("2.0\n")},
		File{Name: "control.tar" + dot + compression, Data: Compress(compression, Tar(File{Name: "./control", Data: []byte(control)}))},
		File{Name: "data.tar" + dot + compression, Data: Compress(compression, Tar(files...))})
}

// RPM is an rpm package with a compressed payload.
func RPM(m Meta, compression string, files ...File) []byte {
	lead := make([]byte, 96)
	copy(lead, "\xed\xab\xee\xdb\x03\x00")
	b := append(lead, rpmHeader(map[uint32]string{1000: "a signature"})...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	b = append(b, rpmHeader(map[uint32]string{1000: m.Name, 1001: m.Version, 1002: m.Release, 1022: m.Arch, 1011: m.Maintainer, 1124: "cpio"})...)
	return append(b, Compress(compression, CPIO(files...))...)
}

func rpmHeader(texts map[uint32]string) []byte {
	var entries, data []byte
	for tag := uint32(1000); tag < 1200; tag++ {
		if text, ok := texts[tag]; ok {
			entries = binary.BigEndian.AppendUint32(entries, tag)
			entries = binary.BigEndian.AppendUint32(entries, 6) // a string
			entries = binary.BigEndian.AppendUint32(entries, uint32(len(data)))
			entries = binary.BigEndian.AppendUint32(entries, 1)
			data = append(append(data, text...), 0)
		}
	}
	b := []byte("\x8e\xad\xe8\x01\x00\x00\x00\x00")
	b = binary.BigEndian.AppendUint32(b, uint32(len(texts)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
	return append(append(b, entries...), data...)
}
