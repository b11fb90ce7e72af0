package main

import (
	"fmt"
	"sync"
)

// A cell is a program of one compiler, DWARF version and form.
type cell struct {
	compiler
	dwarf int
	form  *form

	once    sync.Once
	built   error // why it could not be built, if it could not
	dir     string
	results []result // by row of rows

	verdict verdict
	reason  string
}

func (c *cell) name() string {
	return fmt.Sprintf("%s, DWARF %d, %s", c.compiler.name, c.dwarf, c.form.name)
}

// old reports whether a cell is about older kernels.
func (c *cell) old() bool { return c.tree == oldest || c.form.old }

// A result is what both programs made of a cell with one list of options.
type result struct {
	pahole, gopahole output
}

// An output is what a program wrote.
type output struct {
	btf     []byte // nil: nothing
	text    string // messages
	status  int
	crashed bool
}

// rows are the lists of options.
var rows = []struct {
	name    string
	options []string
}{
	{"none", nil},
	{"default", []string{"--btf_features=default"}},
	{"all", []string{"--btf_features=all"}},
}

type verdict uint8

const (
	same verdict = iota
	better
	notSupported
	notMade
	unexplainedResult
)

func (v verdict) String() string {
	return [...]string{"same", "better", "not supported", "not made", "unexplained"}[v]
}

var cells struct {
	once sync.Once
	list []*cell
	by   map[string]*cell
}

// allCells returns all cells, in the order of the table.
func allCells() []*cell {
	cells.once.Do(func() {
		cells.by = map[string]*cell{}
		for _, comp := range compilers() {
			for dwarf := 2; dwarf <= 5; dwarf++ {
				for i := range forms {
					c := &cell{compiler: comp, dwarf: dwarf, form: &forms[i]}
					switch f := c.form; {
					case !f.everyone && !comp.all(dwarf):
						continue
					case f.where != nil && !f.where(c):
						continue
					case f.kind != object && comp.ld == "":
						continue
					}
					if cells.by[c.name()] == nil {
						cells.by[c.name()] = c
						cells.list = append(cells.list, c)
					}
				}
			}
		}
	})
	return cells.list
}
