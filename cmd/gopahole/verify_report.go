package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// A verifyResult is what one kernel says of one file.
type verifyResult struct {
	name    string // of the file
	version kernel.Version
	load    bool
	rep     *verify.Report
}

func (r *verifyResult) kernel() string {
	if r.load {
		return "BPF_BTF_LOAD of " + withRules(r.version)
	}
	return withRules(r.version)
}

// printFile prints what there is to say of a file, and returns the exit code for it. The error
// is one of standard output.
func (v *verifier) printFile(f *verified) (status int, err error) {
	for _, text := range f.once {
		v.warnOnce(text)
	}
	for _, text := range f.warnings {
		v.warn("%s", text)
	}
	status = exitOK
	switch {
	case f.err != nil:
		v.complain(f.err)
		if v.json {
			err = v.printJSON(unreadableJSON{v.jsonHead(f.name), f.err.Error()})
		}
		return exitUnreadable, err
	case f.bare:
		err = v.printBare(f.name)
	case v.json:
		err = v.printVerifyJSON(f.results, f.audit)
	default:
		err = v.printVerify(f.results, f.audit)
	}
	if !f.valid {
		status = exitFailure
	}
	return status, err
}

// printVerify prints the results of one file for people. Kernels that say the
// same share a paragraph.
func (v *verifier) printVerify(results []verifyResult, audit *kfuncResult) error {
	var out strings.Builder
	for i := 0; i < len(results); {
		text := v.findings(&results[i])
		kernels := []string{results[i].kernel()}
		j := i + 1
		for ; j < len(results) && v.findings(&results[j]) == text; j++ {
			kernels = append(kernels, strings.TrimPrefix(withRules(results[j].version), "Linux "))
		}
		fmt.Fprintf(&out, "%s: %s %s%s", quote.Line(results[i].name), v.verdict(results[i].rep), strings.Join(kernels, ", "), text)
		i = j
	}
	if audit != nil {
		fmt.Fprintf(&out, "%s: %s", quote.Line(results[0].name), audit.text(v.verbose))
	}
	if _, err := io.WriteString(v.stdout, out.String()); err != nil {
		return stdoutError(err)
	}
	return nil
}

// printBare prints the result for a module without BTF.
func (v *verifier) printBare(name string) error {
	if v.json {
		return v.printJSON(bareJSON{v.jsonHead(name), noBTF, errBare.Error()})
	}
	if _, err := fmt.Fprintf(v.stdout, "%s: %s: %v\n", quote.Line(name), noBTF, errBare); err != nil {
		return stdoutError(err)
	}
	return nil
}

// verdict is the verdict of a kernel, painted.
func (c *command) verdict(rep *verify.Report) string {
	switch rep.Verdict() {
	case verify.Refused:
		return c.paint(bad, "refused") + " by"
	case verify.Unknown:
		return c.paint(doubt, "unknown") + " for"
	case verify.PresumablyAccepted:
		return c.paint(doubt, "presumably accepted") + " by"
	case verify.PresumablyRefused:
		return c.paint(bad, "presumably refused") + " by"
	}
	return c.paint(good, "accepted") + " by"
}

// findings is what follows the verdict: the error, and a line for each finding.
func (v *verifier) findings(r *verifyResult) string {
	var b strings.Builder
	if f := r.rep.Refusal; f != nil {
		fmt.Fprintf(&b, ": %v\n", f.Errno)
		writeFinding(&b, "", f)
	} else {
		if v.verbose {
			fmt.Fprintf(&b, ", %d types", r.rep.Types)
			if base := r.rep.Base; base != nil {
				fmt.Fprintf(&b, " on a base of %d IDs and %d bytes of strings", base.NumIDs(), base.StringBytes())
			}
			if rel := r.rep.Relocation; rel != nil {
				fmt.Fprintf(&b, ", moved onto --base")
			}
		}
		b.WriteString("\n")
	}
	for i := range r.rep.More {
		f := &r.rep.More[i]
		if v.verbose || f.Class != verify.NotReached && f.Class != verify.Unchecked {
			writeFinding(&b, f.Class.String()+": ", f)
		}
	}
	return b.String()
}

