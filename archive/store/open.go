package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Open opens a store by its name:
//
//	DIR, or file:DIR         a directory; the first Put makes it
//	s3://BUCKET/PREFIX       a bucket of a store that speaks S3
//	oci://HOST/REPOSITORY    a repository of an OCI registry
func Open(ctx context.Context, dest string) (Store, error) {
	scheme, _, ok := strings.Cut(dest, "://")
	if !ok {
		return openDir(dest, strings.TrimPrefix(dest, "file:"))
	}
	switch scheme {
	case "s3", "oci":
		return nil, fmt.Errorf("%s: %w", dest, errors.ErrUnsupported)
	default:
		return nil, fmt.Errorf("%s: the store is no directory, s3://BUCKET/PREFIX or oci://HOST/REPOSITORY", dest)
	}
}
