package s3_test

import (
	"testing"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/storetest"
	"github.com/gopahole/gopahole/archive/store/s3"
)

func open(t *testing.T, dest string) store.Store {
	t.Helper()
	s, err := s3.Open(t.Context(), dest)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestS3(t *testing.T) {
	storetest.S3(t)
	for _, dest := range []string{"s3://bucket/some/prefix", "s3://other/"} {
		t.Run(dest, func(t *testing.T) {
			storetest.Test(t, true, func(t *testing.T) store.Store { return open(t, dest) })
		})
	}
}

func TestFaults(t *testing.T) {
	server := storetest.S3(t)
	storetest.Faults(t, server, "/bucket/", func(t *testing.T, address string) store.Store {
		storetest.S3Environment(t, "http://"+address)
		return open(t, "s3://bucket/faults")
	})
}
