package oci_test

import (
	"testing"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/storetest"
	"github.com/gopahole/gopahole/archive/store/oci"
)

func open(t *testing.T, dest string) store.Store {
	t.Helper()
	s, err := oci.Open(t.Context(), dest)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOCI(t *testing.T) {
	server := storetest.Registry(t)
	for _, dest := range []string{"oci://" + server.Address + "/archive", "oci+http://" + server.Address + "/some/where-else/"} {
		t.Run(dest, func(t *testing.T) {
			storetest.Test(t, false, func(t *testing.T) store.Store { return open(t, dest) })
		})
	}
}

func TestFaults(t *testing.T) {
	server := storetest.Registry(t)
	storetest.Faults(t, server, "/blobs/", func(t *testing.T, address string) store.Store {
		return open(t, "oci://"+address+"/faults")
	})
}
