package main

import (
	"bytes"
	"os"

	"github.com/gopahole/gopahole/internal/elfio"
)

// An output is a file to be written.
type output struct {
	name string
	data []byte
}

// writeAll writes all outputs, or none: they belong together.
func writeAll(outputs []output) error {
	for i, o := range outputs {
		if err := elfio.WriteFile(o.name, bytes.NewReader(o.data), elfio.Options{NoSync: true}); err != nil {
			for _, written := range outputs[:i] {
				os.Remove(written.name)
			}
			return fileError(o.name, err)
		}
	}
	return nil
}
