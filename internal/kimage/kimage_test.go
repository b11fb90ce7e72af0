package kimage_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/kimage"
	"github.com/gopahole/gopahole/internal/kimage/kimagetest"
)

// gz begins like gzip, xz like xz; what comes after does not matter here.
const (
	gz   = "\x1f\x8b\x08\x00 a compressed kernel"
	xz   = "\xfd7zXZ\x00\x00\x01\x69\x22\xde\x36 a compressed kernel"
	zstd = "\x28\xb5\x2f\xfd\x04\x88" + // a frame with a checksum
		"\x98\x00\x00a compressed kernel" + // 19 bytes as they are
		"\x43\x9c\x00x" + // a byte, 5000 times, last
		"sum\xff"
)

// size is what the kernel's build appends: the size of the kernel.
var size = []byte{0, 0, 1, 0}

func TestFind(t *testing.T) {
	tinyBTF := btf(binary.LittleEndian, 24, 8<<10, 2000)
	loongarch := kimagetest.Image(tinyBTF)
	copy(loongarch, "MZ")
	copy(loongarch[0x38:], "\xcd\x23\x82\x81")
	for _, tt := range []struct {
		name  string
		image []byte
		kind  kimage.Kind
		codec string
		part  string // the contents of the part
	}{
		{"gzip", kimagetest.BzImage([]byte(gz), nil), kimage.BzImage, "gzip", gz},
		{"xz with its size", kimagetest.BzImage([]byte(xz), size), kimage.BzImage, "xz", xz},
		{"not compressed", kimagetest.BzImage([]byte("\x7fELF a kernel"), nil), kimage.BzImage, "", "\x7fELF a kernel"},
		{"zboot", kimagetest.ZBoot("xzkern", []byte(xz), size), kimage.ZBoot, "xz", xz},
		{"zboot without size", kimagetest.ZBoot("zstd22", []byte(xz), nil), kimage.ZBoot, "zstd", xz},
		{"zboot of newer makefiles", kimagetest.ZBoot("zstd", []byte(zstd), nil), kimage.ZBoot, "zstd", zstd},
		{"zImage, xz", kimagetest.ZImage([]byte(xz)), kimage.ZImage, "xz", xz + "and the end"},
		{"s390", kimagetest.S390([]byte(zstd)), kimage.S390, "zstd", zstd},
		{"s390, gzip", kimagetest.S390([]byte(gz)), kimage.S390, "gzip", gz + "and the end"},
		{"zImage", kimagetest.ZImage([]byte(gz)), kimage.ZImage, "gzip", gz + "and the end"},
		{"unified", kimagetest.UKI([]byte("another image")), kimage.PE, "", "another image"},
		{"Image", kimagetest.Image(tinyBTF), kimage.Image, "", string(kimagetest.Image(tinyBTF))},
		{"Image of loongarch", loongarch, kimage.Image, "", string(loongarch)},
	} {
		kind := kimage.Is(tt.image[:min(kimage.HeadSize, len(tt.image))])
		if kind != tt.kind {
			t.Errorf("%s: is a %s, want %s", tt.name, kind, tt.kind)
			continue
		}
		p, err := kimage.Find(kind, bytes.NewReader(tt.image), int64(len(tt.image)))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if p.Codec != tt.codec || string(tt.image[p.Offset:p.Offset+p.Size]) != tt.part {
			t.Errorf("%s: codec %q, part %q", tt.name, p.Codec, tt.image[p.Offset:p.Offset+p.Size])
		}
		if want := kind == kimage.BzImage || kind == kimage.PE; want != (p.Release == "6.12.0-image") {
			t.Errorf("%s: release %q", tt.name, p.Release)
		}
	}
}

func TestIsNot(t *testing.T) {
	for _, head := range []string{"", "\x7fELF", "M", strings.Repeat("\x00", kimage.HeadSize), "\x9f\xeb\x01\x00"} {
		if kind := kimage.Is([]byte(head)); kind != "" {
			t.Errorf("%q is a %s", head, kind)
		}
	}
}

