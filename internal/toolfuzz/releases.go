package main

import (
	"strings"

	releases "github.com/gopahole/gopahole/kernel"
)

// shipped are the releases that distributions maintain.
var shipped = strings.Split(releases.List(), ", ")
