// Package packtest makes packages for tests: deb and rpm, of tar and cpio, with all of their
// compressions but bzip2, which nothing in Go writes.
package packtest

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"path"

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
	return append(rpmHead(m, nil), Compress(compression, CPIO(files...))...)
}

// RPM6 is one as rpm 6 makes them: the header has the names and sizes of the files, the payload their numbers.
func RPM6(m Meta, compression string, files ...File) []byte {
	var names, dirs, indexes, sizes, modes, times, payload []byte
	pad := func() {
		for len(payload)%4 != 0 {
			payload = append(payload, 0)
		}
	}
	for i, f := range files {
		data, mode := f.Data, uint16(0o100644)
		if f.Link != "" {
			data, mode = []byte(f.Link), 0o120777
		}
		dir, base := path.Split("/" + f.Name)
		names = append(append(names, base...), 0)
		dirs = append(append(dirs, dir...), 0)
		indexes = binary.BigEndian.AppendUint32(indexes, uint32(i))
		sizes = binary.BigEndian.AppendUint64(sizes, uint64(len(data)))
		modes = binary.BigEndian.AppendUint16(modes, mode)
		times = binary.BigEndian.AppendUint32(times, 0)
		payload = fmt.Appendf(payload, "07070X%08x", i)
		pad()
		payload = append(payload, data...)
		pad()
	}
	payload = append(payload, CPIO()...)
	n := uint32(len(files))
	return append(rpmHead(m, []rpmTag{{5008, 5, n, sizes}, {1030, 3, n, modes}, {1034, 4, n, times}, {1116, 4, n, indexes}, {1117, 8, n, names}, {1118, 8, n, dirs}}),
		Compress(compression, payload)...)
}

// rpmHead is a package without its payload.
func rpmHead(m Meta, files []rpmTag) []byte {
	lead := make([]byte, 96)
	copy(lead, "\xed\xab\xee\xdb\x03\x00")
	b := append(lead, rpmHeader(rpmText(1000, "a signature"))...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	return append(b, rpmHeader(append([]rpmTag{rpmText(1000, m.Name), rpmText(1001, m.Version), rpmText(1002, m.Release), rpmText(1022, m.Arch),
		rpmText(1011, m.Maintainer), rpmText(1124, "cpio")}, files...)...)...)
}

// An rpmTag is a tag of a header and its value.
type rpmTag struct {
	tag, typ, count uint32
	data            []byte
}

func rpmText(tag uint32, text string) rpmTag { return rpmTag{tag, 6, 1, append([]byte(text), 0)} }

func rpmHeader(tags ...rpmTag) []byte {
	var entries, data []byte
	for _, t := range tags {
		for len(data)%8 != 0 {
			data = append(data, 0)
		}
		for _, n := range []uint32{t.tag, t.typ, uint32(len(data)), t.count} {
			entries = binary.BigEndian.AppendUint32(entries, n)
		}
		data = append(data, t.data...)
	}
	b := []byte("\x8e\xad\xe8\x01\x00\x00\x00\x00")
	b = binary.BigEndian.AppendUint32(b, uint32(len(tags)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
	return append(append(b, entries...), data...)
}
