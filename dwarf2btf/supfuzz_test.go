package dwarf2btf_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/filetest"
)

// FuzzSupplementary takes any bytes for a file and its supplementary file. The file is
// not written anywhere, and what is in its directory is not changed.
func FuzzSupplementary(f *testing.F) {
	for _, object := range []string{"altlink-gcc-dwarf4.elf", "altlink-arm-gcc-dwarf4.elf", "altlink-s390x-gcc-dwarf5.elf", "sup-gcc-dwarf5.elf"} {
		f.Add(filetest.Read(f, "../testdata/dwarf/"+object), filetest.Read(f, "../testdata/dwarf/"+object+".alt"))
	}
	for _, e := range supplementaryCases() {
		dir := f.TempDir()
		f.Add(e.build(f, dir), filetest.Read(f, filepath.Join(dir, "sup")))
	}
	f.Fuzz(func(t *testing.T, image, sup []byte) {
		if len(image)+len(sup) > 1<<16 {
			t.Skip("long inputs show nothing new")
		}
		// All names that the seeds have.
		dir := t.TempDir()
		for _, name := range []string{"sup", "altlink-gcc-dwarf4.elf.alt", "altlink-arm-gcc-dwarf4.elf.alt",
			"altlink-s390x-gcc-dwarf5.elf.alt", "sup-gcc-dwarf5.elf.alt"} {
			if err := os.WriteFile(filepath.Join(dir, name), sup, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		checkConversion(t, image, dwarf2btf.Options{Features: features.All(), DebugDirs: []string{dir}})
	})
}
