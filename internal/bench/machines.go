package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// machinesBench measures what the settings of the process give on machines that lack something: each setting is taken away,
// and the program without it runs in alternation with the program as it is released. A ratio below 1 says that the setting
// costs more than it gives there.
type machinesBench struct {
	*bench
	rounds int
	base   string
	module string
	group  string // directory of the control group; "" if there can be none
	self   string // this program, which executes others on such a machine
}

// A machineKind is a machine in which something is missing.
type machineKind struct {
	name string
	env  []string
	on   string // value of -on, with which this program executes the command; "" for none
	cold bool   // inputs are not in the page cache
}

// A setting is one that can be taken away: by another program, or by the environment.
type setting struct {
	name    string
	program string // without it; "" for the one that is released
	env     []string
}

// Values of -on.
const (
	onNoHugePages = "no-huge-pages"
	onGroup       = "group:" // and its directory
)

// runOn executes a command on a machine of -on. It returns only with an error.
func runOn(on string, args []string) error {
	err := fmt.Errorf("-on %s: there is no such machine", on)
	if dir, ok := strings.CutPrefix(on, onGroup); ok {
		err = joinGroup(dir)
	} else if on == onNoHugePages {
		err = withoutHugePages()
	}
	if err == nil {
		err = execute(args)
	}
	return err
}

