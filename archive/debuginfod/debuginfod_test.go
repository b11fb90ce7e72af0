package debuginfod

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
)

// withBuildID returns a file that has a build ID, and that.
func withBuildID(t *testing.T) (data []byte, id string) {
	t.Helper()
	const name = "../../testdata/dwarf/debuglink-build-id.o.debug"
	f, err := elffile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if data, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	return data, debugfile.BuildID(f)
}

func TestFind(t *testing.T) {
	data, id := withBuildID(t)
	other := strings.Repeat("ab", 20)
	var asked []string
	mode := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path+" "+r.Header.Get("X-Test")+" "+r.Header.Get("X-Debuginfod-Maxsize"))
		switch {
		case mode == "down" || mode == "once" && len(asked) == 1:
			http.Error(w, "down", http.StatusServiceUnavailable)
		case mode == "cut":
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write(data[:100])
		case mode == "stall":
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case mode == "html":
			_, _ = w.Write([]byte("<html>please log in</html>"))
		case strings.Contains(r.URL.Path, other) && mode != "wrong":
			http.NotFound(w, r)
		default:
			_, _ = w.Write(data)
		}
	}))
	defer s.Close()

	for _, tc := range []struct {
		name, id, mode string
		set            func(c *Client)
		want           string // of the error; "" for none
		asked          int
	}{
		{name: "there", id: id, asked: 1},
		{name: "there, in capital letters", id: strings.ToUpper(id), asked: 1},
		{name: "at the second time", id: id, mode: "once", asked: 2},
		{name: "not there", id: other, want: "no debuginfo at " + s.URL, asked: 1},
		{name: "down", id: id, mode: "down", want: "503 Service Unavailable", asked: 3},
		{name: "cut off", id: id, mode: "cut", want: "unexpected EOF", asked: 3},
		{name: "stalls", id: id, mode: "stall", set: func(c *Client) { c.Timeout, c.Retries = 50*time.Millisecond, 0 }, want: "DEBUGINFOD_TIMEOUT", asked: 1},
		{name: "too long", id: id, mode: "stall", set: func(c *Client) { c.MaxTime, c.Retries = 50*time.Millisecond, 0 }, want: "DEBUGINFOD_MAXTIME", asked: 1},
		{name: "too large", id: id, set: func(c *Client) { c.MaxSize = 100 }, want: "DEBUGINFOD_MAXSIZE", asked: 1},
		{name: "another file", id: other, mode: "wrong", want: "what came has the build ID '" + id + "'", asked: 1},
		{name: "no file", id: id, mode: "html", want: "what came is no ELF file", asked: 1},
		{name: "no server", id: id, set: func(c *Client) { c.URLs = nil }, want: "DEBUGINFOD_URLS names no server", asked: 0},
		{name: "no build ID", id: "../../etc/passwd", want: "'../../etc/passwd' is no build ID", asked: 0},
		{name: "a server that is not there goes first", id: id, set: func(c *Client) { c.URLs, c.Retries = []string{"http://127.0.0.1:1", s.URL}, 0 }, asked: 1},
		{name: "a cache that cannot be written", id: id, set: func(c *Client) { c.Cache = "/dev/null/x" }, want: "not a directory", asked: 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			asked, mode = nil, tc.mode
			c := &Client{URLs: []string{s.URL}, Cache: t.TempDir(), Timeout: time.Minute, Retries: 2, Headers: http.Header{"X-Test": {"yes"}}}
			if tc.set != nil {
				tc.set(c)
			}
			path, err := c.Find(t.Context(), tc.id, Debuginfo)
			if len(asked) != tc.asked {
				t.Errorf("asked %q, want %d times", asked, tc.asked)
			}
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("%v, want %s", err, tc.want)
				}
				left, _ := filepath.Glob(filepath.Join(c.Cache, "*", ".*"))
				if left != nil {
					t.Errorf("left %q", left)
				}
				return
			}
			if err != nil || path != filepath.Join(c.Cache, id, "debuginfo") {
				t.Fatalf("%s, %v", path, err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != string(data) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			if !strings.HasPrefix(asked[0], "GET /buildid/"+id+"/debuginfo yes") {
				t.Errorf("asked %q", asked)
			}
			// The second time nobody is asked.
			n := len(asked)
			if again, err := c.Find(t.Context(), tc.id, Debuginfo); again != path || err != nil || len(asked) != n {
				t.Errorf("again: %s, %v, asked %q", again, err, asked[n:])
			}
		})
	}

	// What no server has is not asked for again for a while; and what a server could not say is.
	asked, mode = nil, ""
	c := &Client{URLs: []string{s.URL}, Cache: t.TempDir(), Timeout: time.Minute}
	for range 2 {
		if _, err := c.Find(t.Context(), other, Debuginfo); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("not there: %v", err)
		}
	}
	if len(asked) != 1 {
		t.Errorf("asked %q", asked)
	}
	if err := os.Chtimes(filepath.Join(c.Cache, other, "debuginfo"), time.Now(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Find(t.Context(), other, Debuginfo); !errors.Is(err, fs.ErrNotExist) || len(asked) != 2 {
		t.Errorf("an hour later: %v, asked %q", err, asked)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Find(ctx, id, Debuginfo); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestFromEnv(t *testing.T) {
	home := t.TempDir()
	headers := filepath.Join(home, "headers")
	if err := os.WriteFile(headers, []byte("Authorization: Bearer x\nnonsense\nbad name: y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{
		"DEBUGINFOD_URLS": " https://a.example/  ima:enforcing\nhttp://b.example", "HOME": home, "DEBUGINFOD_TIMEOUT": "7",
		"DEBUGINFOD_MAXSIZE": "1000", "DEBUGINFOD_RETRY_LIMIT": "0", "DEBUGINFOD_HEADERS_FILE": headers,
	}
	getenv := func(name string) string { return vars[name] }
	c, err := FromEnv(getenv)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(c.URLs, " ") != "https://a.example http://b.example" || c.Cache != filepath.Join(home, ".cache/debuginfod_client") ||
		c.Timeout != 7*time.Second || c.MaxTime != 0 || c.MaxSize != 1000 || c.Retries != 0 || len(c.Headers) != 1 || c.Headers.Get("Authorization") != "Bearer x" {
		t.Errorf("%+v", c)
	}
	vars["XDG_CACHE_HOME"] = "/xdg"
	if c, err := FromEnv(getenv); err != nil || c.Cache != "/xdg/debuginfod_client" {
		t.Errorf("%+v, %v", c, err)
	}
	if err := os.Mkdir(filepath.Join(home, ".debuginfod_client_cache"), 0o700); err != nil {
		t.Fatal(err)
	}
	if c, err := FromEnv(getenv); err != nil || c.Cache != filepath.Join(home, ".debuginfod_client_cache") {
		t.Errorf("%+v, %v", c, err)
	}
	vars["DEBUGINFOD_CACHE_PATH"] = "/mine"
	if c, err := FromEnv(getenv); err != nil || c.Cache != "/mine" {
		t.Errorf("%+v, %v", c, err)
	}
	vars["DEBUGINFOD_MAXTIME"] = "long"
	if _, err := FromEnv(getenv); err == nil || !strings.Contains(err.Error(), "DEBUGINFOD_MAXTIME is 'long'") {
		t.Errorf("%v", err)
	}
}

// TestFileURL: a directory may be a server, as for elfutils.
func TestFileURL(t *testing.T) {
	data, id := withBuildID(t)
	dir := t.TempDir()
	place := filepath.Join(dir, "buildid", id)
	if err := errors.Join(os.MkdirAll(place, 0o755), os.WriteFile(filepath.Join(place, "debuginfo"), data, 0o644)); err != nil {
		t.Fatal(err)
	}
	c, err := FromEnv(func(name string) string {
		return map[string]string{"DEBUGINFOD_URLS": "file://" + dir, "DEBUGINFOD_CACHE_PATH": t.TempDir()}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	path, err := c.Find(t.Context(), id, Debuginfo)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := c.Find(t.Context(), strings.Repeat("ab", 20), Debuginfo); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// TestMaxSize: a file of just the size that is allowed is allowed, whether the server says its size or not.
func TestMaxSize(t *testing.T) {
	data, id := withBuildID(t)
	for _, chunked := range []bool{false, true} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if chunked {
				w.(http.Flusher).Flush()
			}
			_, _ = w.Write(data)
		}))
		for _, less := range []int64{0, 1} {
			c := &Client{URLs: []string{s.URL}, Cache: t.TempDir(), Timeout: time.Minute, MaxSize: int64(len(data)) - less}
			if _, err := c.Find(t.Context(), id, Debuginfo); (err == nil) != (less == 0) || err != nil && !strings.Contains(err.Error(), "DEBUGINFOD_MAXSIZE") {
				t.Errorf("chunked %v, %d bytes less: %v", chunked, less, err)
			}
		}
		s.Close()
	}
}
