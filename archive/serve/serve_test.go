package serve_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gopahole/gopahole/archive"
	"github.com/gopahole/gopahole/archive/catalog"
	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/serve"
	"github.com/gopahole/gopahole/archive/source"
	"github.com/gopahole/gopahole/archive/store"
)

const (
	release  = "6.12.0-example" // of the kernel in testdata/guide
	kernelID = "00112233445566778899aabbccddeeff00112233"
	moduleID = "ff112233445566778899aabbccddeeff00112233"
)

// makeArchive makes an archive of the kernel and the modules of the guide, with build IDs.
func makeArchive(t *testing.T, layout archive.Layout, distribution string) store.Store {
	t.Helper()
	tree := t.TempDir()
	for name, from := range map[string]string{"vmlinux-" + release: "vmlinux-6.12", "driver.ko": "driver.ko", "keeps.ko": "keeps.ko"} {
		data, err := os.ReadFile("../../testdata/guide/" + from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "archive"))
	if err != nil {
		t.Fatal(err)
	}
	add(t, st, tree, layout, distribution)
	for l, err := range index.List(t.Context(), st) { // the files of the guide have no build IDs
		if err != nil || l.Err != nil {
			t.Fatal(err, l.Err)
		}
		for i := range l.Record.Entries {
			l.Record.Entries[i].BuildID = map[string]string{"": kernelID, "driver": moduleID}[l.Record.Entries[i].Module]
		}
		data, err := l.Record.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Put(t.Context(), l.Key, int64(len(data)), bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

func add(t *testing.T, st store.Store, tree string, layout archive.Layout, distribution string) {
	t.Helper()
	inputs, err := source.List([]string{tree})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := archive.Run(t.Context(), st, inputs, archive.Options{Layout: layout, Modules: true, Distill: true, Distribution: distribution,
		Jobs: 1, Memory: 256 << 20, Encoder: "gopahole test", Spool: source.Spool{Memory: 1 << 20}})
	if err != nil || sum.Failed > 0 {
		t.Fatalf("%+v, %v", sum, err)
	}
}

// items are what an archive has, by "vmlinux" and the names of modules.
func items(t *testing.T, st store.Store) map[string]catalog.Item {
	t.Helper()
	all, broken, err := catalog.New(st).All(t.Context())
	if err != nil || broken != nil {
		t.Fatal(broken, err)
	}
	found := make(map[string]catalog.Item)
	for _, it := range all {
		name := it.Entry.Module
		if name == "" {
			name = "vmlinux"
		}
		found[name] = it
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, []string{"driver", "keeps", "vmlinux"}) {
		t.Fatalf("the archive has %v", got)
	}
	return found
}

func TestServe(t *testing.T) {
	for _, layout := range []archive.Layout{archive.BTFHub, archive.CAS} {
		t.Run(string(layout), func(t *testing.T) {
			st := makeArchive(t, layout, "debian/13")
			has := items(t, st)
			s := httptest.NewServer(serve.New(st, serve.Options{Report: func(what string, err error) { t.Errorf("%s: %v", what, err) }}))
			defer s.Close()
			for path, want := range map[string]string{
				"/release/" + release + "/vmlinux.btf":                      has["vmlinux"].Entry.Digest,
				"/release/" + release + "/driver.btf":                       has["driver"].Entry.Digest,
				"/release/" + release + "/driver.btf.base":                  has["driver"].Entry.DistilledBase,
				"/release/" + release + "/keeps.btf?distribution=debian/13": has["keeps"].Entry.Digest,
				"/release/" + release + "/vmlinux.btf?architecture=x86_64":  has["vmlinux"].Entry.Digest,
				"/release/" + release + "/vmlinux.btf?architecture=arm64":   "404",
				"/release/" + release + "/vmlinux.btf.base":                 "404",
				"/release/" + release + "/vmlinux":                          "404",
				"/release/6.13/vmlinux.btf":                                 "404",
				"/release/" + release + "/none.btf":                         "404",
				"/buildid/" + kernelID + "/section/.BTF":                    has["vmlinux"].Entry.Digest,
				"/buildid/" + strings.ToUpper(moduleID) + "/section/.BTF":   has["driver"].Entry.Digest,
				"/buildid/" + moduleID + "/section/.BTF.base":               has["driver"].Entry.DistilledBase,
				"/buildid/" + moduleID + "/section/.text":                   "404",
				"/buildid/" + moduleID[:38] + "/section/.BTF":               "404",
				"/buildid/../section/.BTF":                                  "404",
				"/sha256/" + has["keeps"].Entry.Digest:                      has["keeps"].Entry.Digest,
				"/sha256/" + strings.Repeat("0", 64):                        "404",
				"/object/index/../../../etc/passwd":                         "404",
				"/object/..%2f..%2f..%2fetc%2fpasswd":                       "404",
				"/object/nothing":                                           "404",
				"/etc/passwd":                                               "404",
			} {
				status, header, body := get(t, s.URL+path)
				if want == "404" {
					if status != http.StatusNotFound || header.Get("ETag") != "" {
						t.Errorf("%s: %d, ETag %q", path, status, header.Get("ETag"))
					}
					continue
				}
				if got := fmt.Sprintf("%x", sha256.Sum256(body)); status != http.StatusOK || got != want || header.Get("ETag") != `"`+want+`"` {
					t.Errorf("%s: %d, %d bytes with digest %s, want %s, ETag %s", path, status, len(body), got, want, header.Get("ETag"))
				}
			}

			// A range, the same again, and an object as it is.
			whole := s.URL + "/release/" + release + "/vmlinux.btf"
			_, header, body := get(t, whole)
			if status, _, part := get(t, whole, "Range", "bytes=10-19"); status != http.StatusPartialContent || !bytes.Equal(part, body[10:20]) {
				t.Errorf("a range: %d, % x", status, part)
			}
			if status, _, _ := get(t, whole, "Range", "bytes=99999999-"); status != http.StatusRequestedRangeNotSatisfiable {
				t.Errorf("a range behind the end: %d", status)
			}
			if status, _, none := get(t, whole, "If-None-Match", header.Get("ETag")); status != http.StatusNotModified || len(none) > 0 {
				t.Errorf("the same again: %d", status)
			}
			key := has["vmlinux"].Entry.Object
			in, _, err := st.Get(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			want, err := io.ReadAll(in)
			in.Close()
			if status, _, object := get(t, s.URL+"/object/"+key); err != nil || status != http.StatusOK || !bytes.Equal(object, want) {
				t.Errorf("an object: %d, %d bytes, want %d, %v", status, len(object), len(want), err)
			}
			if status, _, part := get(t, s.URL+"/object/"+key, "Range", "bytes=-7"); status != http.StatusPartialContent || !bytes.Equal(part, want[len(want)-7:]) {
				t.Errorf("the end of an object: %d, % x", status, part)
			}
			if status, _, list := get(t, s.URL+"/index.jsonl"); status != http.StatusOK || bytes.Count(list, []byte("\n")) != 3 || !bytes.Contains(list, []byte(`"build_id":"`+kernelID)) {
				t.Errorf("the index: %d\n%s", status, list)
			}
			if res, err := http.Post(whole, "text/plain", nil); err != nil || res.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("POST: %v, %v", res, err)
			}
		})
	}
}

func get(t *testing.T, url string, header ...string) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, body
}

// TestSeveral: kernels of one name in two distributions, and an archive that grows while it is served.
func TestSeveral(t *testing.T) {
	st := makeArchive(t, archive.CAS, "debian/13")
	s := httptest.NewServer(serve.New(st, serve.Options{}))
	defer s.Close()
	c := &serve.Client{URL: s.URL}
	first, err := c.Get(t.Context(), catalog.Query{Release: release}, catalog.BTF)
	if err != nil {
		t.Fatal(err)
	}
	// The same kernel in another package is no other kernel. One with other contents is.
	rec := &index.Record{Package: index.Package{Schema: index.Schema, Name: "another", Version: "1", Layout: "cas", Distribution: "ubuntu/24.04", Status: index.Done, Identity: "abc"}}
	other := []byte("other BTF")
	digest := fmt.Sprintf("%x", sha256.Sum256(other))
	rec.Entries = []index.Entry{{Kind: "vmlinux", Path: "vmlinux", Release: release, Architecture: "x86_64", Status: index.Done, Digest: digest, Size: len(other), Object: "o.btf.zst"}}
	data, err := rec.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Put(t.Context(), rec.Package.Key(), int64(len(data)), bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	s2 := httptest.NewServer(serve.New(st, serve.Options{}))
	defer s2.Close()
	c = &serve.Client{URL: s2.URL}
	several := (*catalog.AmbiguousError)(nil)
	if _, err := c.Get(t.Context(), catalog.Query{Release: release}, catalog.BTF); !errors.As(err, &several) || len(several.Items) != 2 || !strings.Contains(err.Error(), "ubuntu/24.04 another 1") {
		t.Errorf("%v", err)
	}
	if got, err := c.Get(t.Context(), catalog.Query{Release: release, Distribution: "debian/13"}, catalog.BTF); err != nil || !bytes.Equal(got, first) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	// Its object is not there, which is another thing than that nobody has heard of it.
	c.Attempts = 1
	if _, err := c.Get(t.Context(), catalog.Query{Release: release, Package: "another"}, catalog.BTF); !errors.As(err, new(*serve.StatusError)) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// TestDamaged: what the archive has under a digest is something else.
func TestDamaged(t *testing.T) {
	st := makeArchive(t, archive.CAS, "")
	has := items(t, st)
	in, info, err := st.Get(t.Context(), has["keeps"].Entry.Object)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := st.Put(t.Context(), has["driver"].Entry.Object, info.Size, in); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var reported []string
	s := httptest.NewServer(serve.New(st, serve.Options{Report: func(what string, err error) {
		mu.Lock()
		defer mu.Unlock()
		reported = append(reported, what+": "+err.Error())
	}}))
	defer s.Close()
	path := "/release/" + release + "/driver.btf"
	if status, header, body := get(t, s.URL+path); status != http.StatusBadGateway || header.Get("Repr-Digest") != "" || !strings.Contains(string(body), "damaged") {
		t.Errorf("%d: %s", status, body)
	}
	if len(reported) != 1 || !strings.Contains(reported[0], path) {
		t.Errorf("reported %q", reported)
	}
	if _, err := catalog.New(st).Read(t.Context(), has["driver"], catalog.BTF); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("%v", err)
	}
}

// TestGone: what the index tells of and the store does not have is damage, and not something that the archive has not.
func TestGone(t *testing.T) {
	for _, layout := range []archive.Layout{archive.CAS, archive.BTFHub} {
		st := makeArchive(t, layout, "debian/13")
		has := items(t, st)
		if err := st.Delete(t.Context(), has["vmlinux"].Entry.Object); err != nil {
			t.Fatal(err)
		}
		s := httptest.NewServer(serve.New(st, serve.Options{}))
		defer s.Close()
		if status, _, body := get(t, s.URL+"/release/"+release+"/vmlinux.btf"); status != http.StatusBadGateway || !strings.Contains(string(body), "damaged") {
			t.Errorf("%s: %d: %s", layout, status, body)
		}
		_, err := catalog.New(st).Read(t.Context(), has["vmlinux"], catalog.BTF)
		if !errors.Is(err, store.ErrDamaged) || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), has["vmlinux"].Entry.Object) {
			t.Errorf("%s: %v", layout, err)
		}
	}
}

// TestBrokenRecord: what is not found may be in a record that cannot be read.
func TestBrokenRecord(t *testing.T) {
	st := makeArchive(t, archive.CAS, "")
	if err := st.Put(t.Context(), index.Prefix+"other.jsonl", 1, strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(serve.New(st, serve.Options{}))
	defer s.Close()
	for path, want := range map[string]int{"/release/" + release + "/vmlinux.btf": http.StatusOK, "/release/6.1/vmlinux.btf": http.StatusBadGateway} {
		if status, _, body := get(t, s.URL+path); status != want {
			t.Errorf("%s: %d: %s", path, status, body)
		}
	}
}

// slowWriter is a client that does not read before it may.
type slowWriter struct {
	*httptest.ResponseRecorder
	begun, may chan struct{}
}

func (w *slowWriter) Write(p []byte) (int, error) {
	close(w.begun)
	<-w.may
	return w.ResponseRecorder.Write(p)
}

// TestBusy: clients that do not read what they asked for do not fill the memory.
func TestBusy(t *testing.T) {
	h := serve.New(makeArchive(t, archive.CAS, ""), serve.Options{Memory: 1})
	ask := func(w http.ResponseWriter) {
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/release/"+release+"/vmlinux.btf", nil))
	}
	slow := &slowWriter{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	var wg sync.WaitGroup
	wg.Go(func() { ask(slow) })
	<-slow.begun
	second := httptest.NewRecorder()
	ask(second)
	close(slow.may)
	wg.Wait()
	third := httptest.NewRecorder()
	ask(third)
	if slow.Code != http.StatusOK || second.Code != http.StatusServiceUnavailable || second.Header().Get("Retry-After") == "" || third.Code != http.StatusOK {
		t.Errorf("%d, %d, %d", slow.Code, second.Code, third.Code)
	}
}

// TestStall: a server that says nothing more is left.
func TestStall(t *testing.T) {
	for name, first := range map[string]string{"at once": "", "in the middle": "hello"} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if first != "" {
				_, _ = io.WriteString(w, first)
				w.(http.Flusher).Flush()
			}
			<-r.Context().Done()
		}))
		_, err := (&serve.Client{URL: s.URL, Attempts: 2, Wait: time.Millisecond, Stall: 20 * time.Millisecond}).Get(t.Context(), catalog.Query{Release: "6.1"}, catalog.BTF)
		if err == nil || !strings.Contains(err.Error(), "nothing came from the server for 20ms (asked 2 times)") {
			t.Errorf("%s: %v", name, err)
		}
		s.Close()
	}
}

