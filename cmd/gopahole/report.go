package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/dwarf2btf"
	"github.com/gopahole/gopahole/dwarf2btf/trace"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/features"
	"github.com/gopahole/gopahole/inspect/explain"
	"github.com/gopahole/gopahole/module"
	"github.com/gopahole/gopahole/outfile"
)

// An encodingReport is what --report says of the encoding of one file, a line of JSON.
type encodingReport struct {
	jsonHead
	Status   string         `json:"status"`
	Error    string         `json:"error,omitempty"`
	Warnings []string       `json:"warnings,omitempty"`
	Seconds  float64        `json:"seconds"`
	PeakKiB  int64          `json:"peak_kib,omitempty"` // of the process so far
	Features []string       `json:"features"`
	Input    *digestReport  `json:"input,omitempty"`
	Output   *outputReport  `json:"output,omitempty"`
	Counts   *countsReport  `json:"counts,omitempty"`
	Reasons  []reasonReport `json:"reasons,omitempty"`
	Skipped  []skippedRow   `json:"skipped,omitempty"`
	Kinds    []kindReport   `json:"kinds,omitempty"`
	Sources  []sourceReport `json:"sources,omitempty"`
	Phases   []phaseReport  `json:"phases,omitempty"`

	stats    dwarf2btf.Stats // filled in by the encoder
	recorder trace.Recorder
}

type digestReport struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// An outputReport is about .BTF, and .BTF.base if there is one.
type outputReport struct {
	digestReport
	BTF  string        `json:"btf,omitempty"` // the file, if it is not the input
	Base *digestReport `json:"base,omitempty"`
}

type countsReport struct {
	Units     int    `json:"units"`
	LeftUnits int    `json:"left_units"`
	DIEs      uint64 `json:"dies"`
	Info      uint64 `json:"info_bytes"`
	Before    int    `json:"types_before"`
	Types     int    `json:"types"`
	Instances int    `json:"function_instances"`
	Functions int    `json:"functions"`
	Skipped   int    `json:"functions_skipped"`
}

type reasonReport struct {
	Reason    trace.Reason `json:"reason"`
	Functions int          `json:"functions"`
	Cure      string       `json:"cure"`
}

type skippedRow struct {
	Name   string       `json:"name"`
	Reason trace.Reason `json:"reason"`
	Words  string       `json:"words"`
}

// A kindReport is the size of all types of a kind, or of the names ("strings").
type kindReport struct {
	Type  string `json:"type"`
	Types int    `json:"types"`
	Bytes int    `json:"bytes"`
}

type sourceReport struct {
	Directory string       `json:"directory"`
	Types     int          `json:"types"`
	Bytes     int          `json:"bytes"`
	Kinds     []kindReport `json:"kinds"`
}

type phaseReport struct {
	Phase   string  `json:"phase"`
	Seconds float64 `json:"seconds"`
}

// reportFlag defines the option that names the file for the reports.
func reportFlag(fs *pflag.FlagSet, file *string) {
	usage := "write what there is to know of each encoding to `FILE`, a line of JSON for each file: counts, functions that " +
		"are left out by reason, sizes by kind and source directory, phases, memory, digests; - is standard output"
	fs.Func("report", usage, func(name string) error {
		if *file = name; name == "" {
			return usagef("--report: an empty name of a file")
		}
		if name == "-" {
			*file = stdoutFile
		}
		return nil
	})
}

// newEncodingReport begins the report on a file and has the encoder fill it in.
func newEncodingReport(head jsonHead, set features.Set, conv *dwarf2btf.Options) *encodingReport {
	r := &encodingReport{jsonHead: head, Features: set.Names()}
	r.recorder.WantSources = true
	conv.Stats, conv.Trace = &r.stats, &r.recorder
	r.Input, _ = digestOfFile(head.File)
	return r
}

// line completes the report with the memory of the process, as JSON.
func (r *encodingReport) line() ([]byte, error) {
	if usage := processUsage(); usage != nil {
		r.PeakKiB = usage.peakKiB
	}
	return jsonLine(r)
}

// takeReport tells whether the file for the reports may be written: it is none that is read, and
// none for BTF.
func (b *batch) takeReport(modules []*batchModule) error {
	if b.reportFile == "" {
		return nil
	}
	if err := b.guard.writes(b.reportFile); err != nil {
		return err
	}
	report, ok, err := outfile.Place(b.reportFile)
	if err != nil || !ok {
		return err
	}
	for _, m := range modules {
		if m.output == "" {
			continue
		}
		for _, name := range []string{m.output, m.output + distilledSuffix} {
			if place, ok, err := outfile.Place(name); err == nil && ok && place == report {
				return &verbUsageError{fmt.Sprintf("--report: %s is for the BTF of %s", name, m.path)}
			}
		}
	}
	return nil
}

