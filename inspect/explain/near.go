package explain

import (
	"cmp"
	"slices"
)

// Near collects the names that are close to one that is not there.
type Near struct {
	name  string
	found []nearName
	seen  map[string]bool
}

type nearName struct {
	name     string
	distance int
}

// NewNear returns one for a name.
func NewNear(name string) *Near { return &Near{name: name, seen: make(map[string]bool)} }

// maxNear is how many names Names returns at most.
const maxNear = 4

// Add looks at a name that is there.
func (n *Near) Add(name string) {
	most := min(2, len(n.name)/3)
	if name == "" || max(len(name), len(n.name))-min(len(name), len(n.name)) > most || n.seen[name] {
		return
	}
	if d := distance(n.name, name, most); d <= most {
		n.seen[name] = true
		n.found = append(n.found, nearName{name, d})
	}
}

// Names returns the closest ones.
func (n *Near) Names() (names []string) {
	slices.SortStableFunc(n.found, func(a, b nearName) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	for _, f := range n.found[:min(len(n.found), maxNear)] {
		names = append(names, f.name)
	}
	return names
}

// distance is how many letters are to be changed, added or left out to get from a to b (Levenshtein), or more than
// most.
func distance(a, b string, most int) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left, least := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			d := left
			if a[i] != b[j] {
				d = 1 + min(left, row[j], row[j+1])
			}
			left, row[j+1] = row[j+1], d
			least = min(least, d)
		}
		if least > most {
			return least
		}
	}
	return row[len(b)]
}
