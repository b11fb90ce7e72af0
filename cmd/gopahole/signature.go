package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/elffile"
)

// dropSignatureFlag defines the option of everything that changes modules.
func dropSignatureFlag(fs *pflag.FlagSet, drop *bool) {
	on(fs, "drop_signature", "", "take the signature off a signed module instead of refusing to change it", func() { *drop = true })
}

// changeError returns the error of changing the file called name, with the option
// that would have helped.
func changeError(name string, err error) error {
	if signed := new(elffile.SignedError); errors.As(err, &signed) {
		return fmt.Errorf("%w; --drop_signature takes it off", signed)
	}
	return fileError(name, err)
}
