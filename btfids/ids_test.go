package btfids_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/gopahole/gopahole/btfids"
	"github.com/gopahole/gopahole/elffile"
	"github.com/gopahole/gopahole/internal/dwarftest"
)

// ids is a section .BTF_ids to be written, described by text:
//
//	list NAME             what follows is a plain list; there is no symbol for it
//	set NAME              or a set
//	set8 NAME FLAGS       or a set with flags
//		KIND NAME [FLAGS] an ID; FLAGS in a set8
//		- [FLAGS]         a place without a symbol
//
// Blank lines and what follows a # do not count.
type ids struct {
	words   []uint32
	symbols []dwarftest.Symbol
	groups  []group
}

// A group is a list or set.
type group struct {
	title string
	start int // first word
	set   int // number of its symbol, or -1
}

func parseIDs(t testing.TB, text string) *ids {
	t.Helper()
	s := new(ids)
	pairs := false
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case line[0] != '\t':
			s.endGroup()
			g := group{title: f[0] + " " + f[1], start: len(s.words), set: -1}
			pairs = f[0] == "set8"
			if f[0] != "list" {
				g.set = len(s.symbols)
				s.add("__BTF_ID__"+f[0]+"__"+f[1], 0)
			}
			if pairs {
				s.words = append(s.words, number(t, f[2]))
			}
			s.groups = append(s.groups, g)
		case f[0] == "-":
			s.words = append(s.words, 0)
			if pairs {
				s.words = append(s.words, number(t, f[1]))
			}
		default:
			s.add(fmt.Sprintf("__BTF_ID__%s__%s__%d", f[0], f[1], 100+len(s.symbols)), 4)
			if pairs {
				s.words = append(s.words, number(t, f[2]))
			}
		}
	}
	s.endGroup()
	return s
}

// add adds a word with a symbol.
func (s *ids) add(symbol string, size uint64) {
	s.symbols = append(s.symbols, dwarftest.Symbol{
		Name: symbol, Value: uint64(len(s.words)) * 4, Size: size, Section: btfids.SectionName, Type: elf.STT_OBJECT,
	})
	s.words = append(s.words, 0)
}

// endGroup gives the symbol of a set its size.
func (s *ids) endGroup() {
	if n := len(s.groups); n > 0 && s.groups[n-1].set >= 0 {
		s.symbols[s.groups[n-1].set].Size = uint64(len(s.words)-s.groups[n-1].start) * 4
	}
}

func number(t testing.TB, s string) uint32 {
	t.Helper()
	n, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

// A form is a way to write an ELF file and BTF.
type form struct {
	name    string
	order   binary.ByteOrder
	class32 bool
	machine elf.Machine
	addr    uint64 // of the section; 0 in a relocatable file

	layout, longHeader bool // of the BTF
}

var forms = []form{
	{name: "x86-64", order: binary.LittleEndian, machine: elf.EM_X86_64},
	{name: "s390x", order: binary.BigEndian, machine: elf.EM_S390, addr: 0x12340000},
	{name: "mips", order: binary.BigEndian, class32: true, machine: elf.EM_MIPS, longHeader: true},
	{name: "arm", order: binary.LittleEndian, class32: true, machine: elf.EM_ARM, addr: 0xc0001004, layout: true},
	{name: "powerpc", order: binary.BigEndian, class32: true, machine: elf.EM_PPC, layout: true},
}

// elf returns a file with the section and its symbols.
func (s *ids) elf(t testing.TB, f form) []byte {
	t.Helper()
	file := dwarftest.File{Order: f.order, Class32: f.class32, Machine: f.machine, Type: elf.ET_REL}
	if f.addr != 0 {
		file.Type = elf.ET_EXEC
	}
	data := make([]byte, 0, len(s.words)*4)
	for _, w := range s.words {
		data = binary.BigEndian.AppendUint32(data, w)
		if f.order == binary.LittleEndian {
			binary.LittleEndian.PutUint32(data[len(data)-4:], w)
		}
	}
	file.Sections = []dwarftest.Section{
		{Name: ".text", Data: make([]byte, 8), Align: 4},
		{Name: btfids.SectionName, Flags: elf.SHF_ALLOC, Addr: f.addr, Align: 1, Data: data},
	}
	for _, sym := range s.symbols {
		sym.Value += f.addr
		file.Symbols = append(file.Symbols, sym)
	}
	return file.Build(t)
}

// text shows the words of a filled section.
func (s *ids) text(order binary.ByteOrder, data []byte) string {
	var b strings.Builder
	for i, g := range s.groups {
		end := len(data) / 4
		if i+1 < len(s.groups) {
			end = s.groups[i+1].start
		}
		fmt.Fprintf(&b, "%s:", g.title)
		for w := g.start; w < end; w++ {
			fmt.Fprintf(&b, " %d", order.Uint32(data[w*4:]))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// read reads the table of a file.
func read(t testing.TB, image []byte) (*btfids.Table, error) {
	t.Helper()
	f, err := elffile.New("file", bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	return btfids.Read(f)
}

func mustRead(t testing.TB, image []byte) *btfids.Table {
	t.Helper()
	table, err := read(t, image)
	if err != nil {
		t.Fatal(err)
	}
	return table
}
