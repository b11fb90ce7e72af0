package storetest

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"
)

// A Proxy stands before a server and does to answers what networks and busy servers do.
type Proxy struct {
	Address string
	fault   atomic.Pointer[Fault]
	Hits    atomic.Int64 // answers that were changed
}

// A Fault says what happens to a request. It may be nil for nothing.
type Fault func(w http.ResponseWriter, r *http.Request, server http.Handler)

// NewProxy starts one.
func NewProxy(t *testing.T, server string) *Proxy {
	p := &Proxy{}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: server})
		r.Out.Host = r.In.Host // which is signed
	}, ErrorLog: log.New(io.Discard, "", 0)}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := p.fault.Load(); f != nil && *f != nil {
			(*f)(w, r, forward)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(listener.Close)
	p.Address = listener.Listener.Addr().String()
	return p
}

// Set has a fault happen from now on, or nil for none.
func (p *Proxy) Set(f Fault) {
	p.Hits.Store(0)
	p.fault.Store(&f)
}

// Some has a fault happen to the first n requests that it is meant for.
func (p *Proxy) Some(n int64, meant func(*http.Request) bool, f Fault) {
	p.Set(func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		if !meant(r) || p.Hits.Add(1) > n {
			server.ServeHTTP(w, r)
			return
		}
		f(w, r, server)
	})
}

// Status answers with a status alone.
func Status(code int) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(code)
	}
}

// Reset breaks the connection before anything is done.
func Reset(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

// Lost lets the server do what it is asked, and loses the answer.
func Lost(_ http.ResponseWriter, r *http.Request, server http.Handler) {
	server.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// Half breaks the connection after half of the answer.
func Half(w http.ResponseWriter, r *http.Request, server http.Handler) {
	answer := record(r, server)
	send(w, answer, answer.Body.Bytes()[:answer.Body.Len()/2])
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// Flipped changes one bit of the answer.
func Flipped(w http.ResponseWriter, r *http.Request, server http.Handler) {
	answer := record(r, server)
	data := bytes.Clone(answer.Body.Bytes())
	if len(data) > 0 {
		data[len(data)/2] ^= 1
	}
	send(w, answer, data)
}

// Slow sends the answer in ten pieces.
func Slow(w http.ResponseWriter, r *http.Request, server http.Handler) {
	answer := record(r, server)
	send(w, answer, nil)
	for data := answer.Body.Bytes(); len(data) > 0; {
		n := min(answer.Body.Len()/10+1, len(data))
		w.Write(data[:n])
		http.NewResponseController(w).Flush()
		data = data[n:]
		time.Sleep(10 * time.Millisecond)
	}
}

func record(r *http.Request, server http.Handler) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, r)
	return answer
}

// send sends an answer, with some of its body.
func send(w http.ResponseWriter, answer *httptest.ResponseRecorder, body []byte) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(body)
}
