package unpack

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/internal/kimage"
	"github.com/gopahole/gopahole/internal/kimage/kimagetest"
)

// kernel is what the files kernel.* of testdata hold, an ELF file as far as its magic
// says, packed with bzip2, xz --x86, lzma, lz4 -l and lzop.
func kernel() []byte { return append([]byte("\x7fELF"), text()...) }

// packKernel compresses a kernel.
func packKernel(t *testing.T, contents []byte, format Format) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := format.Compress(bytes.NewReader(contents)).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// appendedSize is what the kernel's build puts after a compressed kernel.
func appendedSize(kernel []byte) []byte {
	return binary.LittleEndian.AppendUint32(nil, uint32(len(kernel)))
}

// kernelBTF is BTF with a kernel's amount of types.
func kernelBTF() []byte {
	const types, strs = 8 << 10, 100
	b := make([]byte, 24+types+strs)
	copy(b, "\x9f\xeb\x01")
	for i, n := range []uint32{24, 0, types, types, strs} {
		binary.LittleEndian.PutUint32(b[4+4*i:], n)
	}
	return b
}

func openBytes(t *testing.T, data []byte) (*File, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Open(name)
	if err == nil {
		t.Cleanup(func() { f.Close() })
	}
	return f, err
}

// TestImages: the contents of an image are those of the kernel in it.
func TestImages(t *testing.T) {
	file := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	vmlinux, btf := kernel(), kernelBTF()
	arm64 := kimagetest.Image(btf)
	gz := packKernel(t, vmlinux, Gzip)
	for _, tt := range []struct {
		name  string
		image []byte
		kind  kimage.Kind
		want  []byte
	}{
		{"gzip", kimagetest.BzImage(gz, nil), kimage.BzImage, vmlinux},
		{"xz", kimagetest.BzImage(packKernel(t, vmlinux, XZ), appendedSize(vmlinux)), kimage.BzImage, vmlinux},
		{"xz with a filter for machine code", kimagetest.BzImage(file("kernel.x86.xz"), appendedSize(vmlinux)), kimage.BzImage, vmlinux},
		{"zstd", kimagetest.BzImage(packKernel(t, vmlinux, Zstd), appendedSize(vmlinux)), kimage.BzImage, vmlinux},
		{"bzip2", kimagetest.BzImage(file("kernel.bz2"), appendedSize(vmlinux)), kimage.BzImage, vmlinux},
		{"lzma", kimagetest.BzImage(file("kernel.lzma"), appendedSize(vmlinux)), kimage.BzImage, vmlinux},
		{"lz4", kimagetest.BzImage(file("kernel.lz4"), appendedSize(vmlinux)), kimage.BzImage, vmlinux},
		{"not compressed", kimagetest.BzImage(vmlinux, nil), kimage.BzImage, vmlinux},
		{"arm64", arm64, kimage.Image, btf},
		{"arm64, compressed", packKernel(t, arm64, Gzip), kimage.Image, btf},
		{"zboot", kimagetest.ZBoot("zstd22", packKernel(t, arm64, Zstd), appendedSize(arm64)), kimage.ZBoot, btf},
		{"zboot with vmlinux", kimagetest.ZBoot("gzip", gz, nil), kimage.ZBoot, vmlinux},
		{"arm", kimagetest.ZImage(packKernel(t, append(make([]byte, 100), btf...), Gzip)), kimage.ZImage, btf},
		{"arm, xz", kimagetest.ZImage(packKernel(t, append(make([]byte, 100), btf...), XZ)), kimage.ZImage, btf},
		{"s390", kimagetest.S390(packKernel(t, append(make([]byte, 300<<10), btf...), Zstd)), kimage.S390, btf},
		{"unified, x86", kimagetest.UKI(kimagetest.BzImage(gz, nil)), kimage.PE, vmlinux},
		{"unified, arm64", kimagetest.UKI(kimagetest.ZBoot("gzip", packKernel(t, arm64, Gzip), nil)), kimage.PE, btf},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := openBytes(t, tt.image)
			if err != nil {
				t.Fatal(err)
			}
			if f.image != tt.kind {
				t.Errorf("is a %s, want %s", f.image, tt.kind)
			}
			got, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
			if err != nil || !bytes.Equal(got[:min(len(got), len(tt.want))], tt.want) {
				t.Errorf("other contents, error %v", err)
			}
			if zeros := bytes.Trim(got[len(tt.want):], "\x00and more"); len(zeros) > 0 {
				t.Errorf("%q follows the contents", zeros)
			}
			want := "6.12.0-image"
			if tt.kind == kimage.ZImage || tt.kind == kimage.S390 || tt.name == "zboot with vmlinux" {
				want = "" // nothing of it says
			}
			if f.Release != want {
				t.Errorf("release %q, want %q", f.Release, want)
			}
		})
	}
}

func TestImageErrors(t *testing.T) {
	lzo, err := os.ReadFile("testdata/kernel.lzo")
	if err != nil {
		t.Fatal(err)
	}
	nested := kernel()
	for range maxImages + 1 {
		nested = kimagetest.UKI(nested)
	}
	xz := packKernel(t, kernel(), XZ)
	for _, tt := range []struct {
		name  string
		image []byte
		want  string
	}{
		{"lzo", kimagetest.BzImage(lzo, nil), "bzImage: lzo: kernels that are compressed with it are not read"},
		{"damaged", kimagetest.BzImage(append(bytes.Clone(xz[:100]), make([]byte, 300)...), nil), "bzImage: xz: "},
		{"no kernel", kimagetest.BzImage(packKernel(t, text(), Gzip), nil), "bzImage: what is in it is no kernel"},
		{"no BTF", kimagetest.Image(nil), "Image: there is no BTF in it: the kernel was built without"},
		{"without end", nested, "images in images have no end"},
	} {
		if _, err := openBytes(t, tt.image); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %s", tt.name, err, tt.want)
		}
	}
}

// TestPack: what is packed can be read again, and is the same for the same contents.
func TestPack(t *testing.T) {
	for suffix, format := range suffixes {
		packed := packKernel(t, kernel(), format)
		if again := packKernel(t, kernel(), format); !bytes.Equal(packed, again) {
			t.Errorf("%s: two files of the same contents differ", format)
		}
		f, err := openBytes(t, packed)
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if f.Format != format || !bytes.Equal(contents(t, f), kernel()) {
			t.Errorf("%s: other contents, or compressed with %q", format, f.Format)
		}
		if FormatOf("m.ko"+suffix) != format {
			t.Errorf("%s is not the ending of %s", suffix, format)
		}
	}
	if _, err := Format("lzo").newWriter(io.Discard); err == nil || FormatOf("m.ko") != None {
		t.Error("an unknown format is known")
	}
}
