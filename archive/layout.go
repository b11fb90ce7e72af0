package archive

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/store"
)

// put stores an object.
func (r *runner) put(ctx context.Context, key string, data []byte) error {
	if err := r.st.Put(ctx, key, int64(len(data)), bytes.NewReader(data)); err != nil {
		return &storeError{err}
	}
	return nil
}

// has reports whether there is an object that is not empty.
func (r *runner) has(ctx context.Context, key string) (bool, error) {
	info, err := r.st.Stat(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, &storeError{err}
	}
	return info.Size > 0, nil
}

// putBTF stores BTF by its digest.
func (r *runner) putBTF(ctx context.Context, digest string, raw []byte) (key string, err error) {
	key = index.ObjectKey(digest)
	if !r.Again { // which also mends what is damaged
		if there, err := r.has(ctx, key); there || err != nil {
			return key, err
		}
	}
	data, err := zstdBytes(raw)
	if err != nil {
		return key, err
	}
	return key, r.put(ctx, key, data)
}

// storeKernel stores the BTF of a kernel.
func (j *job) storeKernel(ctx context.Context, k *kernelBTF, e *index.Entry) (err error) {
	if j.Layout == CAS {
		e.Object, err = j.putBTF(ctx, k.digest, k.raw)
		return err
	}
	e.Object = k.object(j) // storePackage puts it
	return nil
}

// object is the key of a kernel in BTFHub's layout.
func (k *kernelBTF) object(j *job) string {
	return j.place(k.arch, k.release) + kernelSuffix
}

// storeModule stores the BTF of a module.
func (j *job) storeModule(ctx context.Context, k *kernelBTF, b *moduleBTF, e *index.Entry) (err error) {
	if j.Layout == CAS {
		if b.base != nil {
			if _, err := j.putBTF(ctx, e.DistilledBase, b.base); err != nil {
				return err
			}
		}
		e.Object, err = j.putBTF(ctx, e.Digest, b.raw)
		return err
	}
	e.Object = j.place(k.arch, k.release) + modulesSuffix
	j.mu.Lock()
	defer j.mu.Unlock()
	name := k.release + "/" + index.Element(e.Module)
	k.modules = append(k.modules, packed{name + ".btf", b.raw})
	if b.base != nil {
		k.modules = append(k.modules, packed{name + ".btf.base", b.base})
	}
	return nil
}

// modulesSuffix ends the key of the BTF of all modules of a kernel. Programs that go through an
// archive of BTFHub take what ends in .tar.xz for kernels.
const modulesSuffix = ".modules.tar.zst"

var errNoDistribution = errors.New("nothing says of which distribution it is, by which BTFHub's directories are named: --distribution=ubuntu/20.04 would")

// storePackage stores what there is of the package as a whole.
func (j *job) storePackage(ctx context.Context) error {
	rec := &j.rec.Package
	if j.Layout != BTFHub {
		return nil
	}
	if rec.Distribution == "" {
		return nil
	}
	for _, release := range slices.Sorted(maps.Keys(j.kernels)) {
		if err := j.storeRelease(ctx, j.kernels[release]); err != nil {
			return err
		}
	}
	return j.markFailed(ctx)
}

// place is how the keys of a kernel and of what belongs to it begin in BTFHub's layout.
func (j *job) place(arch, release string) string { return j.directory(arch) + "/" + release }

// storeRelease stores a kernel and its modules in BTFHub's layout. Packages of two versions may have a kernel of one
// release each, and there is one place for it: the one whose archive has the greater bytes gets it, whichever comes first.
//
// Another program may do the same with another package at this moment. What belongs to a kernel says of which it is, and
// is put only while that one has the place; who finds that another one has got it takes away what is its own.
func (j *job) storeRelease(ctx context.Context, k *kernelBTF) error {
	data, err := tarXZ([]packed{{k.release + ".btf", k.raw}})
	if err != nil {
		return err
	}
	j.places.Lock()
	defer j.places.Unlock()
	place := j.place(k.arch, k.release)
	err = j.update(ctx, place+kernelSuffix, func(old []byte) ([]byte, store.Change, error) {
		if bytes.Compare(data, old) > 0 || !isKernel(old, k.release) {
			return data, store.Replace, nil
		}
		return nil, store.Keep, nil
	})
	if err != nil {
		return err
	}
	mine := owner(sha256.Sum256(data))
	own := make(map[string][]byte) // by suffix
	if k.hasBTF {
		own[hasBTFSuffix] = mine.sign(nil)
	}
	if len(k.modules) > 0 {
		if data, err = tarZstd(k.modules); err != nil {
			return err
		}
		own[modulesSuffix] = mine.sign(data)
	}
	for _, suffix := range []string{hasBTFSuffix, modulesSuffix} {
		if err := j.storeBeside(ctx, place, mine, suffix, own[suffix]); err != nil {
			return err
		}
	}
	return nil
}

// storeBeside stores what stands beside a kernel, nil for nothing, if that one has the place.
func (j *job) storeBeside(ctx context.Context, place string, mine owner, suffix string, data []byte) error {
	has := false
	ask := func() (err error) {
		there, err := j.get(ctx, place+kernelSuffix)
		has = there != nil && sha256.Sum256(there) == mine
		return err
	}
	change := func(old []byte) ([]byte, store.Change, error) {
		if err := ask(); err != nil {
			return nil, store.Keep, err
		}
		switch same := mine.signed(old); {
		case has && data == nil && old != nil && !same, !has && same:
			return nil, store.Remove, nil
		case has && data != nil && (!same || bytes.Compare(data, old) > 0): // the kernel may be in two packages
			return data, store.Replace, nil
		}
		return nil, store.Keep, nil
	}
	for {
		if err := j.update(ctx, place+suffix, change); err != nil {
			return err
		}
		before := has
		if err := ask(); err != nil {
			return err
		}
		if has == before {
			return nil
		}
	}
}

