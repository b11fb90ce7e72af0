package debuginfod

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Kind is what can be asked for.
type Kind string

// The kinds.
const (
	Debuginfo  Kind = "debuginfo"  // the file with the debugging information
	Executable Kind = "executable" // the file that is loaded
)

// A Client asks servers. Its fields do not change while it is used.
type Client struct {
	URLs  []string
	Cache string // directory

	Timeout time.Duration // in which a server has to send something
	MaxTime time.Duration // for a whole file; 0 is no limit
	MaxSize int64         // of a file in bytes; 0 is no limit
	Retries int           // how often a server is asked again that does not answer
	Headers http.Header   // of all requests
	HTTP    *http.Client  // nil for one that also reads file://

	// Agent is how the client calls itself.
	Agent string
}

const (
	defaultTimeout = 90 * time.Second
	defaultRetries = 2
	// missFor is for how long elfutils does not ask again for what no server had (the file cache_miss_s).
	missFor = 600 * time.Second
)

// FromEnv makes a client of the environment, as elfutils does. The error is about a variable.
func FromEnv(getenv func(string) string) (*Client, error) {
	c := &Client{Timeout: defaultTimeout, Retries: defaultRetries, Headers: make(http.Header)}
	for _, word := range strings.Fields(getenv("DEBUGINFOD_URLS")) {
		// ima:enforcing and the like are about signatures of packages, which are no matter here.
		if strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "file://") {
			c.URLs = append(c.URLs, strings.TrimSuffix(word, "/"))
		}
	}
	for _, v := range []struct {
		name string
		set  func(n int64)
	}{
		{"DEBUGINFOD_TIMEOUT", func(n int64) { c.Timeout = time.Duration(n) * time.Second }},
		{"DEBUGINFOD_MAXTIME", func(n int64) { c.MaxTime = time.Duration(n) * time.Second }},
		{"DEBUGINFOD_MAXSIZE", func(n int64) { c.MaxSize = n }},
		{"DEBUGINFOD_RETRY_LIMIT", func(n int64) { c.Retries = int(min(n, 100)) }},
	} {
		text := getenv(v.name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || n > 1<<50 {
			return nil, fmt.Errorf("%s is '%s', and no number", v.name, text)
		}
		v.set(n)
	}
	var err error
	if c.Cache, err = cachePath(getenv); err != nil {
		return nil, err
	}
	if name := getenv("DEBUGINFOD_HEADERS_FILE"); name != "" {
		if err := c.readHeaders(name); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// cachePath is where elfutils has its cache.
func cachePath(getenv func(string) string) (string, error) {
	if dir := getenv("DEBUGINFOD_CACHE_PATH"); dir != "" {
		return dir, nil
	}
	home := getenv("HOME")
	if old := filepath.Join(home, ".debuginfod_client_cache"); home != "" {
		if _, err := os.Stat(old); err == nil {
			return old, nil
		}
	}
	if cache := getenv("XDG_CACHE_HOME"); cache != "" {
		return filepath.Join(cache, "debuginfod_client"), nil
	}
	if home == "" {
		return "", errors.New("there is neither DEBUGINFOD_CACHE_PATH nor HOME: files of debuginfod have no place")
	}
	return filepath.Join(home, ".cache/debuginfod_client"), nil
}

// readHeaders reads lines "Name: value".
func (c *Client) readHeaders(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("DEBUGINFOD_HEADERS_FILE: %w", err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		key, value, ok := strings.Cut(lines.Text(), ":")
		if key = strings.TrimSpace(key); ok && key != "" && !strings.ContainsAny(key, " \t") {
			c.Headers.Add(key, strings.TrimSpace(value))
		}
	}
	return nil
}

// A NotFoundError says that nobody has a file.
type NotFoundError struct {
	BuildID string
	Kind    Kind
	URLs    []string // that were asked
	Errs    []error  // of those that did not answer
}

func (e *NotFoundError) Error() string {
	switch {
	case len(e.Errs) > 0:
		return fmt.Sprintf("build ID %s: no %s: %v", e.BuildID, e.Kind, errors.Join(e.Errs...))
	case len(e.URLs) == 0:
		return fmt.Sprintf("build ID %s: no %s in the cache, and DEBUGINFOD_URLS names no server", e.BuildID, e.Kind)
	}
	return fmt.Sprintf("build ID %s: no %s at %s", e.BuildID, e.Kind, strings.Join(e.URLs, " "))
}

// Unwrap returns fs.ErrNotExist if all servers said that they do not have it.
func (e *NotFoundError) Unwrap() error {
	return cmp.Or(errors.Join(e.Errs...), fs.ErrNotExist)
}
