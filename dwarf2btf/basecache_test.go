//go:build linux

package dwarf2btf_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/internal/filetest"
)

// newCache returns a cache, and what it notes.
func newCache(t testing.TB) (*dwarf2btf.BaseCache, *[]string) {
	notes := new([]string)
	return &dwarf2btf.BaseCache{Dir: filepath.Join(t.TempDir(), "cache"), Max: 1 << 30,
		Note: func(s string) { *notes = append(*notes, s) }}, notes
}

// indexFile is the only file of a cache.
func indexFile(t testing.TB, c *dwarf2btf.BaseCache) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.Dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	return files[0]
}

func loadCached(t testing.TB, c *dwarf2btf.BaseCache, raw []byte) *dwarf2btf.Base {
	t.Helper()
	b, err := c.LoadBase(bytes.NewReader(raw), int64(len(raw)), dwarf2btf.BaseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A base of the cache gives what the base itself gives: when it is added, when it is found, with
// one worker and with more, and for one input after the other.
func TestBaseCache(t *testing.T) {
	for _, name := range []string{"mix-gcc-dwarf5.elf", "forwards-clang-dwarf5.elf", "mix-s390x-gcc-dwarf5.elf"} {
		t.Run(name, func(t *testing.T) {
			raw := newBase(t, filetest.Read(t, "../testdata/dwarf/"+name), dwarf2btf.BaseOptions{}).Types().Bytes()
			cache, notes := newCache(t)
			added := loadCached(t, cache, raw)
			for i, path := range fixtures(t) {
				if testing.Short() && i%4 != 0 {
					continue
				}
				image := filetest.Read(t, path)
				for _, jobs := range []int{1, 3} {
					run := func(base *dwarf2btf.Base) string {
						return outcome(image, dwarf2btf.Options{Base: base, Features: features.Default(), Jobs: jobs})
					}
					plain, err := (&dwarf2btf.BaseCache{}).LoadBase(bytes.NewReader(raw), int64(len(raw)), dwarf2btf.BaseOptions{})
					if err != nil {
						t.Fatal(err)
					}
					want := run(plain)
					if got := run(loadCached(t, cache, raw)); got != want {
						t.Errorf("%s, -j%d: %.300s\nwithout a cache: %.300s", path, jobs, got, want)
					}
					if got := run(added); got != want {
						t.Errorf("%s, -j%d, the base that was added: %.300s\nwithout a cache: %.300s", path, jobs, got, want)
					}
				}
			}
			if len(*notes) > 0 {
				t.Errorf("notes: %q", *notes)
			}
		})
	}
}

// The errors for a base that cannot be had are those without a cache, and nothing is kept of it.
func TestBaseCacheErrors(t *testing.T) {
	raw := newBase(t, filetest.Read(t, "../testdata/dwarf/mix-gcc-dwarf5.elf"), dwarf2btf.BaseOptions{}).Types().Bytes()
	for _, tt := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"no BTF", []byte("no BTF, but long enough for a header"), "no BTF"},
		{"cut", raw[:len(raw)-1], "strings at"},
		{"ELF without BTF", filetest.Read(t, "../testdata/dwarf/mix-gcc-dwarf5.elf"), "no .BTF section"},
	} {
		cache, _ := newCache(t)
		_, err := cache.LoadBase(bytes.NewReader(tt.raw), int64(len(tt.raw)), dwarf2btf.BaseOptions{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if files, _ := filepath.Glob(filepath.Join(cache.Dir, "*")); len(files) > 0 {
			t.Errorf("%s: %q", tt.name, files)
		}
	}
}

// FuzzBaseCache changes an index: the result is that of the base, or an error, as nothing that is
// in it is believed to be in bounds. With a right checksum, types and strings may be missing in it;
// those that are found have to be there.
func FuzzBaseCache(f *testing.F) {
	image := filetest.Read(f, "../testdata/dwarf/mix-gcc-dwarf5.elf")
	raw := newBase(f, image, dwarf2btf.BaseOptions{}).Types().Bytes()
	cache, _ := newCache(f)
	loadCached(f, cache, raw)
	good, err := os.ReadFile(indexFile(f, cache))
	if err != nil {
		f.Fatal(err)
	}
	name := filepath.Base(indexFile(f, cache))
	parts := uint32(binary.NativeEndian.Uint32(good[16:])) // where the BTF is
	run := func(base *dwarf2btf.Base) string {
		return outcome(image, dwarf2btf.Options{Base: base, Features: features.Default(), Jobs: 1})
	}
	want := run(loadCached(f, cache, raw))
	for at := uint32(0); at < parts/4; at += 1 + at/16 {
		f.Add(at, uint32(1), true)
		f.Add(at, ^uint32(0), true)
		f.Add(at, uint32(1)<<20, at%2 == 0)
	}
	f.Fuzz(func(t *testing.T, at, flip uint32, repair bool) {
		if at = at % (uint32(len(good)) / 4) * 4; flip == 0 {
			return
		}
		data := bytes.Clone(good)
		binary.NativeEndian.PutUint32(data[at:], binary.NativeEndian.Uint32(data[at:])^flip)
		if repair {
			table := crc32.MakeTable(crc32.Castagnoli)
			end := min(parts, uint32(len(data)))
			for end > 0 && end > parts-64 && checksum(good[:end], table) != binary.NativeEndian.Uint32(good[12:]) {
				end--
			}
			binary.NativeEndian.PutUint32(data[12:], checksum(data[:end], table))
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		base := loadCached(t, &dwarf2btf.BaseCache{Dir: dir, Max: 1 << 30}, raw)
		if got := run(base); got != want && !repair {
			t.Errorf("%.300s\nwith the index as it was: %.300s", got, want)
		}
	})
}

// checksum is that of an index up to its BTF.
func checksum(data []byte, table *crc32.Table) uint32 {
	return crc32.Update(crc32.Checksum(data[:12], table), table, data[16:])
}
