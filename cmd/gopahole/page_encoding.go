package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/inspect/explain"
	"github.com/gopahole/gopahole/inspect/report"
)

// addEncoding adds what `encode --report` wrote of FILE, or without one of all files that were
// encoded.
func (p *pager) addEncoding() error {
	lines, err := readEncoding(p.encoding)
	if err != nil {
		return &unreadableError{err}
	}
	if p.subject != "" {
		if lines, err = linesAbout(p.subject, lines); err != nil {
			return &unreadableError{fileError(p.encoding, err)}
		}
	}
	var sources []report.Source
	text := 0
	skipped := p.newSkipped()
	for _, r := range lines {
		for _, s := range r.Sources {
			sources = append(sources, sourceOf(s))
		}
		for _, k := range r.Kinds {
			if k.Type == "strings" {
				text += k.Bytes
			}
		}
		for _, f := range r.Skipped {
			name := f.Name
			if len(lines) > 1 {
				name += " (" + filepath.Base(r.File) + ")"
			}
			skipped.Add(name, string(f.Reason), describeReason(f.Reason, f.Words))
		}
	}
	skipped.Sort()
	p.fact("Encoded", "%s", encodedText(lines))
	p.fact("Functions left out", "%s", report.Count(skipped.Functions))
	p.page.Skipped = skipped
	if len(sources) > 0 {
		p.page.Sizes = append(p.page.Sizes, report.ByDirectory(mergeSources(sources), text))
	}
	return nil
}

func encodedText(lines []encodingReport) string {
	if len(lines) == 1 {
		return lines[0].File
	}
	return report.Count(len(lines)) + " files"
}

// readEncoding reads the lines about files that were encoded.
func readEncoding(name string) ([]encodingReport, error) {
	f, err := openInput(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []encodingReport
	d := json.NewDecoder(io.NewSectionReader(f, 0, f.Size()))
	for line := 1; ; line++ {
		var r encodingReport
		err := d.Decode(&r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.check()
		}
		if err != nil {
			return nil, fileError(name, fmt.Errorf("line %d is none that encode --report wrote: %w", line, err))
		}
		if r.Status == statusEncoded {
			all = append(all, r)
		}
	}
	if all == nil {
		return nil, fileError(name, errors.New("has no file that was encoded"))
	}
	return all, nil
}

// check refuses what is something else, or of another version of this program.
func (r *encodingReport) check() error {
	switch {
	case r.Verb != "encode" && r.Verb != "gen":
		return fmt.Errorf("the verb is '%s'", r.Verb)
	case r.Schema != jsonSchema:
		return fmt.Errorf("the schema is %d and not %d: encode it again with this program", r.Schema, jsonSchema)
	}
	for _, f := range r.Skipped {
		if explain.Cure(f.Reason) == "" {
			return fmt.Errorf("the reason '%s' of %s is none", f.Reason, f.Name)
		}
	}
	for _, s := range r.Sources {
		if s.Bytes < 0 || s.Types < 0 || slices.ContainsFunc(s.Kinds, func(k kindReport) bool { return k.Bytes < 0 || k.Types < 0 }) {
			return fmt.Errorf("directory '%s' has a size below 0", s.Directory)
		}
	}
	for _, k := range r.Kinds {
		if k.Bytes < 0 || k.Types < 0 {
			return fmt.Errorf("kind '%s' has a size below 0", k.Type)
		}
	}
	return nil
}

// linesAbout returns the line about a file: of its path, or else of its name, or the only one.
func linesAbout(name string, lines []encodingReport) ([]encodingReport, error) {
	for _, same := range []func(string) bool{
		func(other string) bool { return realPath(other) == realPath(name) },
		func(other string) bool { return filepath.Base(other) == filepath.Base(name) },
	} {
		var found []encodingReport
		for _, r := range lines {
			if same(r.File) {
				found = append(found, r)
			}
		}
		switch {
		case len(found) == 1:
			return found, nil
		case len(found) > 1:
			return nil, fmt.Errorf("has several lines about files that are called %s", filepath.Base(name))
		}
	}
	if len(lines) == 1 {
		return lines, nil
	}
	return nil, fmt.Errorf("has no line about %s", name)
}

func sourceOf(s sourceReport) report.Source {
	src := report.Source{Directory: s.Directory, Bytes: s.Bytes, Types: s.Types}
	for _, k := range s.Kinds {
		src.Kinds = append(src.Kinds, report.Kind{Name: k.Type, Bytes: k.Bytes, Types: k.Types})
	}
	return src
}

// mergeSources adds up directories that several files were made of.
func mergeSources(sources []report.Source) []report.Source {
	slices.SortStableFunc(sources, func(a, b report.Source) int { return strings.Compare(a.Directory, b.Directory) })
	merged := sources[:1]
	for _, s := range sources[1:] {
		last := &merged[len(merged)-1]
		if s.Directory != last.Directory {
			merged = append(merged, s)
			continue
		}
		last.Bytes += s.Bytes
		last.Types += s.Types
		last.Kinds = mergeKinds(append(last.Kinds, s.Kinds...))
	}
	return merged
}

func mergeKinds(kinds []report.Kind) []report.Kind {
	slices.SortStableFunc(kinds, func(a, b report.Kind) int { return cmp.Compare(a.Name, b.Name) })
	merged := kinds[:1]
	for _, k := range kinds[1:] {
		if last := &merged[len(merged)-1]; last.Name == k.Name {
			last.Bytes += k.Bytes
			last.Types += k.Types
		} else {
			merged = append(merged, k)
		}
	}
	return merged
}
