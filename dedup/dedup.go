// Package dedup merges equal types of BTF, as libbpf's btf__dedup does. The engine is in internal/typegraph.
package dedup

import (
	"context"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/typegraph"
)

// Options are the options of Dedup.
type Options = typegraph.Options

// Dedup returns t without duplicate types: see typegraph.Dedup.
func Dedup(ctx context.Context, t *btf.Types, opts Options) (*btf.Types, error) {
	return typegraph.Dedup(ctx, t, opts)
}
