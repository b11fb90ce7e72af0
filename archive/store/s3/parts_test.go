package s3

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/gopahole/gopahole/archive/store/internal/remote"
	"github.com/gopahole/gopahole/archive/store/internal/storetest"
)

// smallParts opens a bucket in which what is larger than two parts of 5 MiB, the smallest of S3, is sent in parts.
func smallParts(t *testing.T, address string) *bucket {
	t.Helper()
	storetest.S3Environment(t, "http://"+address)
	b, err := newBucket("s3://bucket/parts", os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	b.partSize = 5 << 20
	return b
}

// A large object is sent in parts, and appears with the last one.
func TestParts(t *testing.T) {
	storetest.Impatient(t, 20*time.Second)
	server := storetest.S3(t)
	proxy := storetest.NewProxy(t, server.Address)
	b := smallParts(t, proxy.Address)
	s := remote.New("s3://bucket/parts", b, remote.DefaultPolicy)
	data := storetest.Random(13 << 20)

	part := func(r *http.Request) bool { return r.Method == http.MethodPut && r.URL.Query().Has("partNumber") }
	end := func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") }
	for name, fault := range map[string]func(){
		"none":        func() { proxy.Some(0, part, nil) },
		"503":         func() { proxy.Some(2, part, storetest.Status(http.StatusServiceUnavailable)) },
		"lost part":   func() { proxy.Some(1, part, storetest.Lost) },
		"reset end":   func() { proxy.Some(1, end, storetest.Reset) },
		"lost end":    func() { proxy.Some(1, end, storetest.Lost) },
		"half an end": func() { proxy.Some(1, end, storetest.Half) },
	} {
		t.Run(name, func(t *testing.T) {
			fault()
			if err := s.Put(t.Context(), name, int64(len(data)), bytes.NewReader(data)); err != nil {
				t.Fatal(err)
			}
			if proxy.Hits.Load() == 0 {
				t.Error("there were no parts")
			}
			proxy.Set(nil)
			storetest.Holds(t, s, name, data)
			if err := s.Delete(t.Context(), name); err != nil {
				t.Error(err)
			}
		})
	}
}

// What a killed program left of parts is removed when it is old, and not before: others may be at work.
func TestAbandonedParts(t *testing.T) {
	server := storetest.S3(t)
	b := smallParts(t, server.Address)
	other := func(key string) {
		t.Helper()
		id, err := b.core.NewMultipartUpload(t.Context(), "bucket", b.prefix+key, minio.PutObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.core.PutObjectPart(t.Context(), "bucket", b.prefix+key, id, 1, bytes.NewReader(make([]byte, 5<<20)), 5<<20, minio.PutObjectPartOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	left := func() (n int) {
		for range b.client.ListIncompleteUploads(t.Context(), "bucket", b.prefix, true) {
			n++
		}
		return n
	}
	other("a")
	other("b/c")
	b.sweep(t.Context(), abandoned)
	if n := left(); n != 2 {
		t.Errorf("%d of 2 uploads that may be in use are left", n)
	}
	b.sweep(t.Context(), -time.Hour)
	if n := left(); n != 0 {
		t.Errorf("%d uploads are left", n)
	}
	for range b.client.ListObjects(t.Context(), "bucket", minio.ListObjectsOptions{Recursive: true}) {
		t.Error("half an object is there")
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		dest, endpoint string
		prefix, at     string // "" for an error
	}{
		{"s3://b", "", "", "https://s3.amazonaws.com"},
		{"s3://b/", "http://localhost:9000", "", "http://localhost:9000"},
		{"s3://b/a/c/", "https://host/", "a/c/", "https://host"},
		{"s3://", "", "", ""},
		{"s3:///x", "", "", ""},
		{"s3://b/../c", "", "", ""},
		{"s3://b//c", "", "", ""},
		{"oci://b/c", "", "", ""},
		{"s3://b/c", "host:9000", "", ""},
		{"s3://b/c", "ftp://host", "", ""},
		{"s3://b/c", "http://host/path", "", ""},
	} {
		b, err := newBucket(c.dest, func(name string) (string, bool) {
			if name == "AWS_ENDPOINT_URL" && c.endpoint != "" {
				return c.endpoint, true
			}
			return "", false
		})
		if c.at == "" {
			if err == nil {
				t.Errorf("%s at %q: no error", c.dest, c.endpoint)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s at %q: %v", c.dest, c.endpoint, err)
			continue
		}
		want, _ := url.Parse(c.at)
		if got := b.client.EndpointURL(); b.prefix != c.prefix || got.Host != want.Host || got.Scheme != want.Scheme {
			t.Errorf("%s at %q: %q at %s", c.dest, c.endpoint, b.prefix, got)
		}
	}
}

func TestNoBucket(t *testing.T) {
	storetest.S3(t)
	if _, err := Open(t.Context(), "s3://absent/x"); err == nil || !bytes.Contains([]byte(err.Error()), []byte("there is no bucket absent at http://127.0.0.1")) {
		t.Error(err)
	}
}
