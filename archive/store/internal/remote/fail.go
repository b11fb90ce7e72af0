package remote

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
)

// Classify marks an error of a client as [Permanent] if it would be the same the next time. status is that of HTTP, or 0
// if there was no answer.
func Classify(err error, status int) error {
	if err == nil {
		return nil
	}
	switch {
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status == http.StatusConflict,
		status == http.StatusTooEarly, status == http.StatusLocked:
		return err
	case status >= 400 && status < 500, status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported:
		return Permanent(err)
	}
	var noName *net.DNSError
	if errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, &noName) && noName.IsNotFound {
		return Permanent(err)
	}
	return err
}
