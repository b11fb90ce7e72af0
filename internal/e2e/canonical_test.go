package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// canonical describes the types of a BTF file, each once and without numbers, in an order of their own: two
// files with the same types have the same list. A type that another one names is its kind and name, or,
// without a name, what it is.
func canonical(t *testing.T, raw []byte) []string {
	t.Helper()
	var records []string // by number - 1
	for line := range strings.Lines(dump(t, raw)) {
		if strings.HasPrefix(line, "[") {
			records = append(records, line)
		} else {
			records[len(records)-1] += line
		}
	}
	reference := regexp.MustCompile(`(type_id=)(\d+)`)
	var describe func(record string, depth int) string
	name := regexp.MustCompile(`^\[\d+\] (STRUCT|UNION|ENUM|ENUM64|FWD|TYPEDEF|INT|FLOAT) '([^(].*?)'`)
	describe = func(record string, depth int) string {
		_, record, _ = strings.Cut(record, "]")
		return reference.ReplaceAllStringFunc(record, func(ref string) string {
			id, err := strconv.Atoi(ref[len("type_id="):])
			switch {
			case err != nil || id > len(records):
				t.Fatalf("%q in %q", ref, record)
			case id == 0:
				return "void"
			case depth > 20:
				return "..."
			}
			if m := name.FindStringSubmatch(records[id-1]); m != nil {
				return fmt.Sprintf("<%s %s>", m[1], m[2])
			}
			return "<" + describe(records[id-1], depth+1) + ">"
		})
	}
	var list []string
	for _, record := range records {
		list = append(list, describe(record, 0))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
