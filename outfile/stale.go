package outfile

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// The name of a temporary file is that of the file it is to become, and a number in base 36.
const (
	tempInfix  = ".gopahole-"
	tempNumber = 12 // digits
	digits     = "0123456789abcdefghijklmnopqrstuvwxyz"
)

// IsTemp reports whether a name, without directories, is that of a temporary file.
func IsTemp(name string) bool {
	n := len(name) - tempNumber
	return n > 0 && name[0] == '.' && strings.HasSuffix(name[1:n], tempInfix) && n > 1+len(tempInfix) &&
		strings.Trim(name[n:], digits) == ""
}

// randomName returns a name for a temporary file that is to become a file called
// base.
func randomName(base string) string {
	var number [tempNumber]byte
	for i := range number {
		number[i] = digits[rand.IntN(len(digits))]
	}
	return tempName(base, string(number[:]))
}

// lockName returns the name of the lock of a file called base, which is always the same.
func lockName(base string) string { return tempName(base, strings.Repeat("0", tempNumber)) }

func tempName(base, number string) string {
	return "." + base[:min(len(base), 200)] + tempInfix + number // a name may have 255 bytes
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
			if IsTemp(name) {
				removeStale(filepath.Join(dir, name))
			}
		}
		if err != nil || len(names) == 0 {
			return
		}
	}
}
