package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/archive/store"
	"github.com/gopahole/gopahole/archive/store/internal/storetest"
)

func TestCheckKey(t *testing.T) {
	for _, key := range storetest.BadKeys {
		if err := store.CheckKey(key); !errors.As(err, new(*store.KeyError)) {
			t.Errorf("%q: %v", key, err)
		}
	}
	for _, key := range []string{"a", "a/b", "..a", "a..", ".a", "a/...", "C:", "a b", "ü", "-", strings.Repeat("x", 230),
		strings.Repeat("x/", 399) + "y", "index.jsonl", "ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz"} {
		if err := store.CheckKey(key); err != nil {
			t.Error(err)
		}
	}
}
