package outfile_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/gopahole/gopahole/outfile"
)

// Two files that belong together are written, or none.
func ExampleSet() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	var set outfile.Set
	defer set.Discard()
	for _, name := range []string{"module.btf.base", "module.btf"} {
		if err := set.Add(filepath.Join(dir, name), strings.NewReader("contents of "+name)); err != nil {
			log.Fatal(err)
		}
	}
	before, _ := os.ReadDir(dir)
	if err := set.Commit(); err != nil {
		log.Fatal(err)
	}
	after, _ := os.ReadDir(dir)
	fmt.Println(named(before), "then", named(after))
	// Output: 0 then 2
}

// named counts the files that have their final name.
func named(entries []os.DirEntry) (n int) {
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			n++
		}
	}
	return n
}
