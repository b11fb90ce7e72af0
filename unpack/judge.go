package unpack

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/gopahole/gopahole/internal/kimage"
	"github.com/gopahole/gopahole/internal/stream"
)

// maxTrailer is how much may follow after what the headers of the contents describe, in
// bytes: a module's signature does.
const maxTrailer = 64 << 20

// A judge looks at what a stream was unpacked to so far, and ends what leads to nothing.
// Of what is neither ELF nor BTF the beginning is enough: whoever reads it sees that it is
// something else. And no more than maxTrailer may follow after the end of ELF or BTF.
type judge struct {
	headless bool   // it is what comes out of an image that unpacks itself, and begins with code
	end      uint64 // where the contents end, as far as it is known; 0 if it is not
}

// maxHeadless is larger than any kernel without a header, in bytes.
const maxHeadless = 512 << 20

func (j *judge) enough(s *stream.Store) (bool, error) {
	var head [kimage.HeadSize]byte
	n, err := s.ReadAt(head[:min(int64(len(head)), s.Size())], 0)
	if err != nil {
		return false, err
	}
	if !isKnown(head[:n]) {
		if j.headless && s.Size() > maxHeadless {
			return false, fmt.Errorf("goes on after %d MiB: no kernel is that large", maxHeadless>>20)
		}
		return !j.headless, nil
	}
	if j.end == 0 {
		j.end = extent(s, head[:n])
	}
	if j.end != 0 && uint64(s.Size()) > j.end && uint64(s.Size())-j.end > maxTrailer {
		return false, fmt.Errorf("goes on past its end at %#x: more than %d MiB belong to nothing", j.end, maxTrailer>>20)
	}
	return false, nil
}

// isKnown reports whether contents that begin like this are read by anything here.
func isKnown(head []byte) bool {
	if decompressorFor(head) != nil || len(head) < 4 || kimage.Is(head) != "" {
		return true
	}
	magic := binary.LittleEndian.Uint16(head)
	return string(head[:4]) == elf.ELFMAG || magic == 0xeb9f || magic == 0x9feb
}

// extent returns where the headers of the ELF file or the BTF in s say that it ends, 0 if
// they do not say, or not yet. What is too large for 64 bits is the largest number.
func extent(s *stream.Store, head []byte) uint64 {
	if len(head) < 64 || string(head[:4]) != elf.ELFMAG {
		return extentBTF(head)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[elf.EI_DATA] == byte(elf.ELFDATA2MSB) {
		order = binary.BigEndian
	}
	is64 := head[elf.EI_CLASS] == byte(elf.ELFCLASS64)
	word := func(p []byte, at32, at64 int) uint64 {
		if is64 {
			return order.Uint64(p[at64:])
		}
		return uint64(order.Uint32(p[at32:]))
	}
	at16 := func(at32, at64 int) uint64 {
		if is64 {
			return uint64(order.Uint16(head[at64:]))
		}
		return uint64(order.Uint16(head[at32:]))
	}
	table, size, n := word(head, 32, 40), uint64(40), at16(48, 60)
	if is64 {
		size = 64
	}
	have := uint64(s.Size())
	if table == 0 || at16(46, 58) != size || table > have || have-table < size {
		return 0
	}
	var entry [64]byte
	read := func(i uint64) bool {
		_, err := s.ReadAt(entry[:size], int64(table+i*size))
		return err == nil || err == io.EOF
	}
	if n == 0 { // the number does not fit (gABI, ch. 4)
		if !read(0) {
			return 0
		}
		n = word(entry[:], 20, 32)
	}
	if n > (have-table)/size {
		return 0
	}
	end := table + n*size
	for i := uint64(1); i < n; i++ {
		if !read(i) {
			return 0
		}
		if t := elf.SectionType(order.Uint32(entry[4:])); t != elf.SHT_NULL && t != elf.SHT_NOBITS {
			end = max(end, addUp(word(entry[:], 16, 24), word(entry[:], 20, 32)))
		}
	}
	return end
}

// extentBTF returns where BTF ends, by its header (btf.rst, struct btf_header).
func extentBTF(head []byte) uint64 {
	if len(head) < 24 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if order.Uint16(head) != 0xeb9f {
		order = binary.BigEndian
	}
	if order.Uint16(head) != 0xeb9f {
		return 0
	}
	end := uint64(0)
	for at := 8; at < 24; at += 8 {
		end = max(end, uint64(order.Uint32(head[at:]))+uint64(order.Uint32(head[at+4:])))
	}
	return uint64(order.Uint32(head[4:])) + end
}

// addUp returns the sum, or the largest number.
func addUp(a, b uint64) uint64 {
	if sum := a + b; sum >= a {
		return sum
	}
	return ^uint64(0)
}
