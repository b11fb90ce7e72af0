package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/inspect/loaded"
	"github.com/gopahole/gopahole/internal/quote"
)

// listVerb shows which BTF the running kernel has.
var listVerb = verb{
	name:    "list",
	summary: "List the BTF that the running kernel has: its own, that of modules, and where permitted that of BPF programs and maps",
	details: `
The kernel shows its own BTF and that of its modules in /sys/kernel/btf. All of it, with
IDs, and which programs and maps have it, the system call bpf(2) says, to root and who has
the capability CAP_SYS_ADMIN; without, a warning says so, and the files are listed. If the
call fails in another way, it is not known what is missing, and the status is 3.

--json prints an object for each: name ("" for what a program brought along), kind (vmlinux,
module or program), id, bytes, types, programs and maps (lists of their IDs and names).

Exit status: 0, 1 if the output cannot be written, 2 for wrong arguments, 3 if the kernel
shows no BTF, or some of it cannot be read.
`,
	flags: func(c *command, fs *pflag.FlagSet) func([]string) error {
		c.jsonFlag(fs, "print a line of JSON for each")
		return func(operands []string) error {
			if len(operands) > 0 {
				return &verbUsageError{"takes no files"}
			}
			return c.list("/")
		}
	},
}

// Kinds of BTF that a kernel has.
const (
	listedVmlinux = "vmlinux"
	listedModule  = "module"
	listedProgram = "program"
)

// listedKinds are the kinds in the order of the list.
var listedKinds = []string{listedVmlinux, listedModule, listedProgram}

// A listedBTF is one that the kernel has, and what --json prints of it.
type listedBTF struct {
	jsonHead
	Name     string       `json:"name"`
	Kind     string       `json:"kind"`
	ID       uint32       `json:"id,omitempty"`
	Bytes    int          `json:"bytes"`
	Types    *int         `json:"types,omitempty"`
	Programs []listedUser `json:"programs,omitempty"`
	Maps     []listedUser `json:"maps,omitempty"`
}

type listedUser struct {
	ID   uint32 `json:"id"`
	Name string `json:"name"`
}

// list prints the BTF of the kernel whose files are below a root.
func (c *command) list(root string) error {
	dir := filepath.Join(root, filepath.Dir(runningBTF))
	all, err := c.listFiles(dir)
	if err != nil {
		return &unreadableError{err}
	}
	incomplete := c.judgeLoaded(c.addLoaded(&all))
	if len(all) == 0 && incomplete == nil {
		return &unreadableError{fileError(dir, errors.New("the kernel shows no BTF"))}
	}
	if c.json {
		for i := range all {
			if err := c.printJSON(&all[i]); err != nil {
				return err
			}
		}
		if incomplete != nil {
			if err := c.printJSON(jsonFailure{c.jsonHead(""), incomplete.Error(), exitUnreadable}); err != nil {
				return err
			}
		}
		return listed(all, incomplete)
	}
	rows := [][]string{{"id", "kind", "name", "bytes", "types", "of"}}
	for i := range all {
		rows = append(rows, all[i].row())
	}
	if err := c.printRows("", rows, nil); err != nil {
		return stdoutError(err)
	}
	return listed(all, incomplete)
}

// judgeLoaded says what it means that the system call fails. That it is not permitted, or that
// there is none, is no failure: what the kernel shows as files is all that can be seen. Of any
// other error nobody knows what is missing, and it is returned.
func (c *command) judgeLoaded(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission):
		c.warn("IDs, programs and maps are not listed: bpf(2) is not permitted: it is for root and who has CAP_SYS_ADMIN (%v)", err)
		return nil
	case errors.Is(err, errors.ErrUnsupported):
		c.warn("IDs, programs and maps are not listed: this system has no bpf(2) (%v)", err)
		return nil
	}
	err = fmt.Errorf("the list is not complete: bpf(2): %w", err)
	c.complain(err)
	return err
}

