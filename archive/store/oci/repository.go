package oci

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/errdef"
	orasremote "oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/remote"
	"github.com/gopahole/gopahole/internal/workers"
)

const (
	artifactType  = "application/vnd.gopahole.object.v1"
	layerType     = "application/octet-stream"
	keyAnnotation = "org.gopahole.key"
)

// maxManifest is more than one of ours ever has.
const maxManifest = 64 << 10

type repository struct{ *orasremote.Repository }

// explain marks errors that pass, and those that do not.
func explain(err error) error {
	var response *errcode.ErrorResponse
	switch {
	case errors.As(err, &response) && slices.ContainsFunc(response.Errors, passes):
		return err
	case errors.As(err, &response):
		return remote.Classify(err, response.StatusCode)
	case errors.Is(err, errdef.ErrNotFound):
		return fs.ErrNotExist
	}
	return remote.Classify(err, 0)
}

// passes reports whether an error passes although its status says that the request was wrong: another program puts the
// same blob at this moment, or an upload has ended with the server that had it.
func passes(e errcode.Error) bool {
	switch e.Code {
	case errcode.ErrorCodeManifestBlobUnknown, errcode.ErrorCodeBlobUnknown, errcode.ErrorCodeBlobUploadUnknown,
		errcode.ErrorCodeBlobUploadInvalid, errcode.ErrorCodeDigestInvalid, errcode.ErrorCodeSizeInvalid:
		return true
	}
	return false
}

func (r *repository) Put(ctx context.Context, key string, c *remote.Content) error {
	layer := ocispec.Descriptor{
		MediaType:   layerType,
		Digest:      digest.NewDigestFromBytes(digest.SHA256, c.SHA256[:]),
		Size:        c.Size,
		Annotations: map[string]string{ocispec.AnnotationTitle: path.Base(key)},
	}
	if err := r.push(ctx, layer, c.Reader()); err != nil {
		return err
	}
	if err := r.push(ctx, ocispec.DescriptorEmptyJSON, bytes.NewReader(ocispec.DescriptorEmptyJSON.Data)); err != nil {
		return err
	}
	manifest, err := json.Marshal(ocispec.Manifest{
		Versioned:    specs.Versioned{SchemaVersion: 2},
		MediaType:    ocispec.MediaTypeImageManifest,
		ArtifactType: artifactType,
		Config:       ocispec.DescriptorEmptyJSON,
		Layers:       []ocispec.Descriptor{layer},
		Annotations:  map[string]string{keyAnnotation: key},
	})
	if err != nil {
		return remote.Permanent(err)
	}
	return explain(r.PushReference(ctx, ocispec.Descriptor{
		MediaType: ocispec.MediaTypeImageManifest, Digest: digest.FromBytes(manifest), Size: int64(len(manifest)),
	}, bytes.NewReader(manifest), Tag(key)))
}

// PutIf is Put: registries have no conditions for tags.
func (r *repository) PutIf(ctx context.Context, key, version string, c *remote.Content) error {
	now, err := r.object(ctx, Tag(key))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if now.Version != version {
		return remote.ErrChanged
	}
	return r.Put(ctx, key, c)
}

// push puts a blob, unless it is there.
func (r *repository) push(ctx context.Context, blob ocispec.Descriptor, contents io.Reader) error {
	there, err := r.Blobs().Exists(ctx, blob)
	if err != nil || there {
		return explain(err)
	}
	return explain(r.Blobs().Push(ctx, blob, contents))
}

// An object is what a manifest says.
type object struct {
	remote.Object
	manifest ocispec.Descriptor
	layer    ocispec.Descriptor
}

// object asks for the manifest under a tag. That of another program is like nothing.
func (r *repository) object(ctx context.Context, tag string) (object, error) {
	manifest, body, err := r.Manifests().FetchReference(ctx, tag)
	if err != nil {
		return object{}, explain(err)
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxManifest+1))
	if err != nil {
		return object{}, explain(err)
	}
	if manifest.MediaType != ocispec.MediaTypeImageManifest || len(text) > maxManifest {
		return object{}, fs.ErrNotExist
	}
	if digest.FromBytes(text) != manifest.Digest {
		return object{}, fmt.Errorf("the manifest: %w", store.ErrDamaged)
	}
	var m ocispec.Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return object{}, remote.Permanent(fmt.Errorf("the manifest: %w", err))
	}
	key := m.Annotations[keyAnnotation]
	if m.ArtifactType != artifactType || len(m.Layers) != 1 || Tag(key) != tag {
		return object{}, fs.ErrNotExist
	}
	layer := m.Layers[0]
	sum, err := hex.DecodeString(layer.Digest.Encoded())
	if layer.Digest.Validate() != nil || layer.Digest.Algorithm() != digest.SHA256 || err != nil || layer.Size < 0 {
		return object{}, remote.Permanent(fmt.Errorf("the manifest has the layer %s with %d bytes", layer.Digest, layer.Size))
	}
	return object{
		Object: remote.Object{
			Info:    store.Info{Key: key, Size: layer.Size},
			SHA256:  hex.EncodeToString(sum),
			Version: layer.Digest.String(),
		},
		manifest: manifest,
		layer:    layer,
	}, nil
}

