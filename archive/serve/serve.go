package serve

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gopahole/gopahole/archive/catalog"
	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/store"
)

// Options of [New].
type Options struct {
	// Report is told of errors of the store, and what was asked for. It may be nil. Calls may overlap.
	Report func(what string, err error)

	// Memory bounds the answers that are on their way at a time, in bytes; 0 is 512 MiB. Who asks for more gets a 503.
	Memory int64
}

const defaultMemory = 512 << 20

// atOnce is how many answers are made at a time: each has the BTF of a kernel in memory.
const atOnce = 8

type server struct {
	st      store.Store
	catalog *catalog.Catalog
	opts    Options
	slots   chan struct{}
	recent  recent
	sending budget
}

// New returns a handler for an archive.
func New(st store.Store, opts Options) http.Handler {
	s := &server{st: st, catalog: catalog.New(st), opts: opts, slots: make(chan struct{}, atOnce), sending: budget{most: cmp.Or(opts.Memory, defaultMemory)}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.help)
	mux.HandleFunc("GET /index.jsonl", s.index)
	mux.HandleFunc("GET /release/{release}/{name}", s.release)
	mux.HandleFunc("GET /buildid/{id}/section/{section}", s.buildID)
	mux.HandleFunc("GET /sha256/{digest}", s.digest)
	mux.HandleFunc("GET /object/{key...}", s.object)
	return mux
}

const helpText = `An archive of BTF. It has
  /release/RELEASE/vmlinux.btf, /release/RELEASE/MODULE.btf and .btf.base
  /buildid/ID/section/.BTF and .BTF.base
  /sha256/DIGEST
  /index.jsonl, a line for each kernel and module
  /object/KEY, as it is stored
`

func (s *server) help(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, helpText)
}

// query is what the parameters of a request say.
func query(r *http.Request) catalog.Query {
	get := r.URL.Query().Get
	return catalog.Query{Architecture: get("architecture"), Distribution: get("distribution"), Package: get("package")}
}

func (s *server) release(w http.ResponseWriter, r *http.Request) {
	q := query(r)
	q.Release = r.PathValue("release")
	name, part := r.PathValue("name"), catalog.BTF
	if rest, ok := strings.CutSuffix(name, ".base"); ok {
		name, part = rest, catalog.Base
	}
	name, ok := strings.CutSuffix(name, ".btf")
	if !ok {
		http.Error(w, "the name of a module and .btf, or vmlinux.btf", http.StatusNotFound)
		return
	}
	if name != "vmlinux" {
		q.Module = strings.ReplaceAll(name, "-", "_") // as kernels call modules
	}
	s.answer(w, r, q, part)
}

func (s *server) buildID(w http.ResponseWriter, r *http.Request) {
	q := query(r)
	q.BuildID = r.PathValue("id")
	part, ok := map[string]catalog.Part{".BTF": catalog.BTF, ".BTF.base": catalog.Base}[r.PathValue("section")]
	if _, err := hex.DecodeString(q.BuildID); err != nil || !ok {
		http.Error(w, "a build ID in hexadecimal digits, and .BTF or .BTF.base: there is nothing else of files", http.StatusNotFound)
		return
	}
	s.answer(w, r, q, part)
}

func (s *server) digest(w http.ResponseWriter, r *http.Request) {
	q := query(r)
	q.Digest = r.PathValue("digest")
	s.answer(w, r, q, catalog.BTF)
}

// answer sends the BTF that a query means.
func (s *server) answer(w http.ResponseWriter, r *http.Request, q catalog.Query, part catalog.Part) {
	found, err := s.catalog.Find(r.Context(), q)
	switch {
	case err != nil:
		s.fail(w, r, err)
		return
	case len(found) == 0:
		http.Error(w, "not in this archive", http.StatusNotFound)
		return
	}
	it, err := catalog.One(found)
	if err != nil {
		w.Header().Set("Content-Type", jsonLines)
		w.WriteHeader(http.StatusMultipleChoices)
		for _, it := range found {
			writeLine(w, it)
		}
		return
	}
	digest := it.Digest(part)
	if digest == "" {
		http.Error(w, catalog.ErrNoBase.Error(), http.StatusNotFound)
		return
	}
	sum, err := hex.DecodeString(digest)
	if err != nil {
		s.fail(w, r, fmt.Errorf("the index has the digest '%s': %w", digest, store.ErrDamaged))
		return
	}
	h := w.Header()
	h.Set("ETag", `"`+digest+`"`)
	h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":")
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache") // ask whether it is still the same
	if matches(r.Header.Get("If-None-Match"), digest) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	data, err := s.read(r.Context(), it, part)
	busy := err == nil && !s.sending.take(int64(len(data)))
	if err != nil || busy {
		for _, name := range []string{"ETag", "Repr-Digest", "Cache-Control"} {
			h.Del(name)
		}
	}
	switch {
	case busy:
		h.Set("Retry-After", "5")
		http.Error(w, "too many answers are on their way", http.StatusServiceUnavailable)
		return
	case err != nil:
		s.fail(w, r, err)
		return
	}
	defer s.sending.give(int64(len(data)))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// matches reports whether a client has what it asks for.
func matches(header, digest string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == "*" || tag == `"`+digest+`"` {
			return true
		}
	}
	return false
}

// read reads BTF, or has it still from before.
func (s *server) read(ctx context.Context, it catalog.Item, part catalog.Part) ([]byte, error) {
	digest := it.Digest(part)
	if data := s.recent.get(digest); data != nil {
		return data, nil
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	data, err := s.catalog.Read(ctx, it, part)
	if err == nil {
		s.recent.add(digest, data)
	}
	return data, err
}

// object sends an object of the store as it is.
func (s *server) object(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	if store.CheckKey(key) != nil {
		http.NotFound(w, r)
		return
	}
	info, err := s.st.Stat(r.Context(), key)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	o := &object{ctx: r.Context(), st: s.st, key: key, size: info.Size}
	defer o.close()
	http.ServeContent(w, r, path.Base(key), info.Modified, o)
}

const jsonLines = "application/x-ndjson"

// A line is what index.jsonl has of a kernel or module.
type line struct {
	Package      string `json:"package"`
	Version      string `json:"version,omitempty"`
	Distribution string `json:"distribution,omitempty"`
	*index.Entry
}

func writeLine(w io.Writer, it catalog.Item) {
	_ = json.NewEncoder(w).Encode(line{it.Package.Name, it.Package.Version, it.Package.Distribution, it.Entry})
}

func (s *server) index(w http.ResponseWriter, r *http.Request) {
	items, broken, err := s.catalog.All(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, err := range broken {
		s.report("index", err)
	}
	w.Header().Set("Content-Type", jsonLines)
	for _, it := range items {
		writeLine(w, it)
	}
}

// fail answers a request that could not be answered, without what is nobody's business.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		http.Error(w, "not in this archive", http.StatusNotFound)
		return
	}
	if r.Context().Err() == nil {
		s.report(r.URL.Path, err)
	}
	text := "the store of the archive does not answer"
	if errors.Is(err, store.ErrDamaged) {
		text = "the archive is damaged here"
	}
	http.Error(w, text, http.StatusBadGateway)
}

func (s *server) report(what string, err error) {
	if s.opts.Report != nil {
		s.opts.Report(what, err)
	}
}
