package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// A Package is something that has a name, a version and files of kernels in it.
type Package struct {
	// Path is the name of its file or directory, as the user gave it; a package in an archive
	// has that of the archive, "!" and its own after it.
	Path string

	Format       string // "deb", "rpm", "archive" or "tree"
	Name         string
	Version      string // with the release, as the format has it; "" if it does not say
	Architecture string // in the words of the format: amd64, x86_64
	Maintainer   string // who made it: Maintainer of a deb, Vendor of an rpm
	Distribution string // as an rpm may say it

	// Identity is a digest in hexadecimal digits over the size of the package and what it says of its contents. Two
	// packages of one name, version and architecture with the same identity are the same.
	Identity string

	medium   *medium // that the package is read from; nil for a tree
	size     int64
	data     *io.SectionReader // the archive of its files; nil for a tree
	dataName string
	header   *rpmHeader // of an rpm
	tree     Input      // of a tree
	files    []treeFile
	limits   Limits
}

// Size returns the size of the package in bytes.
func (p *Package) Size() int64 { return p.size }

// identify sets the identity, by a digest of what the package says of its contents.
func (p *Package) identify(sum []byte) {
	text, _ := json.Marshal([]any{p.Format, p.Name, p.Version, p.Architecture, p.size, hex.EncodeToString(sum)}) // which cannot fail
	all := sha256.Sum256(text)
	p.Identity = hex.EncodeToString(all[:])
}

// Members reads the package from its beginning and yields what belongs to a kernel. It may be
// called again. An error ends it, and is about the package unless ctx has ended.
func (p *Package) Members(ctx context.Context) iter.Seq2[*Member, error] {
	return func(yield func(*Member, error) bool) {
		if p.data == nil {
			p.treeMembers(ctx, yield)
			return
		}
		s, err := unpackData(ctx, p.data, p.limits)
		if err != nil {
			yield(nil, fmt.Errorf("%s: %w", p.dataName, p.medium.explain(err)))
			return
		}
		defer s.Close()
		stopped := false
		err = entries(s, p.header, p.limits, func(e entry) bool {
			m := &Member{Path: e.name, Kind: kindOf(e.name), Size: e.size, Slow: s.codec.slow(), r: e.r, medium: p.medium, limits: p.limits}
			if m.Kind != 0 && !yield(m, nil) {
				stopped = true
			}
			return !stopped
		})
		err = p.medium.explain(err)
		if errors.Is(err, errNoArchive) {
			err = errors.New("it holds no archive of tar or cpio")
		}
		if err != nil && !stopped {
			yield(nil, fmt.Errorf("%s: %w", p.dataName, err))
		}
	}
}

// A contextReader ends with a context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
