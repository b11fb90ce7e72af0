package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/internal/quote"
)

// MaxLeaves is how many rectangles a treemap has. The smallest are put together.
const MaxLeaves = 20_000

// maxPrefixes is how many beginnings of names are told apart of a kind.
const maxPrefixes = 60

// Sizes say where bytes are: a tree, and a table of its upper part.
type Sizes struct {
	ID     string // a word
	Title  string // by what
	Note   string
	Noun   string // what a row is
	Leaves []Leaf
	Rows   []Row // by size
	Total  Row
}

// A Leaf is a rectangle of a treemap that has no others in it.
type Leaf struct {
	Path  []string // of what it is in, and its own name
	Bytes int
	Types int // 0 if they are not counted
}

// A Row is a line of the table.
type Row struct {
	Name  string
	Bytes int
	Types int
}

// names is what the text of BTF is called. It belongs to no type: equal names are there once.
const names = "names"

func (s *Sizes) add(row string, bytes, types int, path ...string) {
	s.Leaves = append(s.Leaves, Leaf{path, bytes, types})
	s.Total.Bytes += bytes
	s.Total.Types += types
	if n := len(s.Rows); n > 0 && s.Rows[n-1].Name == row {
		s.Rows[n-1].Bytes += bytes
		s.Rows[n-1].Types += types
		return
	}
	s.Rows = append(s.Rows, Row{row, bytes, types})
}

// finish puts the largest first, and the smallest together if there are too many.
func (s *Sizes) finish() *Sizes {
	slices.SortStableFunc(s.Rows, func(a, b Row) int { return cmp.Compare(b.Bytes, a.Bytes) })
	slices.SortStableFunc(s.Leaves, func(a, b Leaf) int { return cmp.Compare(b.Bytes, a.Bytes) })
	if rest := len(s.Leaves) - MaxLeaves; rest > 0 {
		sum := Leaf{Path: []string{fmt.Sprintf("others (%s)", Count(rest))}}
		for _, l := range s.Leaves[MaxLeaves:] {
			sum.Bytes += l.Bytes
			sum.Types += l.Types
		}
		s.Leaves = append(s.Leaves[:MaxLeaves], sum)
	}
	if rest := len(s.Rows) - MaxModules; rest > 0 {
		sum := Row{Name: fmt.Sprintf("others (%s)", Count(rest))}
		for _, r := range s.Rows[MaxModules:] {
			sum.Bytes += r.Bytes
			sum.Types += r.Types
		}
		s.Rows = append(s.Rows[:MaxModules], sum)
	}
	return s
}

// A Source is a directory of the source, and what it brought.
type Source struct {
	Directory    string // "" for what is of none alone
	Bytes, Types int
	Kinds        []Kind // the same by kind; may be missing
}

// A Kind is the size of what is of one kind.
type Kind struct {
	Name         string
	Bytes, Types int
}

// ByDirectory says which directories of the source the types come from. text is the size of
// all names.
func ByDirectory(sources []Source, text int) *Sizes {
	s := &Sizes{
		ID: "directory", Title: "source directory and kind", Noun: "directory",
		Note: "A type counts where it was met first, in the order of the units, and a function where it is defined. " +
			"Names are there once for all, so they belong to no directory.",
	}
	for _, src := range sources {
		directory := quote.Name(src.Directory)
		if directory == "" {
			directory = "(no directory)"
		}
		path := strings.Split(strings.Trim(directory, "/"), "/")
		if strings.HasPrefix(directory, "/") {
			path[0] = "/" + path[0]
		}
		if len(src.Kinds) == 0 {
			s.add(directory, src.Bytes, src.Types, path...)
		}
		for _, k := range src.Kinds {
			s.add(directory, k.Bytes, k.Types, append(path[:len(path):len(path)], quote.Name(k.Name))...)
		}
	}
	if text > 0 {
		s.add(names, text, 0, names)
	}
	return s.finish()
}

// ByKind says how much the types have of each kind, beyond those of their base, and how their
// names begin.
func ByKind(types *btf.Types) *Sizes {
	s := &Sizes{
		ID: "kind", Title: "kind and name", Noun: "kind",
		Note: "Types of a kind by how their names begin, up to the first underscore.",
	}
	byKind := make(map[btf.Kind]map[string]*Row)
	for id, rec := range types.Own() {
		prefixes := byKind[rec.Kind()]
		if prefixes == nil {
			prefixes = make(map[string]*Row)
			byKind[rec.Kind()] = prefixes
		}
		prefix := prefixOf(types.NameUpTo(id, maxPrefix+1))
		row := prefixes[prefix]
		if row == nil {
			row = &Row{Name: prefix}
			prefixes[prefix] = row
		}
		row.Bytes += 4 * len(rec)
		row.Types++
	}
	for kind := range btf.Kind(1 << 7) {
		prefixes := byKind[kind]
		if prefixes == nil {
			continue
		}
		name := kind.String()
		for _, row := range largest(prefixes) {
			if row.Name == "" {
				s.add(name, row.Bytes, row.Types, name, "without a name")
			} else {
				s.add(name, row.Bytes, row.Types, name, row.Name)
			}
		}
	}
	s.add(names, len(types.Text()), 0, names)
	return s.finish()
}

// maxPrefix bounds the beginnings of names, in bytes.
const maxPrefix = 32

// prefixOf returns how a name begins, for people: bpf_*. Names without an underscore in them
// are among others, and those that have no name have no beginning.
func prefixOf(name string) string {
	if name == "" {
		return ""
	}
	start := len(name) - len(strings.TrimLeft(name, "_"))
	i := strings.IndexByte(name[start:], '_')
	if i < 0 || start+i > maxPrefix {
		return "other names"
	}
	return quote.Name(name[:start+i]) + "_*"
}

// largest returns the rows with most bytes, and one for the others.
func largest(all map[string]*Row) []Row {
	var rows []Row
	for _, r := range all {
		rows = append(rows, *r)
	}
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), strings.Compare(a.Name, b.Name))
	})
	if len(rows) <= maxPrefixes {
		return rows
	}
	rest := Row{Name: fmt.Sprintf("others (%s beginnings)", Count(len(rows)-maxPrefixes))}
	for _, r := range rows[maxPrefixes:] {
		rest.Bytes += r.Bytes
		rest.Types += r.Types
	}
	return append(rows[:maxPrefixes:maxPrefixes], rest)
}

// A ModuleSize is how large the BTF of a module is, in bytes.
type ModuleSize struct {
	Path      []string // directories, and the name of the file
	BTF, Base int      // .BTF and .BTF.base
}

// ByModule says how large the BTF of modules is.
func ByModule(modules []ModuleSize) *Sizes {
	s := &Sizes{ID: "module", Title: "module", Noun: "module", Note: "The sections .BTF and .BTF.base of the modules."}
	for _, m := range modules {
		path := make([]string, len(m.Path))
		for i, name := range m.Path {
			path[i] = quote.Name(name)
		}
		row := strings.Join(path, "/")
		if m.Base == 0 {
			s.add(row, m.BTF, 0, path...)
			continue
		}
		s.add(row, m.BTF, 0, append(path[:len(path):len(path)], ".BTF")...)
		s.add(row, m.Base, 0, append(path[:len(path):len(path)], ".BTF.base")...)
	}
	return s.finish()
}
