//go:build !linux

package loaded

import "errors"

// BTFs fails, as this is for Linux.
func BTFs() ([]BTF, error) { return nil, errors.ErrUnsupported }

// Programs fails, as this is for Linux.
func Programs() ([]User, error) { return nil, errors.ErrUnsupported }

// Maps fails, as this is for Linux.
func Maps() ([]User, error) { return nil, errors.ErrUnsupported }
