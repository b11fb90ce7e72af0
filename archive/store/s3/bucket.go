package s3

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/remote"
)

// What is larger than some parts is sent in parts.
const partSize = 16 << 20

// sumKey is the name of the SHA-256 in an object's metadata, x-amz-meta-sha256.
const sumKey = "Sha256"

// A bucket is one, or the objects in it that have a prefix.
type bucket struct {
	client       *minio.Client
	core         minio.Core
	name, prefix string // the prefix ends at a slash or is ""
	endpoint     string
	partSize     int64

	swept sync.Once

	mu   sync.Mutex
	seen time.Time // when the bucket was there
}

// check checks that the bucket is there.
func (b *bucket) check(ctx context.Context) error {
	there, err := b.client.BucketExists(ctx, b.name)
	if err == nil && !there {
		return remote.Permanent(fmt.Errorf("there is no bucket %s at %s", b.name, b.endpoint))
	}
	if status(err) == http.StatusForbidden {
		return nil // whoever may not ask for the bucket may have the objects all the same
	}
	if err == nil {
		b.mu.Lock()
		b.seen = time.Now()
		b.mu.Unlock()
	}
	return b.explain(err)
}

// missing is the error for an object that the server does not have. It does not say whether it has the bucket, so it is
// asked, but not each time.
func (b *bucket) missing(ctx context.Context) error {
	b.mu.Lock()
	recently := time.Since(b.seen) < 30*time.Second
	b.mu.Unlock()
	if !recently {
		if err := b.check(ctx); err != nil {
			return err
		}
	}
	return fs.ErrNotExist
}

func status(err error) int {
	var response minio.ErrorResponse
	if errors.As(err, &response) {
		return response.StatusCode
	}
	return 0
}

func (b *bucket) explain(err error) error {
	if minio.ToErrorResponse(err).Code == minio.NoSuchUpload {
		return err // somebody ended it; the next try begins another one
	}
	return remote.Classify(err, status(err))
}

func (b *bucket) Put(ctx context.Context, key string, c *remote.Content) error {
	return b.put(ctx, key, c, b.options(c))
}

// PutIf says on which condition in the headers of conditional writes (RFC 9110, 13.1).
func (b *bucket) PutIf(ctx context.Context, key, version string, c *remote.Content) error {
	options := b.options(c)
	if version == "" {
		options.SetMatchETagExcept("*")
	} else {
		options.SetMatchETag(version)
	}
	err := b.put(ctx, key, c, options)
	switch status(err) {
	case http.StatusPreconditionFailed, http.StatusNotFound: // the latter for an object that is gone
		return remote.ErrChanged
	case http.StatusNotImplemented:
		return b.Put(ctx, key, c)
	}
	return err
}

func (b *bucket) options(c *remote.Content) minio.PutObjectOptions {
	return minio.PutObjectOptions{
		UserMetadata:     map[string]string{sumKey: hex.EncodeToString(c.SHA256[:])},
		ContentType:      "application/octet-stream",
		PartSize:         uint64(b.partSize),
		NumThreads:       2,
		DisableMultipart: c.Size <= 2*b.partSize,
	}
}

func (b *bucket) put(ctx context.Context, key string, c *remote.Content, options minio.PutObjectOptions) error {
	if !options.DisableMultipart {
		b.swept.Do(func() { b.sweep(ctx, abandoned) })
	}
	_, err := b.client.PutObject(ctx, b.name, b.prefix+key, c.Reader(), c.Size, options)
	return b.explain(err)
}

// abandoned is the age at which an upload of parts is none any more.
const abandoned = 24 * time.Hour

// sweep removes the parts that killed programs left, of uploads older than an age.
func (b *bucket) sweep(ctx context.Context, age time.Duration) {
	for upload := range b.client.ListIncompleteUploads(ctx, b.name, b.prefix, true) {
		if upload.Err != nil {
			return // not every server has this
		}
		if time.Since(upload.Initiated) > age {
			b.core.AbortMultipartUpload(ctx, b.name, upload.Key, upload.UploadID)
		}
	}
}

func (b *bucket) Stat(ctx context.Context, key string) (remote.Object, error) {
	info, err := b.client.StatObject(ctx, b.name, b.prefix+key, minio.StatObjectOptions{})
	if status(err) == http.StatusNotFound {
		return remote.Object{}, b.missing(ctx)
	}
	return object(key, info), b.explain(err)
}

func object(key string, info minio.ObjectInfo) remote.Object {
	return remote.Object{
		Info:    store.Info{Key: key, Size: info.Size, Modified: info.LastModified},
		SHA256:  info.UserMetadata[sumKey],
		Version: info.ETag,
	}
}

func (b *bucket) Open(ctx context.Context, key, version string, off, n int64) (io.ReadCloser, remote.Object, error) {
	var options minio.GetObjectOptions
	if version != "" {
		options.SetMatchETag(version)
	}
	var err error
	switch {
	case n >= 0:
		err = options.SetRange(off, off+n-1)
	case off > 0:
		err = options.SetRange(off, 0)
	}
	if err != nil {
		return nil, remote.Object{}, remote.Permanent(err)
	}
	body, info, _, err := b.core.GetObject(ctx, b.name, b.prefix+key, options)
	switch status(err) {
	case http.StatusNotFound:
		return nil, remote.Object{}, b.missing(ctx)
	case http.StatusRequestedRangeNotSatisfiable:
		return nil, remote.Object{}, remote.Permanent(fmt.Errorf("it ends before offset %d: %w", off, io.ErrUnexpectedEOF))
	case http.StatusPreconditionFailed:
		return nil, remote.Object{}, remote.Permanent(errors.New("it was replaced while it was read"))
	}
	if err != nil {
		return nil, remote.Object{}, b.explain(err)
	}
	if n >= 0 && info.Size < n {
		body.Close()
		return nil, remote.Object{}, remote.Permanent(fmt.Errorf("there are %d bytes from offset %d on, not %d: %w",
			info.Size, off, n, io.ErrUnexpectedEOF))
	}
	return body, object(key, info), nil
}

func (b *bucket) List(ctx context.Context, prefix, after string, yield func(store.Info) bool) error {
	ctx, cancel := context.WithCancel(ctx) // ends the client's own goroutine
	defer cancel()
	options := minio.ListObjectsOptions{Prefix: b.prefix + prefix, Recursive: true}
	if after != "" {
		options.StartAfter = b.prefix + after
	}
	for info := range b.client.ListObjects(ctx, b.name, options) {
		if info.Err != nil {
			return b.explain(info.Err)
		}
		if strings.HasSuffix(info.Key, "/") {
			continue // a directory, as some servers show it
		}
		if !yield(store.Info{Key: strings.TrimPrefix(info.Key, b.prefix), Size: info.Size, Modified: info.LastModified}) {
			return nil
		}
	}
	return ctx.Err()
}

func (b *bucket) Delete(ctx context.Context, key string) error {
	err := b.client.RemoveObject(ctx, b.name, b.prefix+key, minio.RemoveObjectOptions{})
	if status(err) == http.StatusNotFound {
		if err = b.missing(ctx); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	return b.explain(err)
}