func (r *repository) Stat(ctx context.Context, key string) (remote.Object, error) {
	o, err := r.object(ctx, Tag(key))
	return o.Object, err
}

func (r *repository) Open(ctx context.Context, key, version string, off, n int64) (io.ReadCloser, remote.Object, error) {
	o, err := r.object(ctx, Tag(key))
	if err != nil {
		return nil, remote.Object{}, err
	}
	if version != "" && version != o.Version {
		return nil, remote.Object{}, remote.Permanent(errors.New("it was replaced while it was read"))
	}
	if off > o.Size || n > o.Size-off {
		return nil, remote.Object{}, remote.Permanent(fmt.Errorf("there are %d bytes, and none after them: %w", o.Size, io.ErrUnexpectedEOF))
	}
	body, err := r.Blobs().Fetch(ctx, o.layer)
	if err != nil {
		if errors.Is(err, errdef.ErrNotFound) { // there is a manifest, so it is not nothing
			err = remote.Permanent(fmt.Errorf("the registry has lost the blob %s", o.layer.Digest))
			return nil, remote.Object{}, err
		}
		return nil, remote.Object{}, explain(err)
	}
	if off > 0 {
		if seeker, ok := body.(io.Seeker); ok {
			_, err = seeker.Seek(off, io.SeekStart)
		} else { // no ranges here
			_, err = io.CopyN(io.Discard, body, off)
		}
		if err != nil {
			body.Close()
			return nil, remote.Object{}, explain(err)
		}
	}
	return body, o.Object, nil
}

func (r *repository) Delete(ctx context.Context, key string) error {
	o, err := r.object(ctx, Tag(key))
	if err == nil {
		err = explain(r.Manifests().Delete(ctx, o.manifest))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// A listed is a tag and the key that it stands for, or "" for a long one.
type listed struct{ key, tag string }

// together is how many manifests are asked for at a time.
const together = 8

func (r *repository) List(ctx context.Context, prefix, after string, yield func(store.Info) bool) error {
	var all []listed
	add := func(key, tag string) {
		if strings.HasPrefix(key, prefix) && key > after {
			all = append(all, listed{key, tag})
		}
	}
	var long []string
	err := r.Tags(ctx, "", func(tags []string) error {
		for _, tag := range tags {
			if key, isLong, ok := keyOf(tag); ok && isLong {
				long = append(long, tag)
			} else if ok {
				add(key, tag)
			}
		}
		return nil
	})
	if err = explain(err); errors.Is(err, fs.ErrNotExist) || notThere(err) {
		return nil // a repository is there when something was put
	}
	if err != nil {
		return err
	}
	for _, tag := range long {
		o, err := r.object(ctx, tag)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		add(o.Key, tag)
	}
	slices.SortFunc(all, func(a, b listed) int { return strings.Compare(a.key, b.key) })
	return r.describe(ctx, all, yield)
}

// notThere reports whether a registry does not know the repository.
func notThere(err error) bool {
	var response *errcode.ErrorResponse
	return errors.As(err, &response) && response.StatusCode == 404
}

// describe describes objects in their order, some at a time.
func (r *repository) describe(ctx context.Context, all []listed, yield func(store.Info) bool) error {
	type result struct {
		object
		err error
	}
	for some := range slices.Chunk(all, 16*together) {
		infos := make([]store.Info, 0, len(some))
		err := workers.InOrder(ctx, workers.New(together, nil), len(some), func() func(int, *result) {
			return func(i int, o *result) { o.object, o.err = r.object(ctx, some[i].tag) }
		}, func(_ int, o *result) error {
			if errors.Is(o.err, fs.ErrNotExist) {
				return nil // removed meanwhile, or not by us
			}
			if o.err == nil {
				infos = append(infos, o.Info)
			}
			return o.err
		})
		for _, info := range infos {
			if !yield(info) {
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
