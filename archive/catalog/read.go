package catalog

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/internal/memory"
)

// A Part is one of the two BTFs that a module has.
type Part uint8

// The parts.
const (
	BTF  Part = iota // .BTF
	Base             // .BTF.base
)

// ErrNoBase says that an item has no distilled base.
var ErrNoBase = errors.New("it has no distilled base")

// Digest is that of a part, "" if there is none.
func (it Item) Digest(part Part) string {
	if part == Base {
		return it.Entry.DistilledBase
	}
	return it.Entry.Digest
}

// Read returns a part of an item as raw BTF: the very bytes that were encoded. The error wraps store.ErrDamaged if the
// archive has others, and ErrNoBase.
func (c *Catalog) Read(ctx context.Context, it Item, part Part) ([]byte, error) {
	digest := it.Digest(part)
	if digest == "" {
		return nil, ErrNoBase
	}
	key := it.Entry.Object
	if it.Package.Layout == "cas" {
		key = index.ObjectKey(digest)
	}
	in, _, err := c.st.Get(ctx, key)
	if errors.Is(err, fs.ErrNotExist) { // not that the archive does not have it
		return nil, fmt.Errorf("%s: %s: the index tells of it, and it is gone: %w (archive run makes it again)", c.st, key, store.ErrDamaged)
	}
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := extract(in, key, it.Entry, part)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", c.st, key, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != digest {
		return nil, fmt.Errorf("%s: %s: its SHA-256 is %x, the index says %s: %w", c.st, key, sum, digest, store.ErrDamaged)
	}
	return data, nil
}

// maxBTF bounds BTF whose size the index does not say, in bytes: no kernel accepts more.
const maxBTF = 64 << 20

// extract reads BTF in an object, which says by its name what it is.
func extract(in io.Reader, key string, e *index.Entry, part Part) ([]byte, error) {
	limit := int64(maxBTF)
	if part == BTF {
		limit = int64(e.Size)
	}
	if strings.HasSuffix(key, ".xz") {
		r, err := xz.NewReader(in, 64<<20) // an eighth of that is what archive run asks for
		if err != nil {
			return nil, err
		}
		return inTar(r, e.Release+".btf", limit)
	}
	r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if !strings.HasSuffix(key, ".tar.zst") {
		return readAll(r, limit)
	}
	name := e.Release + "/" + index.Element(e.Module) + ".btf"
	if part == Base {
		name += ".base"
	}
	return inTar(r, name, limit)
}

// inTar reads a file in an archive of tar.
func inTar(r io.Reader, name string, limit int64) ([]byte, error) {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil, fmt.Errorf("%s is not in it: %w", name, store.ErrDamaged)
		}
		if err != nil {
			return nil, err
		}
		if path.Clean(h.Name) == name {
			return readAll(t, limit)
		}
	}
}

// readAll reads what has a size that is not above a limit.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	if err := memory.Need(uint64(limit), "BTF of an archive"); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("more than the %d bytes that it should have: %w", limit, store.ErrDamaged)
	}
	return data, err
}