func TestFindErrors(t *testing.T) {
	old := kimagetest.BzImage([]byte(gz), nil)
	binary.LittleEndian.PutUint16(old[0x206:], 0x207)
	far := kimagetest.BzImage([]byte(gz), nil)
	binary.LittleEndian.PutUint32(far[0x248:], 1<<31)
	for _, tt := range []struct {
		name  string
		image []byte
		want  string
	}{
		{"old protocol", old, "boot protocol 2.07 does not say where the kernel is"},
		{"payload outside", far, "its header leads out of the file: damaged or truncated"},
		{"cut", kimagetest.BzImage([]byte(gz), nil)[:0x250], "its header leads out of the file: damaged or truncated"},
		{"unknown", kimagetest.BzImage([]byte("what is this"), nil), "the kernel in it is compressed in an unknown way"},
		{"zboot", kimagetest.ZBoot("zip", []byte(gz), nil), `compressed in an unknown way, "zip"`},
		{"cut zstd", kimagetest.S390([]byte(zstd))[:0x2345+26], "its header leads out of the file: damaged or truncated"},
		{"s390", kimagetest.S390([]byte("what is this")), "the kernel in it is compressed in an unknown way"},
		{"zImage", kimagetest.ZImage([]byte("what is this")), "the kernel in it is compressed in an unknown way"},
		{"no kernel", bytes.ReplaceAll(kimagetest.UKI(nil), []byte(".linux"), []byte(".other")), "an EFI program without the section .linux has no kernel"},
	} {
		_, err := kimage.Find(kimage.Is(tt.image[:min(kimage.HeadSize, len(tt.image))]), bytes.NewReader(tt.image), int64(len(tt.image)))
		if fmt.Sprint(err) != tt.want {
			t.Errorf("%s: error %v, want %s", tt.name, err, tt.want)
		}
	}
}

// btf is BTF as far as its header says.
func btf(order binary.ByteOrder, header, types, strs int) []byte {
	b := make([]byte, header+types+strs)
	order.PutUint16(b, 0xeb9f)
	b[2] = 1
	for i, n := range []int{header, 0, types, types, strs} {
		order.PutUint32(b[4+4*i:], uint32(n))
	}
	for i := header + types + 1; i < len(b)-1; i++ {
		b[i] = 'x'
	}
	return b
}

// TestFindBTF: the largest BTF counts, wherever it is, and what only looks like a header
// does not.
func TestFindBTF(t *testing.T) {
	small, large := btf(binary.LittleEndian, 24, 8<<10, 2000), btf(binary.BigEndian, 32, 16<<10, 3000)
	unended := btf(binary.LittleEndian, 24, 64<<10, 2000)
	unended[len(unended)-1] = 'x'
	tiny := btf(binary.LittleEndian, 24, 64, 20)
	for _, pad := range []int{0, 1, 1<<20 - 10, 1<<20 - 1, 1 << 20} {
		image := slicesOf(small, make([]byte, pad), unended, tiny, []byte("\x9f\xeb\x01"), large, tiny, make([]byte, 100))
		off, n, err := kimage.FindBTF(bytes.NewReader(image), int64(len(image)))
		if err != nil || !bytes.Equal(image[off:off+n], large) {
			t.Errorf("after %d bytes: offset %d, %d bytes, error %v", pad, off, n, err)
		}
	}
	if _, _, err := kimage.FindBTF(bytes.NewReader(tiny), int64(len(tiny))); err == nil {
		t.Error("BTF without a kernel's types is taken for that of a kernel")
	}
	if _, _, err := kimage.FindBTF(bytes.NewReader(large), int64(len(large)-1)); err == nil {
		t.Error("BTF that goes on past the end is found")
	}
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestFindRelease(t *testing.T) {
	const text = "Linux version 7.2.1-x (who)"
	for _, pad := range []int{0, 5, 1<<20 - 5, 1<<20 - 20} {
		image := slicesOf([]byte("Linux version %s "), make([]byte, pad), []byte(text), make([]byte, 9))
		if got := kimage.FindRelease(bytes.NewReader(image), int64(len(image))); got != "7.2.1-x" {
			t.Errorf("after %d bytes: %q", pad, got)
		}
	}
	if got := kimage.FindRelease(strings.NewReader("Linux version %s"), 16); got != "" {
		t.Errorf("%q", got)
	}
}

// FuzzFind: a part is within the file.
func FuzzFind(f *testing.F) {
	f.Add(kimagetest.BzImage([]byte(gz), nil))
	f.Add(kimagetest.ZBoot("gzip", []byte(gz), nil))
	f.Add(kimagetest.UKI([]byte(gz)))
	f.Add(kimagetest.ZImage([]byte(xz)))
	f.Add(kimagetest.S390([]byte(zstd)))
	f.Add(kimagetest.Image(btf(binary.LittleEndian, 24, 8<<10, 100)))
	f.Fuzz(func(t *testing.T, image []byte) {
		r, size := bytes.NewReader(image), int64(len(image))
		kind := kimage.Is(image[:min(kimage.HeadSize, len(image))])
		if kind == "" {
			return
		}
		if p, err := kimage.Find(kind, r, size); err == nil && (p.Offset < 0 || p.Size <= 0 || p.Offset > size-p.Size) {
			t.Errorf("part at %d of %d bytes in %d bytes", p.Offset, p.Size, size)
		}
		if off, n, err := kimage.FindBTF(r, size); err == nil && (off < 0 || n <= 0 || off > size-n) {
			t.Errorf("BTF at %d of %d bytes in %d bytes", off, n, size)
		}
	})
}
