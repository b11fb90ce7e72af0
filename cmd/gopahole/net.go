//go:build gopahole_net

package main

import (
	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/oci"
	"github.com/gopahole/gopahole/archive/store/s3"
)

// hasNet: this program is netProgram.
const hasNet = true

func init() {
	store.Register(s3.Scheme, s3.Open)
	store.Register(oci.Scheme, oci.Open)
	store.Register(oci.SchemePlain, oci.Open)
}
