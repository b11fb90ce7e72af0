package outfile

import "testing"

// Only names that randomName gives are those of temporary files.
func TestTempName(t *testing.T) {
	for name, want := range map[string]bool{
		randomName("m.ko"):                   true,
		randomName(""):                       false, // no file has no name
		".a.gopahole-0123456789ab":           true,
		".a.gopahole-0123456789aB":           false,
		".a.gopahole-01234_6789ab":           false,
		".a.gopahole-0123456789a":            false,
		".a.gopahole-0123456789abc":          false,
		".a.gopahole-x.gopahole-0123":        false,
		"a.gopahole-0123456789ab":            false,
		"..gopahole-0123456789ab":            false,
		".gopahole-0123456789ab":             false,
		".a-gopahole-0123456789ab":           false,
		".a.gopahole-0123456789ab.ko":        false,
		"0123456789ab":                       false,
		"":                                   false,
		".x.gopahole-.gopahole-zzzzzzzz0000": true,
	} {
		if got := IsTemp(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}
