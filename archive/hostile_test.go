package archive

import (
	"archive/tar"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/source"
	"github.com/gopahole/gopahole/internal/packtest"
)

// sized is an archive of tar whose only header, that of a compressed kernel, says a size.
func sized(size int64) []byte {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "vmlinux.xz", Size: size, Mode: 0o644, Format: tar.FormatGNU}); err != nil {
		panic(err)
	}
	return append(append(b.Bytes(), packtest.Compress("xz", bytes.Repeat([]byte("kernel"), 1000))...), make([]byte, 4096)...)
}

// holes is an archive of tar of some kilobytes with a kernel that is one hole (tar(5), PAX sparse 1.0).
func holes(size int64) []byte {
	records := ""
	for _, r := range []string{"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=vmlinux", fmt.Sprintf("GNU.sparse.realsize=%d", size)} {
		for n := len(r) + 2; ; n++ {
			if line := fmt.Sprintf("%d %s\n", n, r); len(line) == n {
				records += line
				break
			}
		}
	}
	sparseMap := fmt.Sprintf("1\n%d\n0\n", size)
	var b bytes.Buffer
	for _, f := range []struct {
		typ  byte
		data string
	}{{tar.TypeXHeader, records}, {tar.TypeReg, sparseMap + strings.Repeat("\x00", 512-len(sparseMap))}} {
		var one bytes.Buffer
		t := tar.NewWriter(&one)
		if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "vmlinux", Size: int64(len(f.data)), Mode: 0o644, Format: tar.FormatUSTAR}); err != nil {
			panic(err)
		}
		head := one.Bytes()
		head[156] = f.typ
		sum := 0
		copy(head[148:156], "        ")
		for _, c := range head {
			sum += int(c)
		}
		copy(head[148:156], fmt.Sprintf("%06o\x00 ", sum))
		b.Write(head)
		b.WriteString(f.data)
		b.Write(make([]byte, -len(f.data)&511))
	}
	return append(b.Bytes(), make([]byte, 1024)...)
}

// inDeb is a package whose data are an archive of tar.
func inDeb(data []byte) []byte {
	deb := packtest.Deb(debianMeta("linux-image-s-dbg"), "")
	at := bytes.LastIndex(deb, []byte("data.tar"))
	h := slices.Clone(deb[at : at+60])
	copy(h[48:58], fmt.Sprintf("%-10d", len(data)))
	return append(append(slices.Clone(deb[:at]), h...), data...)
}

// TestHostile: whatever a package says, it has a record that can be read again, and the others go on.
func TestHostile(t *testing.T) {
	dir := "usr/lib/debug/lib/modules/" + release + "/kernel/"
	long := debianMeta("linux-image-x-dbg")
	long.Version = strings.Repeat("\x01", 900<<10)
	for name, data := range map[string][]byte{
		"a size that overflows": inDeb(sized(1 << 61)),
		"a large size":          inDeb(sized(1<<62 + 5)),
		"a long version":        packtest.Deb(long, "xz", kernelFiles(t)[:1]...),
		"a module that looks compressed once it is decompressed": packtest.Deb(debianMeta("linux-image-y-dbg"), "xz",
			append([]packtest.File{{Name: dir + "a.ko.gz", Data: packtest.Compress("gz", []byte("\x1f\x8b\x08 and nothing of it"))}}, kernelFiles(t)[:1]...)...),
		"a long name": packtest.Deb(debianMeta("linux-image-z-dbg"), "xz",
			append(kernelFiles(t)[:1:1], packtest.File{Name: dir + strings.Repeat("\x02", 900<<10) + ".ko", Data: []byte("x")})...),
	} {
		t.Run(name, func(t *testing.T) {
			inputs := write(t, map[string][]byte{"a.deb": data, "b.deb": packtest.Deb(debianMeta("good"), "xz", kernelFiles(t)[:3]...)})
			st := open(t, t.TempDir())
			o := options(CAS)
			for range 2 {
				sum, err := Run(t.Context(), st, inputs, o)
				if err != nil || sum.Done+sum.Failed != 2 || sum.Done < 1 {
					t.Fatalf("%+v, %v", sum, err)
				}
			}
			for l, err := range index.List(t.Context(), st) {
				if err != nil || l.Err != nil {
					t.Fatalf("%.100v, %v, %v", l.Key, err, l.Err)
				}
				if strings.Contains(l.Record.Package.Error, "temporary file") {
					t.Error(l.Record.Package.Error)
				}
			}
		})
	}
}

// TestHoles: a file that is one hole does not fill the disk.
func TestHoles(t *testing.T) {
	st := open(t, t.TempDir())
	o := options(CAS)
	o.Limits = source.DefaultLimits
	o.Limits.Free, o.Limits.Ratio = 1<<20, 2
	inputs := write(t, map[string][]byte{"a.deb": inDeb(holes(8 << 20))})
	if sum, err := Run(t.Context(), st, inputs, o); err != nil || sum.Failed != 1 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if rec := record(t, st); len(rec.Entries) != 1 || !strings.Contains(rec.Entries[0].Error, "unpack to more than") {
		t.Errorf("%+v", rec)
	}
}

// TestDamagedModule: one module that cannot be decompressed takes no other with it.
func TestDamagedModule(t *testing.T) {
	files := kernelFiles(t)[:3]
	packed := packtest.Compress("xz", bytes.Repeat([]byte("a module"), 1000))
	damaged := slices.Clone(packed)
	damaged[len(damaged)/2] ^= 0x55
	dir := "usr/lib/debug/lib/modules/" + release + "/kernel/"
	files = slices.Insert(files, 1, packtest.File{Name: dir + "a.ko.xz", Data: damaged})
	st := open(t, t.TempDir())
	if sum, err := Run(t.Context(), st, write(t, map[string][]byte{"x.deb": packtest.Deb(debianMeta("x"), "zst", files...)}), options(CAS)); err != nil || sum.Failed != 1 {
		t.Fatalf("%+v, %v", sum, err)
	}
	status := map[string]int{}
	for _, e := range record(t, st).Entries {
		status[e.Status]++
	}
	if status[index.Done] != 3 || status[index.Failed] != 1 {
		t.Errorf("%v", status)
	}
}
