package tuning

import (
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/gopahole/gopahole/internal/memory"
)

// Of the system's memory a quarter is left by default, and at least 16 MB as long as that is no more than half. It is
// for the page cache, which counts in a control group but gives way, for the runtime's own tables, and for garbage: in
// a group of 40 MB the kernel ended one process of some dozens to which 30 were given.
const leastRest = 16 << 20

// shareOf returns what the process takes of so many bytes of the system's memory, by default.
func shareOf(system int64) int64 {
	rest := max(system/4, min(leastRest, system/2))
	return max(system-rest, 1<<20)
}

// leastAvailable returns what the machine, its control groups and ulimit leave to a process, in bytes; memory.Unlimited
// if none of them says it.
func leastAvailable() int64 {
	least := int64(memory.Unlimited)
	for _, n := range available() {
		least = min(least, n)
	}
	return least
}

// SystemMemory returns the memory that the system leaves to a process, in bytes; 0 if that is not known.
func SystemMemory() int64 {
	if least := leastAvailable(); least != memory.Unlimited {
		return least
	}
	return 0
}

// systemLimit returns the default limit by the memory that there is.
func systemLimit() int64 {
	limit := leastAvailable()
	if limit == memory.Unlimited {
		return limit
	}
	return shareOf(limit)
}

// cgroupLimits returns the limits of memory of the control groups that the process is
// in, of version 1 and 2 (cgroups(7); Linux: admin-guide/cgroup-v1/memory.rst,
// cgroup-v2.rst). Groups are nested, and the limit of each counts. readFile returns "" for
// what cannot be read.
func cgroupLimits(readFile func(name string) string) []int64 {
	var limits []int64
	groups := memoryGroups(readFile("/proc/self/cgroup"))
	for line := range strings.Lines(readFile("/proc/self/mountinfo")) {
		m, ok := parseMount(line)
		if !ok {
			continue
		}
		group, ok := groups[m.version]
		if !ok {
			continue
		}
		// The mount may show a part of the tree only. A group beside that part reads
		// as /../name.
		inside, ok := strings.CutPrefix(group+"/", strings.TrimSuffix(m.root, "/")+"/")
		if !ok || strings.HasPrefix(inside, "../") {
			inside = ""
		}
		for dir := path.Join(m.point, inside); ; dir = path.Dir(dir) {
			for _, file := range limitFiles[m.version] {
				if n, err := strconv.ParseInt(strings.TrimSpace(readFile(path.Join(dir, file))), 10, 64); err == nil && n > 0 && n < math.MaxInt64/2 {
					limits = append(limits, n)
				}
			}
			if len(dir) <= len(m.point) {
				break
			}
		}
	}
	return limits
}

// limitFiles are the files of a control group with its limits, by version.
var limitFiles = map[int][]string{
	1: {"memory.limit_in_bytes"},
	2: {"memory.max", "memory.high"},
}

// memoryGroups returns the paths of the control groups that memory is counted in, by
// version, from the contents of /proc/self/cgroup.
func memoryGroups(text string) map[int]string {
	groups := make(map[int]string)
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		switch {
		case len(fields) != 3:
		case fields[0] == "0" && fields[1] == "":
			groups[2] = fields[2]
		case hasWord(fields[1], "memory"):
			groups[1] = fields[2]
		}
	}
	return groups
}

// A mount is a line of /proc/self/mountinfo about control groups with memory.
type mount struct {
	root, point string
	version     int
}

func parseMount(line string) (mount, bool) {
	// ID parent major:minor root point options ... - type source super-options
	before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
	fields, system := strings.Fields(before), strings.Fields(after)
	if !ok || len(fields) < 5 || len(system) < 3 {
		return mount{}, false
	}
	m := mount{root: fields[3], point: fields[4]}
	switch {
	case system[0] == "cgroup2":
		m.version = 2
	case system[0] == "cgroup" && hasWord(system[2], "memory"):
		m.version = 1
	default:
		return mount{}, false
	}
	return m, true
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if w == word {
			return true
		}
	}
	return false
}
