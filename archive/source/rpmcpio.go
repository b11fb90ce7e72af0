package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/cavaliergopher/cpio"
)

// Packages of rpm 6, and those with files of 4 GiB and more before, have an archive of their own: of each file there is
// its number and its contents, and the header of the package says the rest (rpm: docs/manual/format_v6.md, "Payload"; its
// lib/cpio.c). Padding is to 4 bytes, and the end is that of cpio.
//
//	"07070X" | number 8, hexadecimal | padding 2 | contents | padding
const (
	strippedMagic  = "07070X"
	strippedHeader = 14 // bytes
)

// Tags of a header that are about files, each an array.
const (
	rpmFileSizes     = 1028
	rpmFileModes     = 1030
	rpmFileTimes     = 1034
	rpmFileDevices   = 1095
	rpmFileInodes    = 1096
	rpmDirIndexes    = 1116
	rpmBaseNames     = 1117
	rpmDirNames      = 1118
	rpmLongFileSizes = 5008
)

// rpmArrays are these tags.
var rpmArrays = []uint32{
	rpmFileSizes, rpmFileModes, rpmFileTimes, rpmFileDevices, rpmFileInodes, rpmDirIndexes, rpmBaseNames, rpmDirNames,
	rpmLongFileSizes,
}

// maxRPMName is the length of the name of a file in bytes, Linux's PATH_MAX: many files may have one long directory.
const maxRPMName = 4096

// An rpmFile is a file in a package, as the header has it.
type rpmFile struct {
	name     string
	size     int64
	modified int64
	mode     cpio.FileMode
}

// files returns the files of a package by their numbers. Of hard links the last one has contents.
func (h rpmHeader) files(limits Limits) ([]rpmFile, error) {
	data := h.bytes[h.entries*rpmEntry:]
	arrays := make(map[uint32]rpmArray)
	for i := range h.entries {
		e := h.bytes[i*rpmEntry:]
		tag, off, count := binary.BigEndian.Uint32(e), int64(binary.BigEndian.Uint32(e[8:])), int64(binary.BigEndian.Uint32(e[12:]))
		if !slices.Contains(rpmArrays, tag) {
			continue
		}
		if count > int64(len(data))-off { // an element has a byte at least
			return nil, fmt.Errorf("header: its tag %d leads out of it: damaged", tag)
		}
		arrays[tag] = rpmArray{data[off:], int(count)}
	}
	n := arrays[rpmBaseNames].count
	if err := tooMany(n, limits); err != nil {
		return nil, err
	}
	bases, dirs := arrays[rpmBaseNames].strings(n), arrays[rpmDirNames].strings(min(arrays[rpmDirNames].count, n))
	indexes, modes, times := arrays[rpmDirIndexes].numbers(n, 4), arrays[rpmFileModes].numbers(n, 2), arrays[rpmFileTimes].numbers(n, 4)
	sizes := arrays[rpmLongFileSizes].numbers(n, 8)
	if sizes == nil {
		sizes = arrays[rpmFileSizes].numbers(n, 4)
	}
	if bases == nil || dirs == nil || indexes == nil || modes == nil || times == nil || sizes == nil {
		return nil, errors.New("header: it does not say what its files are")
	}
	devices, inodes := arrays[rpmFileDevices].numbers(n, 4), arrays[rpmFileInodes].numbers(n, 4)
	files, linked := make([]rpmFile, n), make(map[[2]int64]bool)
	for i := n - 1; i >= 0; i-- {
		if indexes[i] >= int64(len(dirs)) || sizes[i] < 0 {
			return nil, fmt.Errorf("header: its file %d is none", i)
		}
		if len(dirs[indexes[i]])+len(bases[i]) > maxRPMName {
			return nil, &LimitError{fmt.Sprintf("its file %d has a name of more than %d bytes", i, maxRPMName)}
		}
		f := rpmFile{cleanName(dirs[indexes[i]] + bases[i]), sizes[i], times[i], cpio.FileMode(modes[i])}
		if f.mode&cpio.ModeType == cpio.TypeReg && devices != nil && inodes != nil {
			id := [2]int64{devices[i], inodes[i]}
			if linked[id] {
				f.size = 0
			}
			linked[id] = true
		}
		files[i] = f
	}
	return files, nil
}

// An rpmArray is the value of a tag, and what stands after it.
type rpmArray struct {
	data  []byte
	count int
}

// numbers returns n numbers of a size in bytes, nil if there are not as many.
func (a rpmArray) numbers(n, size int) []int64 {
	if a.count != n || len(a.data)/size < n {
		return nil
	}
	list := make([]int64, n)
	for i := range list {
		for _, b := range a.data[i*size : (i+1)*size] {
			list[i] = list[i]<<8 | int64(b)
		}
	}
	return list
}

// strings returns n strings, nil if there are not as many.
func (a rpmArray) strings(n int) []string {
	if a.count < n || len(a.data) < n {
		return nil
	}
	list, rest := make([]string, n), a.data
	for i := range list {
		text, after, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			return nil
		}
		list[i], rest = string(text), after
	}
	return list
}

// strippedEntries is cpioEntries of an archive whose files are in the header of a package.
func strippedEntries(s *stream, files []rpmFile, limits Limits, yield func(entry) bool) error {
	in := &counted{r: s}
	for n := 0; ; n++ {
		var h [strippedHeader]byte
		if _, err := io.ReadFull(in, h[:]); err != nil {
			return fmt.Errorf("cpio: %w", truncated(err))
		}
		switch {
		case isCPIO(h[:]):
			return drain(s)
		case !bytes.HasPrefix(h[:], []byte(strippedMagic)):
			return fmt.Errorf("cpio: damaged header at byte %d", in.n.Load()-strippedHeader)
		}
		number, err := strconv.ParseUint(strings.ToLower(string(h[len(strippedMagic):])), 16, 32)
		if err != nil || number >= uint64(len(files)) {
			return fmt.Errorf("cpio: %q is no number of a file", h[len(strippedMagic):])
		}
		if err := tooMany(n, limits); err != nil {
			return err
		}
		f := files[number]
		if err := pad(in); err != nil {
			return err
		}
		switch f.mode & cpio.ModeType {
		case cpio.TypeReg, cpio.TypeSymlink:
		default:
			f.size = 0
		}
		contents := &io.LimitedReader{R: in, N: f.size}
		if f.mode&cpio.ModeType == cpio.TypeReg && f.size > 0 && !yield(entry{f.name, f.size, f.modified, contents}) {
			return nil
		}
		if _, err := io.Copy(io.Discard, contents); err != nil {
			return truncated(err)
		}
		if contents.N > 0 {
			return errTruncated
		}
		if err := pad(in); err != nil {
			return err
		}
	}
}

// pad reads to the next multiple of 4 bytes.
func pad(in *counted) error {
	var zeros [3]byte
	if _, err := io.ReadFull(in, zeros[:-in.n.Load()&3]); err != nil {
		return fmt.Errorf("cpio: %w", truncated(err))
	}
	return nil
}
