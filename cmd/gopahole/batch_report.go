package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/module"
)

// What can become of a module.
const (
	statusEncoded = "encoded"
	statusSkipped = "skipped"
	statusFailed  = "failed"

	statusDistilled = "distilled"
)

// A moduleReport is what --json prints for a module.
type moduleReport struct {
	jsonHead
	Status    string   `json:"status"`
	Error     string   `json:"error,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	Seconds   float64  `json:"seconds"`
	BTF       string   `json:"btf,omitempty"`
	Bytes     int      `json:"bytes,omitempty"`
	Types     int      `json:"types,omitempty"`
	BaseBytes int      `json:"base_bytes,omitempty"`
	BaseTypes int      `json:"base_types,omitempty"`
}

// describe notes the sizes of a result.
func (m *batchModule) describe(result *module.Module) {
	r := &m.report
	r.BTF = m.output
	r.Bytes, r.Types = result.BTF.Size(), int(result.BTF.NumIDs()-result.BTF.FirstID())
	if base := result.Base; base != nil {
		r.BaseBytes, r.BaseTypes = base.Size(), int(base.NumIDs()-base.FirstID())
	}
}

// sizesText says how large BTF is, and its distilled base if it has one.
func sizesText(types, bytes, baseTypes, baseBytes int) string {
	text := fmt.Sprintf(": %d types (%d bytes)", types, bytes)
	if baseBytes > 0 {
		text += fmt.Sprintf(" on %d of a distilled base (%d bytes)", baseTypes, baseBytes)
	}
	return text
}

// finish completes the report.
func (m *batchModule) finish(err error, took time.Duration) {
	r := &m.report
	r.Seconds, r.Status = took.Seconds(), statusEncoded
	switch {
	case errors.Is(err, errHasBTF):
		r.Status = statusSkipped
	case errors.Is(err, dwarf2btf.ErrNoDWARF) || errors.Is(err, errOwnBase):
		r.Status = statusSkipped
		r.Warnings = append(r.Warnings, err.Error())
	case err != nil:
		*r = moduleReport{jsonHead: r.jsonHead, Status: statusFailed, Error: err.Error(), Warnings: r.Warnings, Seconds: r.Seconds}
		m.err = err
	}
}
