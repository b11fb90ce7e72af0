package oci

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"oras.land/oras-go/v2/registry"
	orasremote "oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/remote"
)

// What names of such stores begin with.
const (
	Scheme      = "oci"
	SchemePlain = "oci+http"
)

// Open opens oci://HOST/REPOSITORY or oci+http://HOST/REPOSITORY. The repository need not be there yet.
func Open(ctx context.Context, dest string) (store.Store, error) {
	scheme, name, _ := strings.Cut(dest, "://")
	reference, err := registry.ParseReference(strings.TrimRight(name, "/"))
	if err != nil || scheme != Scheme && scheme != SchemePlain || reference.Reference != "" {
		return nil, fmt.Errorf("%s: the name of the store is no oci://HOST/REPOSITORY, in small letters and without a tag", dest)
	}
	keys, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: credentials: %w", dest, err)
	}
	client := &auth.Client{
		Client:     &http.Client{Transport: remote.NewTransport()},
		Header:     http.Header{"User-Agent": {"gopahole"}},
		Credential: credentials.Credential(keys),
		Cache:      auth.NewCache(),
	}
	plain := scheme == SchemePlain || onThisMachine(reference.Host())
	host := &orasremote.Registry{RepositoryOptions: orasremote.RepositoryOptions{Reference: registry.Reference{Registry: reference.Registry}, PlainHTTP: plain, Client: client}}
	patience := remote.DefaultPolicy
	patience.Patience = 20 * time.Second // a name that is wrong should not take long
	if err := patience.Do(ctx, func() error { return explain(host.Ping(ctx)) }); err != nil {
		return nil, fmt.Errorf("%s: %w", dest, err)
	}
	return remote.New(dest, &repository{&orasremote.Repository{
		Reference: reference, PlainHTTP: plain, Client: client, TagListPageSize: 1000, MaxMetadataBytes: 16 << 20,
	}}, remote.DefaultPolicy), nil
}

// onThisMachine reports whether a registry is where no TLS is needed, as Docker has it.
func onThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
