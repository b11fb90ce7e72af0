package serve

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gopahole/gopahole/archive/catalog"
	"github.com/gopahole/gopahole/archive/index"
	"github.com/gopahole/gopahole/archive/internal/stall"
	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/internal/memory"
)

// A Client asks a server as [New] makes it.
type Client struct {
	URL  string       // of the archive
	HTTP *http.Client // nil for http.DefaultClient

	// Attempts is how often a server is asked that does not answer, or says that it cannot now; 0 is 4. Wait is the time
	// before the second time, which doubles then; 0 is a second.
	Attempts int
	Wait     time.Duration

	// Stall is how long nothing may come; 0 is a minute.
	Stall time.Duration
}

// What is taken for BTF at most, and for a list of kernels, in bytes.
const (
	maxAnswer = 256 << 20
	maxList   = 16 << 20
)

// A StatusError is an answer that is none.
type StatusError struct {
	Status string
	Text   string // the first line of what came with it
}

func (e *StatusError) Error() string {
	if e.Text == "" {
		return "the server says " + e.Status
	}
	return fmt.Sprintf("the server says %s: %s", e.Status, e.Text)
}

// Get returns the BTF that a query means, after comparing it with its digest. The error wraps fs.ErrNotExist if the archive
// has none, is a *catalog.AmbiguousError if it has several, wraps store.ErrDamaged if what came is not what its digest
// says, or a *StatusError.
func (c *Client) Get(ctx context.Context, q catalog.Query, part catalog.Part) ([]byte, error) {
	path := c.path(q, part)
	attempts, wait := c.Attempts, c.Wait
	if attempts == 0 {
		attempts = 4
	}
	if wait == 0 {
		wait = time.Second
	}
	for i := 1; ; i++ {
		data, again, err := c.get(ctx, path)
		if err == nil || !again || i >= attempts {
			if err != nil && i > 1 {
				err = fmt.Errorf("%w (asked %d times)", err, i)
			}
			return data, err
		}
		select {
		case <-time.After(wait):
			wait *= 2
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (c *Client) path(q catalog.Query, part catalog.Part) string {
	suffix := map[catalog.Part]string{catalog.BTF: "", catalog.Base: ".base"}[part]
	var path string
	switch {
	case q.Digest != "":
		path = "/sha256/" + url.PathEscape(q.Digest)
	case q.BuildID != "":
		path = "/buildid/" + url.PathEscape(q.BuildID) + "/section/.BTF" + suffix
	default:
		name := q.Module
		if name == "" {
			name = "vmlinux"
		}
		path = "/release/" + url.PathEscape(q.Release) + "/" + url.PathEscape(name) + ".btf" + suffix
	}
	params := url.Values{}
	for key, value := range map[string]string{"architecture": q.Architecture, "distribution": q.Distribution, "package": q.Package} {
		if value != "" {
			params.Set(key, value)
		}
	}
	if len(params) > 0 {
		path += "?" + params.Encode()
	}
	return strings.TrimSuffix(c.URL, "/") + path
}

// get asks once. again says that it may help to ask once more.
func (c *Client) get(ctx context.Context, address string) (data []byte, again bool, err error) {
	outer, patience := ctx, cmp.Or(c.Stall, time.Minute)
	ctx, stalled := context.WithCancelCause(ctx)
	defer stalled(nil)
	watch := time.AfterFunc(patience, func() { stalled(fmt.Errorf("nothing came from the server for %v", patience)) })
	defer watch.Stop()
	defer func() { // the reason, and not that something was canceled
		if err != nil && outer.Err() == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, false, err
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, outer.Err() == nil, err
	}
	defer res.Body.Close()
	body := io.LimitReader(&stall.Reader{Reader: res.Body, Timer: watch, After: patience}, maxAnswer+1)
	switch {
	case res.StatusCode == http.StatusMultipleChoices:
		items, err := readLines(io.LimitReader(body, maxList))
		if err != nil {
			return nil, false, err
		}
		return nil, false, &catalog.AmbiguousError{Items: items}
	case res.StatusCode != http.StatusOK:
		text, _ := bufio.NewReader(io.LimitReader(body, 1000)).ReadString('\n')
		err := error(&StatusError{res.Status, strings.TrimSpace(text)})
		if res.StatusCode == http.StatusNotFound {
			err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
		}
		return nil, res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests, err
	}
	if res.ContentLength > maxAnswer {
		return nil, false, fmt.Errorf("%d bytes, which is no BTF of a kernel", res.ContentLength)
	}
	if res.ContentLength > 0 {
		if err := memory.Need(uint64(res.ContentLength), "an answer"); err != nil {
			return nil, false, err
		}
	}
	if data, err = io.ReadAll(body); err != nil {
		return nil, outer.Err() == nil, err
	}
	if len(data) > maxAnswer {
		return nil, false, errors.New("more bytes than BTF of a kernel has")
	}
	return data, true, checkDigest(data, res.Header.Get("Repr-Digest"))
}

// checkDigest compares data with the digest that came with them.
func checkDigest(data []byte, header string) error {
	for field := range strings.SplitSeq(header, ",") {
		value, ok := strings.CutPrefix(strings.TrimSpace(field), "sha-256=:")
		if !ok {
			continue
		}
		sum := sha256.Sum256(data)
		if want, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(value, ":")); err != nil || string(want) != string(sum[:]) {
			return fmt.Errorf("what came has another SHA-256 than the server says: %w", store.ErrDamaged)
		}
		return nil
	}
	return errors.New("the answer has no digest (Repr-Digest with sha-256): this is no server of an archive")
}

// readLines reads what [New] answers where there are several.
func readLines(r io.Reader) ([]catalog.Item, error) {
	var items []catalog.Item
	for dec := json.NewDecoder(r); ; {
		l := line{Entry: new(index.Entry)}
		switch err := dec.Decode(&l); {
		case err == io.EOF:
			if items == nil {
				return nil, errors.New("the server says that there are several, and not which")
			}
			return items, nil
		case err != nil:
			return nil, fmt.Errorf("a list that cannot be read: %w", err)
		}
		items = append(items, catalog.Item{Package: &index.Package{Name: l.Package, Version: l.Version, Distribution: l.Distribution}, Entry: l.Entry})
	}
}
