package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/remote"
)

// Scheme is what names of such stores begin with.
const Scheme = "s3"

// Open opens s3://BUCKET/PREFIX. The bucket has to be there.
func Open(ctx context.Context, dest string) (store.Store, error) {
	b, err := newBucket(dest, os.LookupEnv)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dest, err)
	}
	patience := remote.DefaultPolicy
	patience.Patience = 20 * time.Second // a name that is wrong should not take long
	if err := patience.Do(ctx, func() error { return b.check(ctx) }); err != nil {
		return nil, fmt.Errorf("%s: %w", dest, err)
	}
	return remote.New(dest, b, remote.DefaultPolicy), nil
}

// newBucket reads the name and the environment.
func newBucket(dest string, env func(string) (string, bool)) (*bucket, error) {
	rest, ok := strings.CutPrefix(dest, Scheme+"://")
	name, prefix, _ := strings.Cut(rest, "/")
	prefix = strings.TrimRight(prefix, "/")
	if !ok || name == "" {
		return nil, errors.New("the name of the store is no s3://BUCKET/PREFIX")
	}
	if prefix != "" {
		if err := store.CheckKey(prefix); err != nil {
			return nil, err
		}
		prefix += "/"
	}
	region := first(env, "AWS_REGION", "AWS_DEFAULT_REGION")
	endpoint := first(env, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
	if endpoint == "" {
		endpoint = "https://s3.amazonaws.com"
	} else if region == "" {
		region = "us-east-1" // as servers of others have it, and not to ask each of them
	}
	at, err := url.Parse(endpoint)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || strings.Trim(at.Path, "/") != "" {
		return nil, fmt.Errorf("AWS_ENDPOINT_URL is %q, and should be http://HOST:PORT or https://HOST:PORT", endpoint)
	}
	transport := remote.NewTransport()
	client, err := minio.New(at.Host, &minio.Options{
		Creds: credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{},
			&credentials.FileAWSCredentials{},
			&credentials.IAM{Client: &http.Client{Transport: transport, Timeout: 10 * time.Second}},
		}),
		Secure:    at.Scheme == "https",
		Transport: transport,
		Region:    region,
		// Another try is remote's to make: the client's own reads the contents again while the one before may still be
		// reading them, and sends something else.
		MaxRetries: 1,
	})
	if err != nil {
		return nil, err
	}
	client.SetAppInfo("gopahole", "archive")
	return &bucket{client: client, core: minio.Core{Client: client}, name: name, prefix: prefix, endpoint: endpoint, partSize: partSize}, nil
}

// first is the value of the first variable that has one.
func first(env func(string) (string, bool), names ...string) string {
	for _, name := range names {
		if value, _ := env(name); value != "" {
			return value
		}
	}
	return ""
}
