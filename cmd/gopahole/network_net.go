//go:build gopahole_net

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gopahole/gopahole/archive/catalog"
	"github.com/gopahole/gopahole/archive/debuginfod"
	"github.com/gopahole/gopahole/archive/serve"
)

func init() {
	serveArchive = (*command).serveArchive
	getFromServer = (*command).getFromServer
	findDebuginfo = (*command).findDebuginfo
}

// How long clients may take for the head of a request, and to read an answer; and answers that are on their way when the
// program is told to end.
const (
	headTimeout   = 10 * time.Second
	answerTimeout = 5 * time.Minute
	idleTimeout   = 2 * time.Minute
	endTimeout    = 5 * time.Second
)

func (c *command) serveArchive(listen, dest string) error {
	ctx := c.context()
	st, err := c.openArchive(ctx, dest)
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	if !c.quiet {
		if _, err := fmt.Fprintf(c.stdout, "listening on http://%s\n", l.Addr()); err != nil {
			l.Close()
			return stdoutError(err)
		}
	}
	s := &http.Server{
		Handler: serve.New(st, serve.Options{Report: func(what string, err error) { c.warn("%s: %v", what, err) }}),
		// Whoever does not go on asking or reading goes.
		ReadHeaderTimeout: headTimeout, ReadTimeout: answerTimeout, WriteTimeout: answerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: 1 << 16,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	c.watch.grace.Store(int64(endTimeout + grace)) // others are ended with the process before
	ended := make(chan error, 1)
	go func() {
		<-ctx.Done()
		patience, cancel := context.WithTimeout(context.Background(), endTimeout)
		defer cancel()
		err := s.Shutdown(patience)
		if errors.Is(err, context.DeadlineExceeded) {
			c.warn("answers that were not read within %v are cut off", endTimeout)
			err = s.Close()
		}
		ended <- err
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
}

func (c *command) getFromServer(url string, q catalog.Query, part catalog.Part) ([]byte, error) {
	return (&serve.Client{URL: url}).Get(c.context(), q, part)
}

func (c *command) findDebuginfo(buildID string) (string, error) {
	client, err := debuginfod.FromEnv(func(name string) string { value, _ := c.env(name); return value })
	if err != nil {
		return "", err
	}
	client.Agent = program + "/" + ownVersion()
	return client.Find(c.context(), buildID, debuginfod.Debuginfo)
}
