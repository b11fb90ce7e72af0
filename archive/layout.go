package archive

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
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
	return j.directory(k.arch) + "/" + k.release + ".btf.tar.xz"
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
	dir := j.directory(k.arch)
	e.Object = dir + "/" + k.release + modulesSuffix
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

// storeRelease stores a kernel and its modules in BTFHub's layout. Packages of two versions may have a kernel of one
// release each, and there is one place for it: the one whose archive has the greater bytes gets it, whichever comes first.
func (j *job) storeRelease(ctx context.Context, k *kernelBTF) error {
	data, err := tarXZ([]packed{{k.release + ".btf", k.raw}})
	if err != nil {
		return err
	}
	j.places.Lock()
	defer j.places.Unlock()
	there, err := j.get(ctx, k.object(j))
	if err != nil {
		return err
	}
	order := bytes.Compare(data, there)
	if order < 0 {
		return nil
	}
	if order > 0 {
		if err := j.put(ctx, k.object(j), data); err != nil {
			return err
		}
	}
	if there != nil && order > 0 { // what belongs to the other one
		for _, suffix := range []string{hasBTFSuffix, modulesSuffix} {
			if err := j.remove(ctx, j.directory(k.arch)+"/"+k.release+suffix); err != nil {
				return err
			}
		}
	}
	if k.hasBTF {
		if err := j.put(ctx, j.directory(k.arch)+"/"+k.release+hasBTFSuffix, nil); err != nil {
			return err
		}
	}
	if len(k.modules) == 0 {
		return nil
	}
	if data, err = tarZstd(k.modules); err != nil {
		return err
	}
	return j.put(ctx, j.directory(k.arch)+"/"+k.release+modulesSuffix, data)
}

// Suffixes of BTFHub's markers.
const (
	hasBTFSuffix = ".hasbtf"
	failedSuffix = ".failed"
)

// remove removes an object, if there is one.
func (r *runner) remove(ctx context.Context, key string) error {
	_, err := r.st.Stat(ctx, key)
	if err == nil {
		err = r.st.Delete(ctx, key)
	} else if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
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

// markFailed leaves a marker for each kernel that failed, and takes away those of kernels that
// did not.
func (j *job) markFailed(ctx context.Context) error {
	failed := make(map[string]string) // by key
	for _, e := range j.rec.Entries {
		if e.Kind == "vmlinux" && e.Status == index.Failed && checkRelease(e.Release) == nil && j.kernels[e.Release] == nil && e.Architecture != "" {
			failed[j.directory(e.Architecture)+"/"+e.Release] = e.Error
		}
	}
	if release := packageRelease(&j.rec.Package); j.rec.Package.Error != "" && checkRelease(release) == nil && len(failed)+len(j.kernels) == 0 && j.rec.Package.Architecture != "" {
		failed[j.directory(btfhubArch(j.rec.Package.Architecture))+"/"+release] = j.rec.Package.Error
	}
	for key, why := range failed {
		if err := j.put(ctx, key+failedSuffix, []byte(why+"\n")); err != nil {
			return err
		}
	}
	for _, k := range j.kernels {
		if err := j.remove(ctx, j.directory(k.arch)+"/"+k.release+failedSuffix); err != nil {
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