// TestClient: what servers do to clients.
func TestClient(t *testing.T) {
	const digest = "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:" // of "hello"
	for name, tc := range map[string]struct {
		answer func(n int, w http.ResponseWriter)
		want   string // of the error; "" for none
		asked  int
	}{
		"well": {func(_ int, w http.ResponseWriter) {
			w.Header().Set("Repr-Digest", digest)
			_, _ = io.WriteString(w, "hello")
		}, "", 1},
		"at the third time": {func(n int, w http.ResponseWriter) {
			if n < 3 {
				http.Error(w, "busy", http.StatusServiceUnavailable)
				return
			}
			w.Header().Set("Repr-Digest", digest)
			_, _ = io.WriteString(w, "hello")
		}, "", 3},
		"never": {func(_ int, w http.ResponseWriter) { http.Error(w, "busy", http.StatusServiceUnavailable) },
			"the server says 503 Service Unavailable: busy (asked 3 times)", 3},
		"not there": {func(_ int, w http.ResponseWriter) { http.Error(w, "nothing", http.StatusNotFound) }, "file does not exist", 1},
		"not asked for": {func(_ int, w http.ResponseWriter) { http.Error(w, "who are you", http.StatusForbidden) },
			"the server says 403 Forbidden: who are you", 1},
		"other bytes": {func(_ int, w http.ResponseWriter) {
			w.Header().Set("Repr-Digest", digest)
			_, _ = io.WriteString(w, "jello")
		}, "another SHA-256", 3},
		"cut off": {func(_ int, w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("Repr-Digest", digest)
			_, _ = io.WriteString(w, "hello")
		}, "unexpected EOF", 3},
		"another server":    {func(_ int, w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>") }, "this is no server of an archive", 3},
		"too large":         {func(_ int, w http.ResponseWriter) { w.Header().Set("Content-Length", "99999999999") }, "no BTF of a kernel", 1},
		"a list of nothing": {func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusMultipleChoices) }, "not which", 1},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++; tc.answer(asked, w) }))
			defer s.Close()
			c := &serve.Client{URL: s.URL + "/", Attempts: 3, Wait: time.Millisecond}
			data, err := c.Get(t.Context(), catalog.Query{Release: "6.1"}, catalog.BTF)
			switch {
			case tc.want == "" && (err != nil || string(data) != "hello"):
				t.Errorf("%q, %v", data, err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("%v, want %s", err, tc.want)
			}
			if asked != tc.asked {
				t.Errorf("asked %d times, want %d", asked, tc.asked)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&serve.Client{URL: "http://127.0.0.1:1"}).Get(ctx, catalog.Query{Release: "6.1"}, catalog.BTF); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
