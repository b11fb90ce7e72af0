package outfile

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"sync"
)

// tempName is the name of a temporary file: that of the file it is to become, and a
// number in base 36.
var tempName = regexp.MustCompile(`^\..+\.gopahole-[0-9a-z]{12}$`)

// randomName returns a name for a temporary file that is to become a file called
// base.
func randomName(base string) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	var number [12]byte
	for i := range number {
		number[i] = digits[rand.IntN(len(digits))]
	}
	return "." + base[:min(len(base), 200)] + ".gopahole-" + string(number[:]) // a name may have 255 bytes
}

// Sweep removes what killed programs left in the directory of a file. Writing the file
// does so too: Sweep is for a program that finds that it has nothing to write.
func Sweep(path string) {
	if at, err := find(path); err == nil && at.fd < 0 {
		sweep(filepath.Dir(at.path))
	}
}

// swept are the directories that this process has looked through.
var swept sync.Map

// sweep removes the temporary files of killed programs from a directory, once. Files in
// use are locked.
func sweep(dir string) {
	if _, done := swept.LoadOrStore(dir, true); done {
		return
	}
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	for {
		names, err := d.Readdirnames(1024)
		for _, name := range names {
			if tempName.MatchString(name) {
				removeStale(filepath.Join(dir, name))
			}
		}
		if err != nil || len(names) == 0 {
			return
		}
	}
}
