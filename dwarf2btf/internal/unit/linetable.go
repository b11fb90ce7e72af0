package unit

import (
	"bytes"
	"path"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// Of a line number program only the names of files are of interest: where the source calls a
// function that was inlined is in the DIE.

// maxLineHeader is the size in bytes of the largest header of a line number program that is
// read. Those of kernels have some kilobytes.
const maxLineHeader = 4 << 20

// fileTable is the file table of a unit.
type fileTable struct {
	unit  *unitContext
	names []string // by number, as DW_AT_call_file counts
}

// fileName returns a file of the file table of a unit, "" if it cannot be told.
func (d *Decoder) fileName(u *unitContext, number uint64) string {
	if d.inl.files.unit != u {
		d.inl.files = fileTable{unit: u, names: d.readFileTable(u)}
	}
	if names := d.inl.files.names; number < uint64(len(names)) {
		return names[number]
	}
	return ""
}

// readFileTable returns the names of the files of a unit. Where the table is not understood, it
// returns what it knows so far: names are for people.
func (d *Decoder) readFileTable(u *unitContext) []string {
	src := u.src
	if src.skeletons != nil && src.line.size() == 0 {
		src = src.skeletons
	}
	sec := &src.line
	if u.stmtList == 0 || sec.size() == 0 {
		return nil
	}
	off := u.stmtList - 1
	b, err := d.inl.line.from(sec, off, 64)
	if err != nil {
		return nil
	}
	h := lineReader{d: d, src: src, p: b}
	length, wide := h.initialLength()
	if h.bad || length > maxLineHeader && length > sec.size() {
		return nil
	}
	if b, err = d.inl.line.from(sec, off, min(length+12, maxLineHeader)); err != nil {
		return nil
	}
	h = lineReader{d: d, src: src, p: b, wide: wide}
	h.initialLength()
	return h.files()
}

// lineReader reads the header of a line number program (DWARF 5, 6.2.4; DWARF 4, 6.2.4). After
// something that it does not understand it is bad, and all numbers are 0.
type lineReader struct {
	d       *Decoder
	src     *source
	p       []byte
	wide    bool // offsets have eight bytes
	bad     bool
	version uint64
	size    int // of addresses, in bytes; 0 before DWARF 5
}

func (r *lineReader) initialLength() (n uint64, wide bool) {
	if n = r.uint(4); n == 0xffffffff {
		return r.uint(8), true
	}
	return n, false
}

// files reads the tables of directories and files.
func (r *lineReader) files() []string {
	if r.version = r.uint(2); r.version < 2 || r.version > 5 {
		return nil
	}
	if r.version >= 5 {
		r.size = int(r.uint(1))
		r.uint(1) // of segment selectors
	}
	r.offset() // header_length
	r.uint(1)  // minimum_instruction_length
	if r.version >= 4 {
		r.uint(1) // maximum_operations_per_instruction
	}
	r.uint(3) // default_is_stmt, line_base, line_range
	if n := r.uint(1); n > 0 {
		r.bytes(n - 1) // standard_opcode_lengths
	}
	if r.version < 5 {
		return r.oldFiles()
	}
	dirs := r.entries(nil)
	return r.entries(dirs)
}

// oldFiles reads the tables of DWARF 2 to 4, in which directories and files count from 1.
func (r *lineReader) oldFiles() []string {
	dirs := []string{""}
	for !r.bad {
		dir := r.str()
		if dir == "" {
			break
		}
		dirs = append(dirs, dir)
	}
	files := []string{""}
	for !r.bad {
		name := r.str()
		if name == "" {
			break
		}
		dir := r.uleb()
		r.uleb() // time
		r.uleb() // length
		files = append(files, joinFile(dirs, dir, name))
	}
	return files
}

// Content types of the entries of a table (DWARF 5, 7.22).
const (
	lnctPath           = 1
	lnctDirectoryIndex = 2
)

// entries reads a table of DWARF 5. Its names are below dirs, if there are any. The first
// directory is that in which the compiler ran, and names in it stay as they are.
func (r *lineReader) entries(dirs []string) []string {
	type content struct{ what, form uint64 }
	var format []content
	for range r.uint(1) {
		format = append(format, content{r.uleb(), r.uleb()})
	}
	var names []string
	for n := r.uleb(); n > 0 && !r.bad && len(format) > 0; n-- {
		name, dir := "", uint64(0)
		for _, f := range format {
			text, number := r.value(f.form)
			switch f.what {
			case lnctPath:
				name = text
			case lnctDirectoryIndex:
				dir = number
			}
		}
		if r.bad {
			break
		}
		if dirs != nil {
			name = joinFile(dirs, dir, name)
		}
		names = append(names, name)
	}
	if dirs == nil && len(names) > 0 {
		names[0] = ""
	}
	return names
}

func joinFile(dirs []string, dir uint64, name string) string {
	if path.IsAbs(name) || dir >= uint64(len(dirs)) || dirs[dir] == "" {
		return name
	}
	return path.Join(dirs[dir], name)
}

// value reads a value of a form that such tables have (DWARF 5, 6.2.4.1).
func (r *lineReader) value(form uint64) (text string, number uint64) {
	switch form {
	case die.FormString:
		return r.str(), 0
	case die.FormLineStrp:
		return r.at(&r.src.lineStr, r.offset()), 0
	case die.FormStrp:
		return r.at(&r.src.str, r.offset()), 0
	case die.FormUdata:
		return "", r.uleb()
	case die.FormData1:
		return "", r.uint(1)
	case die.FormData2:
		return "", r.uint(2)
	case die.FormData4:
		return "", r.uint(4)
	case die.FormData8:
		return "", r.uint(8)
	case die.FormData16:
		r.bytes(16)
	case die.FormBlock:
		r.bytes(r.uleb())
	default:
		r.bad = true
	}
	return "", 0
}

// at returns the string at an offset of a section.
func (r *lineReader) at(sec *section, off uint64) string {
	if r.bad {
		return ""
	}
	s, err := sec.cstring(off)
	if err != nil {
		r.bad = true
	}
	return string(s)
}

func (r *lineReader) str() string {
	n := bytes.IndexByte(r.p, 0)
	if n < 0 || r.bad {
		r.bad = true
		return ""
	}
	s := string(r.p[:n])
	r.p = r.p[n+1:]
	return s
}

func (r *lineReader) bytes(n uint64) {
	if r.bad || n > uint64(len(r.p)) {
		r.bad, r.p = true, nil
		return
	}
	r.p = r.p[n:]
}

func (r *lineReader) offset() uint64 {
	if r.wide {
		return r.uint(8)
	}
	return r.uint(4)
}

// uint reads a number of size bytes.
func (r *lineReader) uint(size int) (n uint64) {
	p := r.p
	r.bytes(uint64(size))
	if r.bad {
		return 0
	}
	for i := range size {
		if r.d.s.bigEndian {
			n = n<<8 | uint64(p[i])
		} else {
			n |= uint64(p[i]) << (8 * i)
		}
	}
	return n
}

func (r *lineReader) uleb() uint64 {
	v, n := uleb(r.p)
	if n == 0 || r.p[n-1] >= 0x80 {
		r.bad = true
	}
	r.bytes(uint64(n))
	if r.bad {
		return 0
	}
	return v
}
