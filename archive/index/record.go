package index

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Schema is the version of the lines. It changes when a field changes its meaning or goes
// away.
const Schema = 1

// The status of a package, kernel or module.
const (
	Done    = "done"
	Failed  = "failed"
	Skipped = "skipped" // it has nothing to encode
)

// A Record is the object of a package.
type Record struct {
	Package Package
	Entries []Entry // in the order of their paths
}

// A Package is the first line of a record.
type Package struct {
	Schema       int    `json:"index"`   // Schema
	Name         string `json:"package"` // as the package calls itself, or the name of its file
	Version      string `json:"version,omitempty"`
	Architecture string `json:"architecture,omitempty"` // in the words of the package
	Format       string `json:"format"`                 // deb, rpm, archive or tree; "" for what is none
	Maintainer   string `json:"maintainer,omitempty"`
	Distribution string `json:"distribution,omitempty"` // as in BTFHub: debian/12; "" if nothing says it
	Size         int64  `json:"size"`                   // of the package in bytes
	Identity     string `json:"identity"`               // see source.Package

	Encoder string `json:"encoder"` // what made the BTF
	Layout  string `json:"layout"`  // of the archive
	Modules bool   `json:"modules"` // those were asked for
	Distill bool   `json:"distill"` // .BTF.base of modules was asked for

	Status string `json:"status"`          // Done, or Failed if anything of it failed
	Error  string `json:"error,omitempty"` // what is wrong with the package as a whole
}

// An Entry is a line about a kernel or module.
type Entry struct {
	Kind         string `json:"kind"` // "vmlinux" or "module"
	Path         string `json:"path"` // in the package
	Module       string `json:"module,omitempty"`
	Release      string `json:"release,omitempty"`      // of the kernel, as uname -r prints it
	Architecture string `json:"architecture,omitempty"` // as uname -m prints it, but for arm64
	BuildID      string `json:"build_id,omitempty"`     // hexadecimal

	Status string `json:"status"`          // Done, Failed or Skipped
	Error  string `json:"error,omitempty"` // why not

	Digest string `json:"digest,omitempty"` // SHA-256 of the raw BTF, hexadecimal
	Size   int    `json:"size,omitempty"`   // of the raw BTF in bytes
	Types  int    `json:"types,omitempty"`  // in it, without those of its base
	Base   string `json:"base,omitempty"`   // digest of the BTF of the kernel that it is split from
	// DistilledBase is the digest of .BTF.base. The BTF is then split from that.
	DistilledBase string `json:"distilled_base,omitempty"`
	Object        string `json:"object,omitempty"` // key of the object that has the BTF

	Verdict  string   `json:"verdict,omitempty"` // what the kernel would say: "accepted", "refused" or "unknown"
	Why      string   `json:"why,omitempty"`     // for the last two
	Own      *Own     `json:"own,omitempty"`     // the BTF that the file has itself; nil for none
	Warnings []string `json:"warnings,omitempty"`
}

// Own compares the BTF in a file with what was encoded of it.
type Own struct {
	Digest  string `json:"digest"`  // of the file's
	Verdict string `json:"verdict"` // "equal" to the byte, "same" types in other places, "different" types, or "unknown"
	// Added, Removed and Changed count types of that name, of those that the archive has and the file has not, and so on.
	Added   int    `json:"added,omitempty"`
	Removed int    `json:"removed,omitempty"`
	Changed int    `json:"changed,omitempty"`
	Why     string `json:"why,omitempty"` // for unknown
}

// Bytes returns the object of the record. Equal records have equal bytes. Texts that are too long are cut.
func (r *Record) Bytes() ([]byte, error) {
	r.Package.clip()
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	if err := out.Encode(r.Package); err != nil {
		return nil, err
	}
	slices.SortStableFunc(r.Entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Digest, b.Digest), cmp.Compare(a.Error, b.Error))
	})
	for i := range r.Entries {
		r.Entries[i].clip()
		if err := out.Encode(&r.Entries[i]); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// maxLine bounds a line, in bytes.
const maxLine = 4 << 20

// Parse reads the object of a record.
func Parse(r io.Reader) (*Record, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var rec Record
	for n := 1; lines.Scan(); n++ {
		var into any = &rec.Package
		if n > 1 {
			rec.Entries = append(rec.Entries, Entry{})
			into = &rec.Entries[len(rec.Entries)-1]
		}
		if err := json.Unmarshal(lines.Bytes(), into); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrDamaged, n, err)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrDamaged, maxLine)
	} else if err != nil {
		return nil, err
	}
	if rec.Package.Schema == 0 {
		return nil, fmt.Errorf("%w: its first line has no field index", ErrDamaged)
	}
	if rec.Package.Schema > Schema {
		return nil, fmt.Errorf("index version %d: a newer gopahole wrote it", rec.Package.Schema)
	}
	return &rec, nil
}

// Covers reports whether a package needs no work for what other would record: it is the
// same one, and was done with the same options or with more. One that failed is tried again
// by another encoder.
func (p *Package) Covers(other *Package) bool {
	return p.Identity == other.Identity && p.Layout == other.Layout && p.Distribution == other.Distribution && p.Distill == other.Distill &&
		(p.Modules || !other.Modules) && (p.Status == Done || p.Encoder == other.Encoder)
}
