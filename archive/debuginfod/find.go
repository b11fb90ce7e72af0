package debuginfod

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gopahole/gopahole/archive/internal/stall"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/debugfile"
)

// A BuildIDError says that a text is no build ID.
type BuildIDError struct{ Text string }

func (e *BuildIDError) Error() string {
	return fmt.Sprintf("'%.80s' is no build ID: an even number of hexadecimal digits, 16 at least", e.Text)
}

// CheckBuildID returns a build ID as servers want it. The error is a *BuildIDError.
func CheckBuildID(text string) (string, error) {
	id := strings.ToLower(text)
	if b, err := hex.DecodeString(id); err != nil || len(b) < 8 || len(b) > 64 {
		return "", &BuildIDError{text}
	}
	return id, nil
}

// Find returns the path of a file: that in the cache, after asking the servers if it is not there. The error is a
// *BuildIDError, a *NotFoundError, or about the cache.
func (c *Client) Find(ctx context.Context, buildID string, kind Kind) (string, error) {
	id, err := CheckBuildID(buildID)
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.Cache, id, string(kind))
	info, err := os.Stat(path)
	switch {
	case err == nil && info.Size() > 0:
		now := time.Now()
		_ = os.Chtimes(path, now, info.ModTime()) // elfutils removes what nobody has read for a week
		return path, nil
	case err == nil && time.Since(info.ModTime()) < missFor && len(c.URLs) > 0:
		// An empty file says that no server had it a moment ago.
		return "", &NotFoundError{BuildID: id, Kind: kind, URLs: c.URLs}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	notFound := &NotFoundError{BuildID: id, Kind: kind, URLs: c.URLs}
	for _, url := range c.URLs {
		err := c.fetch(ctx, url+"/buildid/"+id+"/"+string(kind), id, path)
		switch {
		case err == nil:
			return path, nil
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case errors.As(err, new(*cacheError)):
			return "", err
		case !errors.Is(err, fs.ErrNotExist):
			notFound.Errs = append(notFound.Errs, fmt.Errorf("%s: %w", url, err))
		}
	}
	if len(c.URLs) > 0 && notFound.Errs == nil {
		c.remember(path)
	}
	return "", notFound
}

// remember notes that no server has a file. Without that nothing is lost but time.
func (c *Client) remember(path string) {
	if os.MkdirAll(filepath.Dir(path), 0o700) == nil {
		if f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o000); err == nil {
			f.Close()
		}
		now := time.Now()
		_ = os.Chtimes(path, now, now)
	}
}

// A cacheError is about the cache, which the next server cannot help with.
type cacheError struct{ err error }

func (e *cacheError) Error() string {
	return fmt.Sprintf("the cache of debuginfod (DEBUGINFOD_CACHE_PATH): %v", e.err)
}
func (e *cacheError) Unwrap() error { return e.err }

// fetch asks one server, several times if it does not answer, and puts the file into the cache.
func (c *Client) fetch(ctx context.Context, url, id, path string) error {
	for i := 0; ; i++ {
		again, err := c.fetchOnce(ctx, url, id, path)
		if err == nil || !again || i >= c.Retries || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(time.Duration(i+1) * 200 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *Client) fetchOnce(ctx context.Context, url, id, path string) (again bool, err error) {
	if c.MaxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, c.MaxTime, fmt.Errorf("longer than %v (DEBUGINFOD_MAXTIME)", c.MaxTime))
		defer cancel()
	}
	ctx, stalled := context.WithCancelCause(ctx)
	defer stalled(nil)
	watch := time.AfterFunc(max(c.Timeout, time.Millisecond), func() {
		stalled(fmt.Errorf("nothing came for %v (DEBUGINFOD_TIMEOUT)", c.Timeout))
	})
	defer watch.Stop()
	cause := func(err error) error {
		if why := context.Cause(ctx); why != nil {
			return why
		}
		return err
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false, err
	}
	for key, values := range c.Headers {
		req.Header[key] = values
	}
	if c.Agent != "" {
		req.Header.Set("User-Agent", c.Agent)
	}
	if c.MaxSize > 0 {
		req.Header.Set("X-DEBUGINFOD-MAXSIZE", strconv.FormatInt(c.MaxSize, 10))
	}
	client := c.HTTP
	if client == nil {
		client = defaultClient()
	}
	res, err := client.Do(req)
	if err != nil {
		return true, cause(err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotFound:
		return false, fs.ErrNotExist
	case res.StatusCode != http.StatusOK:
		return res.StatusCode >= 500, errors.New(res.Status)
	case c.MaxSize > 0 && res.ContentLength > c.MaxSize:
		return false, fmt.Errorf("%d bytes, and %d are the limit (DEBUGINFOD_MAXSIZE)", res.ContentLength, c.MaxSize)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return false, &cacheError{err}
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return false, &cacheError{err}
	}
	defer os.Remove(f.Name()) // unless it has another name by then
	defer f.Close()
	n, err := io.Copy(f, &bounded{Reader: &stall.Reader{Reader: res.Body, Timer: watch, After: c.Timeout}, most: c.MaxSize})
	var place *fs.PathError
	switch {
	case errors.As(err, &place):
		return false, &cacheError{err}
	case err != nil:
		return !errors.Is(err, errTooLarge), cause(err)
	case res.ContentLength >= 0 && n != res.ContentLength:
		return true, io.ErrUnexpectedEOF
	}
	if err := checkFile(f, n, id); err != nil {
		return false, err
	}
	if err := errors.Join(f.Chmod(0o400), f.Close(), os.Rename(f.Name(), path)); err != nil {
		return false, &cacheError{err}
	}
	return false, nil
}

// defaultClient is one that knows file:// as well, as elfutils does.
var defaultClient = sync.OnceValue(func() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.RegisterProtocol("file", http.NewFileTransport(http.Dir("/")))
	return &http.Client{Transport: transport}
})

var errTooLarge = errors.New("more bytes than DEBUGINFOD_MAXSIZE allows")

// bounded is a body that has to end.
type bounded struct {
	io.Reader
	n, most int64 // bytes; most is 0 for no limit
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.n += int64(n); b.most > 0 && b.n > b.most {
		return n, errTooLarge
	}
	return n, err
}

// checkFile returns an error if a file has another build ID than the one that was asked for.
func checkFile(f *os.File, size int64, want string) error {
	elf, err := elffile.New(f.Name(), f, size)
	if err != nil {
		return errors.New("what came is no ELF file")
	}
	defer elf.Close()
	if got := debugfile.BuildID(elf); got != want {
		return fmt.Errorf("what came has the build ID '%s'", got)
	}
	return nil
}