// listed returns the exit status of a list: the types of a file that could not be read are not
// known, nor is what the system call did not say, which a message said.
func listed(all []listedBTF, incomplete error) error {
	if incomplete != nil {
		return &statusError{exitUnreadable}
	}
	for i := range all {
		if all[i].File != "" && all[i].Types == nil {
			return &statusError{exitUnreadable}
		}
	}
	return nil
}

// row is a line of the table.
func (l *listedBTF) row() []string {
	id, types := "-", "-"
	if l.ID != 0 {
		id = fmt.Sprint(l.ID)
	}
	if l.Types != nil {
		types = fmt.Sprint(*l.Types)
	}
	name := "-"
	if l.Name != "" {
		name = quote.Name(l.Name)
	}
	var of []string
	for _, u := range l.Programs {
		of = append(of, fmt.Sprintf("program %d %s", u.ID, quote.Name(u.Name)))
	}
	for _, u := range l.Maps {
		of = append(of, fmt.Sprintf("map %d %s", u.ID, quote.Name(u.Name)))
	}
	return []string{id, l.Kind, name, fmt.Sprint(l.Bytes), types, strings.Join(of, ", ")}
}

// listFiles returns what the kernel shows as files: vmlinux first, then the modules.
func (c *command) listFiles(dir string) (all []listedBTF, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fileError(dir, err)
	}
	var vmlinux *btf.Types
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if strings.HasSuffix(path, inlineSuffix) {
			continue
		}
		l := listedBTF{jsonHead: c.jsonHead(path), Name: e.Name(), Kind: listedModule}
		if e.Name() == listedVmlinux {
			l.Kind = listedVmlinux
		}
		if info, err := e.Info(); err == nil {
			l.Bytes = int(info.Size())
		}
		all = append(all, l)
	}
	slices.SortStableFunc(all, func(a, b listedBTF) int {
		return slices.Index(listedKinds, a.Kind) - slices.Index(listedKinds, b.Kind)
	})
	for i := range all {
		types, err := listTypes(all[i].File, vmlinux)
		if err != nil {
			c.complain(err)
			continue
		}
		if all[i].Kind == listedVmlinux {
			vmlinux = types
		}
		n := int(types.NumIDs() - types.FirstID())
		all[i].Types = &n
	}
	return all, nil
}

// listTypes reads the types of a file, to count them.
func listTypes(name string, base *btf.Types) (*btf.Types, error) {
	s, err := loadSections(name)
	if err != nil {
		return nil, err
	}
	types, err := btf.ParseLoose(s.BTF, base)
	if err != nil {
		return nil, fileError(name, err)
	}
	return types, nil
}

// addLoaded adds what the system call says: IDs of those that there are files of, what
// programs brought along, and who has it.
func (c *command) addLoaded(all *[]listedBTF) error {
	btfs, err := loaded.BTFs()
	if err != nil {
		return err
	}
	at := make(map[uint32]int)
	for _, b := range btfs {
		kind := listedProgram
		if b.Kernel {
			kind = listedModule
			if b.Name == listedVmlinux {
				kind = listedVmlinux
			}
		}
		i := slices.IndexFunc(*all, func(l listedBTF) bool { return kind != listedProgram && l.Kind == kind && l.Name == b.Name })
		if i < 0 {
			i = len(*all)
			*all = append(*all, listedBTF{jsonHead: c.jsonHead(""), Name: b.Name, Kind: kind, Bytes: b.Bytes})
		}
		(*all)[i].ID = b.ID
		at[b.ID] = i
	}
	programs, err := loaded.Programs()
	if err != nil {
		return err
	}
	for _, u := range programs {
		if i, ok := at[u.BTF]; ok {
			(*all)[i].Programs = append((*all)[i].Programs, listedUser{u.ID, u.Name})
		}
	}
	maps, err := loaded.Maps()
	for _, u := range maps {
		if i, ok := at[u.BTF]; ok {
			(*all)[i].Maps = append((*all)[i].Maps, listedUser{u.ID, u.Name})
		}
	}
	return err
}
