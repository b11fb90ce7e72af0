// Package protocol is what the acceptance test of kernels and the program that it boots, package guest, tell
// each other: the test puts a Plan as JSON into the guest's initramfs, the guest sends a Report as compressed
// JSON over a serial line.
package protocol

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
)

// PlanFile is the path of the plan in the guest.
const PlanFile = "/plan.json"

// ReportPort is the serial line for the report; the first one is the console.
const ReportPort = "/dev/ttyS1"

// A Plan is what the guest does.
type Plan struct {
	Modules []Module
}

// A Module is one to be loaded.
type Module struct {
	Case string // a name for the result
	Name string // as the kernel calls it, such as "gph_oot"
	File string // in the guest, with absolute path
	Keep bool   // leave it loaded, as later ones use it

	// Calls are calls of the module's kfuncs, by a BPF program, after it was loaded.
	Calls []Call
	// Sizes are names of structures whose size BTF has to tell.
	Sizes []string
}

// A Call is one of a kfunc.
type Call struct {
	Kfunc string
	Args  []uint32
}

// A Report is what the guest saw.
type Report struct {
	Release string // uname -r
	Log     string // what the kernel printed before the first module
	Vmlinux []byte // /sys/kernel/btf/vmlinux
	Modules []Result
}

// A Result is about one module. Errors are texts, empty if there was none.
type Result struct {
	Case        string
	LoadError   string
	Errno       int // of loading, 0 if it was loaded
	UnloadError string
	Log         string // what the kernel printed meanwhile
	BTF         []byte // its file in /sys/kernel/btf; nil if there is none
	BTFError    string // why Sizes are missing
	Sizes       map[string]uint32
	Calls       []CallResult
}

// A CallResult is the outcome of a Call.
type CallResult struct {
	Value uint32
	Error string
}

// Write sends a report.
func (r *Report) Write(w io.Writer) error {
	z := gzip.NewWriter(w)
	if err := json.NewEncoder(z).Encode(r); err != nil {
		return err
	}
	return z.Close()
}

// ReadReport reads what Write wrote. The guest's serial line is padded or cut when something went wrong there; the
// checksum tells.
func ReadReport(r io.Reader) (*Report, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("the guest's report: %w", err)
	}
	z.Multistream(false)
	report := new(Report)
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("the guest's report: %w", err)
	}
	if err := json.Unmarshal(text, report); err != nil {
		return nil, fmt.Errorf("the guest's report: %w", err)
	}
	return report, nil
}
