package remote

import (
	"context"
	"net"
	"net/http"
	"time"
)

// stall is how long nothing may come or go on a connection.
const stall = time.Minute

// NewTransport returns what requests are sent with: proxies as the environment says, and an end to connections on which
// nothing happens.
func NewTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 20 * time.Second, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       stall / 2,
		TLSHandshakeTimeout:   20 * time.Second,
		ResponseHeaderTimeout: stall,
		DisableCompression:    true, // objects are as they were put
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &stallConn{conn}, nil
		},
	}
}

// A stallConn fails when a read or write takes too long.
type stallConn struct{ net.Conn }

func (c *stallConn) Read(p []byte) (int, error) {
	c.SetReadDeadline(time.Now().Add(stall))
	return c.Conn.Read(p)
}

func (c *stallConn) Write(p []byte) (int, error) {
	c.SetWriteDeadline(time.Now().Add(stall))
	return c.Conn.Write(p)
}
