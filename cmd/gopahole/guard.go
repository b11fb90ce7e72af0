package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/gopahole/gopahole/outfile"
)

// A role is what a file is to a run.
type role string

const (
	roleInput  role = "is an input file"
	roleBase   role = "is a base" // what the types of inputs are split from, or a list of IDs
	roleDebug  role = "is read for its debugging information"
	roleBeside role = "is the distilled base of an input"
	roleStream role = "is where the messages of this command go"
	roleOutput role = "is written already"
)

// A guard decides what a run may write, for all verbs: no file that it reads is
// written over, under whatever name, no distilled base beside one, and no file is
// written twice. The exception are inputs that are changed in place, and no base is
// one of them. Methods may be called from several goroutines.
type guard struct {
	ctx context.Context // of the run; nothing is put in place after its end

	mu      sync.Mutex
	roles   map[outfile.ID][]guarded
	places  map[outfile.ID]string // what outputs are called
	opened  map[string]*outfile.State
	found   map[string][]*outfile.State // other files that are read for an input
	streams []outfile.ID                // standard output and error, if they are files
}

// guarded is a file that is not to be written over.
type guarded struct {
	name string
	role role
}

// An overwriteError says that an output is something else as well.
type overwriteError struct {
	output string
	guarded
}

func (e *overwriteError) Error() string {
	if e.name == e.output {
		return fmt.Sprintf("%s: %s, and would be overwritten", e.output, e.role)
	}
	return fmt.Sprintf("%s: is the same file as %s, which %s, and would be overwritten", e.output, e.name, e.role)
}

// newGuard returns a guard for one run.
func (c *command) newGuard() *guard {
	g := &guard{
		ctx:    c.context(),
		roles:  make(map[outfile.ID][]guarded),
		places: make(map[outfile.ID]string),
		opened: make(map[string]*outfile.State),
		found:  make(map[string][]*outfile.State),
	}
	for _, w := range []io.Writer{c.stdout, c.stderr} {
		if f := fileOf(w); f != nil {
			if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
				g.streams = append(g.streams, outfile.IDOf(f.Name(), info))
			}
		}
	}
	return g
}

// reads notes files that the run reads, and the distilled bases beside them. It has
// to be called before they are opened. What does not exist or is no regular file does
// not count. The error is about a file that would be read while messages are written
// to it.
func (g *guard) reads(r role, names ...string) error {
	for _, name := range names {
		if err := g.note(name, r); err != nil {
			return err
		}
		if err := g.note(name+distilledSuffix, roleBeside); err != nil {
			return err
		}
	}
	return nil
}

// prints is for verbs that write nothing but messages: they must not go to a file that
// is read.
func (c *command) prints(bases, inputs []string) error {
	g := c.newGuard()
	if err := g.reads(roleBase, bases...); err != nil {
		return err
	}
	return g.reads(roleInput, inputs...)
}

func (g *guard) note(name string, r role) error {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	id := outfile.IDOf(name, info)
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, stream := range g.streams {
		if stream == id {
			return &overwriteError{name, guarded{name, roleStream}}
		}
	}
	g.roles[id] = append(g.roles[id], guarded{name, r})
	g.opened[name] = outfile.StateOf(name, info)
	return nil
}

// opens notes that a file is opened now, later than reads said.
func (g *guard) opens(name string) {
	info, err := os.Stat(name)
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.opened, name)
	if err == nil {
		g.opened[name] = outfile.StateOf(name, info)
	}
}

// inPlace tells whether an input may be changed in place: it must be nothing else.
func (g *guard) inPlace(name string) error {
	outfile.Sweep(name)
	return g.free(name, func(r role) bool { return r == roleInput || r == roleDebug })
}

// finds returns what notes files that turn out to be needed for an input, such as
// separate debug files.
func (g *guard) finds(input string) func(name string) {
	return func(name string) {
		g.note(name, roleDebug)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.found[input] = append(g.found[input], g.opened[name])
	}
}

// writes tells whether files may be written, and takes them: no other file of the run
// may have the same name.
func (g *guard) writes(names ...string) error {
	for _, name := range names {
		if err := g.take(name, name); err != nil {
			return err
		}
	}
	return nil
}

// take is writes for one file. It may be taken again, as what it is called.
func (g *guard) take(name, called string) error {
	place, ok, err := outfile.Place(name)
	if err != nil {
		return fileError(name, err)
	}
	if ok { // else it is an open file, under the name of its descriptor
		g.mu.Lock()
		other, taken := g.places[place]
		if !taken {
			g.places[place] = called
		}
		g.mu.Unlock()
		if taken && other != called {
			return fmt.Errorf("%s: is the same file as %s, and only one of the two could be written", called, other)
		}
	}
	return g.free(name, nothing)
}

// nothing allows no role.
func nothing(role) bool { return false }

// free tells whether a name leads to a file that has only roles that are allowed.
func (g *guard) free(name string, allowed func(role) bool) error {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, other := range g.roles[outfile.IDOf(name, info)] {
		if !allowed(other.role) && (other.role != roleOutput || other.name != name) {
			return &overwriteError{name, other}
		}
	}
	return nil
}

// last returns what outfile asks at the last moment before outputs are put in place,
// which are made of the inputs: whether the inputs, and what was found for them, are
// what they were when they were opened, the outputs still none of them, and the run not
// ended by a signal. Bases are not asked: they were read as a whole, and the result is
// split from what was read.
func (g *guard) last(outputs, inputs []string) func() error {
	return func() error {
		if g.ctx.Err() != nil {
			return context.Cause(g.ctx)
		}
		for _, name := range inputs {
			g.mu.Lock()
			states := append([]*outfile.State{g.opened[name]}, g.found[name]...)
			g.mu.Unlock()
			for _, state := range states {
				if err := state.Check(); err != nil {
					return err
				}
			}
		}
		for _, name := range outputs {
			if err := g.free(name, nothing); err != nil {
				return err
			}
		}
		return nil
	}
}

// lastInPlace is last for an input that is changed in place.
func (g *guard) lastInPlace(name string, inputs ...string) func() error {
	unchanged := g.last(nil, append(inputs, name))
	return func() error {
		if err := unchanged(); err != nil {
			return err
		}
		return g.inPlace(name)
	}
}

// wrote notes files that were written.
func (g *guard) wrote(names ...string) {
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			id := outfile.IDOf(name, info)
			g.mu.Lock()
			g.roles[id] = append(g.roles[id], guarded{name, roleOutput})
			g.mu.Unlock()
		}
	}
}
