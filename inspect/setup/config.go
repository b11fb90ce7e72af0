package setup

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// usualConditions are those of DEBUG_INFO_BTF in all releases that are known, for trees without Kconfig.
var usualConditions = []string{"!DEBUG_INFO_SPLIT && !DEBUG_INFO_REDUCED", "!GCC_PLUGIN_RANDSTRUCT || COMPILE_TEST", "BPF_SYSCALL"}

// checkConfig says whether the kernel is configured to have BTF, and if not, which conditions keep it from that.
func (t *Tree) checkConfig() Check {
	c := Check{Name: Config}
	switch {
	case t.config == nil:
		c.State, c.Text = Unknown, "there is no .config"
		c.Cure = "configure the kernel, as with make defconfig, or name the directory of the build (O=)"
		return c
	case t.config["DEBUG_INFO_BTF"] == "y":
		c.Text = "CONFIG_DEBUG_INFO_BTF=y"
		return c
	}
	c.State, c.Text = Problem, "CONFIG_DEBUG_INFO_BTF is not set"
	if !t.hasDebugInfo() {
		c.Text += ", and the kernel has no debugging information that it could be made of"
		c.Cure = "scripts/config -d DEBUG_INFO_NONE -e DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT -e DEBUG_INFO_BTF && make olddefconfig"
		return c
	}
	conditions := t.conditions
	if conditions == nil {
		conditions = usualConditions
	}
	missing, cures, err := t.unmet(conditions)
	if err != nil {
		c.Text += ": " + err.Error()
		c.Cure = "make menuconfig says what it depends on"
		return c
	}
	if missing != nil {
		c.Text += ", which depends on " + strings.Join(missing, " and ")
	}
	c.Cure = "scripts/config " + strings.Join(append(cures, "-e DEBUG_INFO_BTF"), " ") + " && make olddefconfig"
	return c
}

// hasDebugInfo reports whether some choice of debugging information is on.
func (t *Tree) hasDebugInfo() bool {
	for _, option := range []string{"DEBUG_INFO", "DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT", "DEBUG_INFO_DWARF4", "DEBUG_INFO_DWARF5"} {
		if t.config[option] == "y" {
			return true
		}
	}
	return false
}

// unmet returns the conditions that do not hold, and what scripts/config is told to make them hold where that is clear:
// what a condition wants off is switched off, what it wants on is switched on. Versions are left to checkEncoder.
func (t *Tree) unmet(conditions []string) (missing, cures []string, err error) {
	for _, condition := range conditions {
		ok, err := holds(condition, t.config)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			continue
		}
		missing = append(missing, condition)
		for _, option := range symbols(condition) {
			for _, to := range []string{"y", "n"} {
				changed := maps.Clone(t.config)
				changed[option] = to
				if ok, _ := holds(condition, changed); ok && t.config[option] != to && !strings.HasSuffix(option, "_VERSION") {
					cures = append(cures, map[string]string{"y": "-e ", "n": "-d "}[to]+option)
				}
			}
		}
	}
	return missing, cures, nil
}

// symbols are the names in a condition, each once.
func symbols(condition string) []string {
	var all []string
	for _, token := range tokens(condition) {
		if strings.ToUpper(token) == token && strings.ContainsAny(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && !slices.Contains(all, token) {
			all = append(all, token)
		}
	}
	return all
}

// checkModules says whether modules are configured to have BTF.
func (t *Tree) checkModules() *Check {
	c := &Check{Name: Modules}
	switch {
	case t.config == nil || t.config["DEBUG_INFO_BTF"] != "y":
		return nil // that says it all
	case t.config["MODULES"] != "y":
		c.Text = "the kernel has no modules"
	case t.config["DEBUG_INFO_BTF_MODULES"] != "y":
		c.State, c.Text = Problem, "CONFIG_DEBUG_INFO_BTF_MODULES is not set: vmlinux has BTF and modules have none"
		c.Cure = "scripts/config -e DEBUG_INFO_BTF_MODULES && make olddefconfig"
		if missing, _, err := t.unmet(t.modules); err == nil && missing != nil {
			c.Text += "; it depends on " + strings.Join(missing, " and ")
		}
	case t.config["MODULE_ALLOW_BTF_MISMATCH"] == "y":
		c.State, c.Text = Note, "CONFIG_MODULE_ALLOW_BTF_MISMATCH=y: a module whose BTF does not fit is loaded without it, and a line in the log says so"
	default:
		c.Text = "CONFIG_DEBUG_INFO_BTF_MODULES=y; a module whose BTF does not fit is refused"
	}
	return c
}

// checkRust warns of units in Rust.
func (t *Tree) checkRust(encoder int) *Check {
	if t.config["RUST"] != "y" || encoder == 0 || encoder >= 124 {
		return nil
	}
	return &Check{Name: Config, State: Problem, Text: fmt.Sprintf("CONFIG_RUST=y, and the encoder, %s, cannot leave out units in Rust, whose names the kernel refuses", dotted(encoder)),
		Cure: "an encoder from 1.24 on"}
}