// beginReport begins the report on a file that is open.
func (b *batch) beginReport(m *batchModule, f *elffile.File, conv *dwarf2btf.Options) {
	if b.reportFile == "" || m.err != nil {
		return
	}
	set := conv.Features
	if b.featuresOf != nil {
		set = b.featuresOf(f)
	}
	m.encoding = newEncodingReport(b.jsonHead(m.path), set, conv)
}

// digestOfFile returns nil for what is no regular file: it can be read once only.
func digestOfFile(name string) (*digestReport, error) {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return nil, err
	}
	return &digestReport{n, hex.EncodeToString(sum.Sum(nil))}, nil
}

func digest(data []byte) digestReport {
	sum := sha256.Sum256(data)
	return digestReport{int64(len(data)), hex.EncodeToString(sum[:])}
}

// describe notes the result.
func (r *encodingReport) describe(m *module.Module, output string) {
	r.Output = &outputReport{digestReport: digest(m.BTF.Bytes()), BTF: output}
	if m.Base != nil {
		base := digest(m.Base.Bytes())
		r.Output.Base = &base
	}
	r.Kinds = kindSizes(m.BTF)
	s := &r.stats
	r.Counts = &countsReport{
		Units: s.Units, LeftUnits: r.recorder.LeftUnits, DIEs: s.DIEs, Info: s.InfoBytes, Before: s.Types,
		Types: int(m.BTF.NumIDs() - m.BTF.FirstID()), Instances: s.Functions, Functions: s.Emitted,
	}
	reasons := make(map[trace.Reason]int)
	for _, f := range r.recorder.Functions {
		r.Skipped = append(r.Skipped, skippedRow{f.Name, f.Reason, f.Words})
		reasons[f.Reason]++
	}
	r.Counts.Skipped = len(r.Skipped)
	for reason, n := range reasons {
		r.Reasons = append(r.Reasons, reasonReport{reason, n, explain.Cure(reason)})
	}
	slices.SortFunc(r.Reasons, func(a, b reasonReport) int { return cmp.Compare(a.Reason, b.Reason) })
	r.Sources = sourceReports(r.recorder.Sources)
	for _, p := range s.Phases {
		r.Phases = append(r.Phases, phaseReport{p.Name, p.Wall.Seconds()})
	}
}

func sourceReports(sources []trace.Source) (reports []sourceReport) {
	for _, s := range sources {
		r := sourceReport{Directory: s.Directory, Types: s.Types, Bytes: s.Bytes}
		for _, k := range s.Kinds {
			r.Kinds = append(r.Kinds, kindReport{k.Kind, k.Types, k.Bytes})
		}
		reports = append(reports, r)
	}
	return reports
}

// write writes the report on an encoding that ended with err, to a file of its own.
func (r *encodingReport) write(g *guard, file string, err error, took time.Duration) error {
	if g.ctx.Err() != nil {
		return nil
	}
	r.Status, r.Seconds = statusEncoded, took.Seconds()
	switch {
	case err != nil:
		r.Status, r.Error = statusFailed, err.Error()
	case r.Output == nil:
		r.Status = statusSkipped
	}
	line, err := r.line()
	if err != nil {
		return fileError(file, err)
	}
	return g.write(writing{outputs: []output{{file, bytes.NewReader(line)}}, noSync: true})
}

// kindSizes returns how much of BTF each kind takes, and the names.
func kindSizes(types *btf.Types) (kinds []kindReport) {
	byKind := make(map[btf.Kind]*kindReport)
	for _, rec := range types.Own() {
		k := byKind[rec.Kind()]
		if k == nil {
			k = &kindReport{Type: rec.Kind().String()}
			byKind[rec.Kind()] = k
		}
		k.Types++
		k.Bytes += 4 * len(rec)
	}
	for _, k := range byKind {
		kinds = append(kinds, *k)
	}
	slices.SortFunc(kinds, func(a, b kindReport) int { return cmp.Compare(a.Type, b.Type) })
	return append(kinds, kindReport{Type: "strings", Bytes: len(types.Text())})
}

// writeReport writes the reports on the files that were worked on, in their order, at once.
func (b *batch) writeReport(ctx context.Context, modules []*batchModule) error {
	if b.reportFile == "" || ctx.Err() != nil {
		return nil
	}
	var all bytes.Buffer
	for _, m := range modules {
		r := m.encoding
		if r == nil {
			r = &encodingReport{jsonHead: b.jsonHead(m.path), Features: b.conv.Features.Names()}
		}
		r.Status, r.Error, r.Warnings, r.Seconds = m.report.Status, m.report.Error, m.report.Warnings, m.report.Seconds
		line, err := r.line()
		if err != nil {
			return fileError(b.reportFile, err)
		}
		all.Write(line)
	}
	return b.guard.write(writing{outputs: []output{{b.reportFile, &all}}, noSync: true})
}