// writeFinding prints the kernel's lines and what they mean, indented. Names come
// from the file and may hold anything.
func writeFinding(b *strings.Builder, class string, f *verify.Finding) {
	where := ""
	if f.Section != "" {
		where = f.Section + ": "
	}
	for line := range strings.SplitSeq(f.Line, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintf(b, "  %s%s%s\n", class, where, quote.Line(line))
			class, where = "", ""
		}
	}
	if f.Cause != "" {
		fmt.Fprintf(b, "  %s%s%s\n", class, where, quote.Line(f.Cause))
	}
}

// logLine has the kernel's lines in one, for an error.
func logLine(f *verify.Finding) string {
	return strings.ReplaceAll(strings.TrimSpace(f.Line), "\n\t", ", ")
}

// The JSON of one file and kernel, and of the audit of a file.
type (
	verifyJSON struct {
		jsonHead
		Kernel   string        `json:"kernel"`
		Rules    []string      `json:"rules"`
		Load     bool          `json:"load"`
		Verdict  string        `json:"verdict"`
		Accepted bool          `json:"accepted"`
		Valid    bool          `json:"valid"`
		Types    int           `json:"types"`
		Base     *baseJSON     `json:"base,omitempty"`
		Findings []findingJSON `json:"findings"`
	}
	baseJSON struct {
		IDs         int `json:"ids"`
		StringBytes int `json:"string_bytes"`
	}
	findingJSON struct {
		Class   string     `json:"class"`
		Section string     `json:"section,omitempty"`
		ID      uint32     `json:"id,omitempty"`
		Kind    string     `json:"kind,omitempty"`
		Name    string     `json:"name,omitempty"`
		Element string     `json:"element,omitempty"`
		Errno   *jsonErrno `json:"errno,omitempty"`
		Message string     `json:"message,omitempty"`
		Line    string     `json:"line,omitempty"`
		Cause   string     `json:"cause,omitempty"`
	}
	kfuncsJSON struct {
		jsonHead
		Kfuncs   int            `json:"kfuncs"`
		Complete bool           `json:"complete"`
		Why      string         `json:"why,omitempty"`
		Missing  []missingKfunc `json:"missing"`
	}
	bareJSON struct {
		jsonHead
		Verdict string `json:"verdict"`
		Why     string `json:"why"`
	}
	unreadableJSON struct {
		jsonHead
		Error string `json:"error"`
	}
	missingKfunc struct {
		Name    string   `json:"name"`
		Missing []string `json:"missing"`
	}
)

func (v *verifier) printVerifyJSON(results []verifyResult, audit *kfuncResult) error {
	for _, r := range results {
		out := verifyJSON{
			jsonHead: v.jsonHead(r.name), Rules: ruleNames(r.version), Load: r.load, Verdict: r.rep.Verdict().String(),
			Accepted: r.rep.Accepted(), Valid: r.rep.Valid(), Types: r.rep.Types, Findings: []findingJSON{},
		}
		if r.version != (kernel.Version{}) {
			out.Kernel = r.version.String()
		}
		if b := r.rep.Base; b != nil {
			out.Base = &baseJSON{b.NumIDs(), b.StringBytes()}
		}
		if f := r.rep.Refusal; f != nil {
			out.Findings = append(out.Findings, toJSON(f))
		}
		for i := range r.rep.More {
			out.Findings = append(out.Findings, toJSON(&r.rep.More[i]))
		}
		if err := v.printJSON(out); err != nil {
			return err
		}
	}
	if audit == nil {
		return nil
	}
	out := kfuncsJSON{jsonHead: v.jsonHead(results[0].name), Complete: audit.complete(), Why: audit.why, Missing: []missingKfunc{}}
	if audit.report != nil {
		out.Kfuncs = audit.report.Total
		for _, f := range audit.report.Gaps {
			out.Missing = append(out.Missing, missingKfunc{f.Name, partNames(f.Missing)})
		}
	}
	return v.printJSON(out)
}

func toJSON(f *verify.Finding) findingJSON {
	out := findingJSON{
		Class: f.Class.String(), Errno: newErrno(f.Errno), Section: f.Section, ID: uint32(f.ID), Name: f.Name, Element: f.Element, Message: f.Message, Line: f.Line, Cause: f.Cause,
	}
	if f.Kind != btf.KindVoid {
		out.Kind = f.Kind.String()
	}
	return out
}