// An owner is the digest of the archive of the kernel that an object belongs to.
type owner [sha256.Size]byte

// ownerFrame is what begins a frame that decompressors of zstd pass over (RFC 8878, 3.1.2), with the size of an owner.
const ownerFrame = "\x5e\x2a\x4d\x18\x20\x00\x00\x00"

// sign returns data with the owner after them, which is no part of what they unpack to.
func (o owner) sign(data []byte) []byte {
	return append(append(slices.Clone(data), ownerFrame...), o[:]...)
}

// signed reports whether data are of the owner.
func (o owner) signed(data []byte) bool {
	return bytes.HasSuffix(data, append([]byte(ownerFrame), o[:]...))
}

// isKernel reports whether an object is the archive of a kernel, and no damaged one.
func isKernel(data []byte, release string) bool {
	x, err := xz.NewReader(bytes.NewReader(data))
	if err != nil {
		return false
	}
	h, err := tar.NewReader(x).Next()
	return err == nil && h.Name == release+".btf"
}

// kernelSuffix ends the key of the BTF of a kernel.
const kernelSuffix = ".btf.tar.xz"

// Suffixes of BTFHub's markers.
const (
	hasBTFSuffix = ".hasbtf"
	failedSuffix = ".failed"
)

// update replaces an object by what f makes of it.
func (r *runner) update(ctx context.Context, key string, f func([]byte) ([]byte, store.Change, error)) error {
	if err := r.st.Update(ctx, key, f); err != nil {
		return &storeError{err}
	}
	return nil
}

// get returns an object, nil if there is none.
func (r *runner) get(ctx context.Context, key string) ([]byte, error) {
	in, _, err := r.st.Get(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &storeError{err}
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err != nil {
		return nil, &storeError{err}
	}
	return data, nil
}

// markFailed leaves a marker for each kernel that failed and that no package has, and takes away those of kernels that
// are there.
func (j *job) markFailed(ctx context.Context) error {
	failed := make(map[string]string) // by place
	for _, e := range j.rec.Entries {
		if e.Kind == "vmlinux" && e.Status == index.Failed && checkRelease(e.Release) == nil && j.kernels[e.Release] == nil && e.Architecture != "" {
			failed[j.place(e.Architecture, e.Release)] = e.Error
		}
	}
	if release := packageRelease(&j.rec.Package); j.rec.Package.Error != "" && checkRelease(release) == nil && len(failed)+len(j.kernels) == 0 && j.rec.Package.Architecture != "" {
		failed[j.place(btfhubArch(j.rec.Package.Architecture), release)] = j.rec.Package.Error
	}
	for _, k := range j.kernels {
		failed[j.place(k.arch, k.release)] = ""
	}
	for place, why := range failed {
		if err := j.markPlace(ctx, place, why); err != nil {
			return err
		}
	}
	return nil
}

// markPlace leaves a marker in a place that has no kernel; of two reasons the greater one. It looks twice, as another
// program may put the kernel meanwhile, which then removes the marker or has no time to.
func (j *job) markPlace(ctx context.Context, place, why string) error {
	text := []byte(why + "\n")
	for range 2 {
		err := j.update(ctx, place+failedSuffix, func(old []byte) ([]byte, store.Change, error) {
			there, err := j.has(ctx, place+kernelSuffix)
			switch {
			case err != nil:
				return nil, store.Keep, err
			case there && old != nil:
				return nil, store.Remove, nil
			case !there && why != "" && bytes.Compare(text, old) > 0:
				return text, store.Replace, nil
			}
			return nil, store.Keep, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// directory is that of a kernel in BTFHub's layout, "" if nothing says the distribution.
func (j *job) directory(arch string) string {
	if j.rec.Package.Distribution == "" {
		return ""
	}
	return j.rec.Package.Distribution + "/" + arch
}

// A packed is a file in a tar archive.
type packed struct {
	name string
	data []byte
}

// writeTar writes a tar archive that has nothing in it but names and contents: equal files
// give equal bytes.
func writeTar(w io.Writer, files []packed) error {
	slices.SortStableFunc(files, func(a, b packed) int { return cmp.Or(cmp.Compare(a.name, b.name), bytes.Compare(a.data, b.data)) })
	t := tar.NewWriter(w)
	for i, f := range files {
		if i > 0 && f.name == files[i-1].name {
			continue // a module that is in the package twice
		}
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Size: int64(len(f.data)), Mode: 0o644, ModTime: time.Unix(0, 0)}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(f.data); err != nil {
			return err
		}
	}
	return t.Close()
}

// tarXZ is an archive for BTFHub.
func tarXZ(files []packed) ([]byte, error) {
	var b bytes.Buffer
	w, err := xz.WriterConfig{DictCap: 8 << 20, CheckSum: xz.CRC64}.NewWriter(&b)
	if err == nil {
		err = errors.Join(writeTar(w, files), w.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("xz: %w", err)
	}
	return b.Bytes(), nil
}

func tarZstd(files []packed) ([]byte, error) {
	var t bytes.Buffer
	if err := writeTar(&t, files); err != nil {
		return nil, err
	}
	return zstdBytes(t.Bytes())
}

// zstdBytes compresses data. What one encoder makes does not depend on what it has made before,
// and to make one for each module takes longer than to compress the module.
func zstdBytes(data []byte) ([]byte, error) {
	w, err := zstdEncoder()
	if err != nil {
		return nil, err
	}
	return w.EncodeAll(data, nil), nil
}

var zstdEncoder = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(8<<20))
})