func (m *machinesBench) run(w io.Writer, kernel string) (err error) {
	if m.self, err = os.Executable(); err != nil {
		return err
	}
	if m.group, err = smallGroup(); err != nil {
		fmt.Fprintf(os.Stderr, "no control group: %v\n", err)
	} else {
		defer os.Remove(m.group)
	}
	modules := &modulesBench{bench: m.bench}
	k, err := modules.kernel(kernel)
	if err != nil {
		return err
	}
	if err := modules.encodeBase(k); err != nil {
		return err
	}
	m.base, m.module = k.base, k.every(1)[0]
	settings, err := m.settings()
	if err != nil {
		return err
	}
	if err := m.describe(w, m.vmlinux, kernel); err != nil {
		return err
	}
	fmt.Fprintf(w, "module: %s, %d rounds\n\n", filepath.Base(m.module), m.rounds)
	fmt.Fprintln(w, "| machine | input | without | as released | without it | without / released: median | smallest | largest | peak memory as released | without it |")
	fmt.Fprintln(w, "|---|---|---|---:|---:|---:|---:|---:|---:|---:|")
	for _, machine := range m.machines() {
		for _, vmlinux := range []bool{true, false} {
			for _, s := range settings {
				if err := m.compare(w, machine, vmlinux, s); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (m *machinesBench) machines() []machineKind {
	kinds := []machineKind{{name: "this one"}, {name: "no huge pages", on: onNoHugePages}, {name: "GOMAXPROCS=1", env: []string{"GOMAXPROCS=1"}}}
	if m.group != "" {
		kinds = append(kinds, machineKind{name: "group of 128 MB", on: onGroup + m.group})
	}
	return append(kinds, machineKind{name: "cold page cache", cold: true})
}

// settings builds the programs in which a setting is missing.
func (m *machinesBench) settings() ([]setting, error) {
	build := func(name string, flags ...string) (string, error) {
		program := filepath.Join(m.dir, name)
		return program, build(program, flags...)
	}
	noProfile, err := build("no-profile", "-pgo=off")
	if err != nil {
		return nil, err
	}
	overlay, err := m.overlay()
	if err != nil {
		return nil, err
	}
	noPages, err := build("no-pages", "-overlay="+overlay)
	if err != nil {
		return nil, err
	}
	return []setting{{name: "profile", program: noProfile}, {name: "huge pages", program: noPages}, {name: "GC settings", env: []string{"GOGC=100"}}}, nil
}

// overlay makes the file for go build -overlay in which Linux has the huge pages of other systems: none.
func (m *machinesBench) overlay() (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/gopahole/gopahole/internal/tuning").Output()
	if err != nil {
		return "", err
	}
	dir := strings.TrimSpace(string(out))
	text, err := os.ReadFile(filepath.Join(dir, "hugepage_other.go"))
	if err != nil {
		return "", err
	}
	everywhere, ok := withoutConstraint(string(text))
	if !ok {
		return "", errors.New("hugepage_other.go is for all systems")
	}
	source, list := filepath.Join(m.dir, "hugepage.go"), filepath.Join(m.dir, "overlay.json")
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(dir, "hugepage_linux.go"): source}})
	if err != nil {
		return "", err
	}
	return list, errors.Join(os.WriteFile(source, []byte(everywhere), 0o644), os.WriteFile(list, replaced, 0o644))
}

// withoutConstraint returns a Go file without its build constraint. ok is false if it has none.
func withoutConstraint(text string) (string, bool) {
	first, rest, _ := strings.Cut(text, "\n")
	return rest, strings.HasPrefix(first, "//go:build ")
}

// command prepares one run.
func (m *machinesBench) command(machine machineKind, vmlinux bool, s setting) (*exec.Cmd, error) {
	program := m.program
	if s.program != "" {
		program = s.program
	}
	args := []string{program, m.compat, "-J", "-j1", "--btf_features=" + m.features, "--btf_encode_detached=" + filepath.Join(m.dir, "out.btf")}
	input := m.vmlinux
	if !vmlinux {
		args = append(args, "--btf_base="+m.base)
		input = m.module
	}
	args = append(args, input)
	if machine.cold {
		if err := errors.Join(forgetFile(input), forgetFile(m.base)); err != nil {
			return nil, err
		}
	}
	if machine.on != "" {
		args = append([]string{m.self, "-on", machine.on, "--"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = slices.Concat([]string{"PATH=/usr/bin:/bin"}, machine.env, s.env)
	return cmd, nil
}

// compare prints the row of a setting on a machine.
func (m *machinesBench) compare(w io.Writer, machine machineKind, vmlinux bool, s setting) error {
	rounds, input := m.rounds, "vmlinux"
	if !vmlinux {
		rounds, input = 8*rounds, "module" // it is short
	}
	var pairs []pair
	for round := range rounds {
		// The setting is gopahole's, and the program without it is the other one.
		p := pair{}
		for i := range 2 {
			without := (i+round)%2 == 1
			variant, to := setting{}, &p.gopahole
			if without {
				variant, to = s, &p.pahole
			}
			cmd, err := m.command(machine, vmlinux, variant)
			if err != nil {
				return err
			}
			if *to, err = measure(cmd, vmlinux); err != nil {
				return err
			}
		}
		pairs = append(pairs, p)
	}
	of, what := cpu, "CPU"
	if machine.cold {
		of, what = wall, "wall"
	}
	_, err := fmt.Fprintln(w, settingRow(fmt.Sprintf("%s | %s, %s | %s", machine.name, input, what, s.name), of, pairs))
	return err
}

// settingRow is a row of the table: both medians in milliseconds, the ratios of the pairs, and both peaks if they were
// measured: that of a module is as small as this process.
func settingRow(title string, of func(usage) float64, pairs []pair) string {
	var with, without, ratios []float64
	for _, p := range pairs {
		a, b := of(p.gopahole), of(p.pahole)
		with, without, ratios = append(with, a), append(without, b), append(ratios, b/a)
	}
	least, most := bounds(ratios)
	memory := "- | -"
	if pairs[0].gopahole.peak > 0 {
		var with, without []float64
		for _, p := range pairs {
			with, without = append(with, peak(p.gopahole)), append(without, peak(p.pahole))
		}
		memory = fmt.Sprintf("%.0f MB | %.0f MB", median(with), median(without))
	}
	return fmt.Sprintf("| %s | %.1f ms | %.1f ms | **%.2f** | %.2f | %.2f | %s |", title, median(with)*1000, median(without)*1000,
		median(ratios), least, most, memory)
}
