package baseindex

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"unsafe"
)

// Version is that of the parts and of the form of files. A file of another one is not used.
const Version = 1

// A Part is a table of an index.
type Part struct {
	Kind  PartKind
	Words []uint32
}

// PartKind says which table it is, and so which package made it.
type PartKind uint32

// The kinds of parts.
const (
	Starts PartKind = iota // where records start: btf.Types.Starts
	Names                  // strings by content: names.Base
	Types                  // types by content: typegraph.Base
	Facts                  // of dwarf2btf.Base
	numKinds
)

// The header, in words.
const (
	magicWords   = 2
	versionWord  = magicWords
	checksumWord = magicWords + 1
	rawWord      = magicWords + 2              // offset and length of the BTF
	partsWord    = magicWords + 4              // offset and length of each kind of part, in bytes
	headerWords  = partsWord + 2*int(numKinds) // of all files of this Version
	headerBytes  = 4 * headerWords
	alignment    = 64 // of the BTF, in bytes
	maxFile      = 1<<32 - 1
)

// magic is read as words of the machine, so that other byte orders have another one.
var magic = [magicWords]uint32{0x78644270, 0x47a9b10f}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// An Index is one file.
type Index struct {
	Raw   []byte // BTF
	parts [numKinds][]uint32
}

// Part returns a table. It must not be written to.
func (x *Index) Part(kind PartKind) []uint32 { return x.parts[kind] }

// errOther is about a file that is an index, but not one of this program.
var errOther = errors.New("of another version")

// parse reads an index that is in memory, at an address that 4 divides. It checks all but the
// BTF.
func parse(data []byte) (*Index, error) {
	if len(data) < headerBytes || int64(len(data)) > maxFile {
		return nil, fmt.Errorf("%d bytes", len(data))
	}
	words := wordsOf(data[:len(data)&^3])
	if [magicWords]uint32(words[:magicWords]) != magic || words[versionWord] != Version {
		return nil, errOther
	}
	x := new(Index)
	end := uint64(headerBytes)
	for kind := range x.parts {
		at := words[partsWord+2*kind:]
		off, size := uint64(at[0]), uint64(at[1])
		if off != end || size%4 != 0 || off+size > uint64(len(data)) {
			return nil, errors.New("damaged: parts are out of place")
		}
		x.parts[kind] = words[off/4 : (off+size)/4 : (off+size)/4]
		end += size
	}
	off, size := uint64(words[rawWord]), uint64(words[rawWord+1])
	if off%alignment != 0 || off < end || off-end >= alignment || off+size != uint64(len(data)) {
		return nil, errors.New("damaged: the BTF is out of place")
	}
	if checksum(data[:end]) != words[checksumWord] {
		return nil, errors.New("damaged: the checksum is wrong")
	}
	x.Raw = data[off:]
	return x, nil
}

// checksum is that of header and parts, without the checksum itself.
func checksum(data []byte) uint32 {
	sum := crc32.Checksum(data[:4*checksumWord], castagnoli)
	return crc32.Update(sum, castagnoli, data[4*checksumWord+4:])
}

// contents are those of the file for an index.
func contents(raw []byte, parts []Part) file {
	header := make([]uint32, headerWords)
	copy(header, magic[:])
	header[versionWord] = Version
	var body [numKinds][]byte
	for _, p := range parts {
		body[p.Kind] = bytesOf(p.Words)
	}
	end := headerBytes
	for kind, b := range body {
		header[partsWord+2*kind], header[partsWord+2*kind+1] = uint32(end), uint32(len(b))
		end += len(b)
	}
	pad := -end & (alignment - 1)
	header[rawWord], header[rawWord+1] = uint32(end+pad), uint32(len(raw))
	head := bytesOf(header)
	sum := crc32.Checksum(head[:4*checksumWord], castagnoli)
	sum = crc32.Update(sum, castagnoli, head[4*checksumWord+4:])
	f := file{head}
	for _, b := range body {
		sum = crc32.Update(sum, castagnoli, b)
		f = append(f, b)
	}
	binary.NativeEndian.PutUint32(head[4*checksumWord:], sum)
	return append(f, make([]byte, pad), raw)
}

// A file is what is written, one piece after the other.
type file [][]byte

func (f file) size() (n int64) {
	for _, b := range f {
		n += int64(len(b))
	}
	return n
}

// WriteTo implements io.WriterTo.
func (f file) WriteTo(w io.Writer) (n int64, err error) {
	for _, b := range f {
		k, err := w.Write(b)
		n += int64(k)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// wordsOf returns the words of bytes, whose address 4 divides.
func wordsOf(data []byte) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/4)
}

func bytesOf(words []uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 4*len(words))
}
