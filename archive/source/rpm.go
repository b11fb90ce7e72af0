package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// An rpm file (LSB 5.0, Core, 25.2: Package File Format; rpm: docs/manual/format_v6.md):
//
//	lead 96 | signature: header, padding to 8 | header | payload
//	header  magic 8 (with reserved) | entries 4 | bytes 4 | entries of 16 | data
//	entry   tag 4 | type 4 | offset in the data 4 | count 4
const (
	rpmLeadMagic   = "\xed\xab\xee\xdb"
	rpmHeaderMagic = "\x8e\xad\xe8\x01"
	rpmLead        = 96
	rpmIntro       = 16
	rpmEntry       = 16

	// maxHeader is the size of a header in bytes: that of a kernel with all names of files
	// and their sums has one million.
	maxHeader = 256 << 20
)

// Tags of a header.
const (
	rpmName           = 1000
	rpmVersion        = 1001
	rpmRelease        = 1002
	rpmDistribution   = 1010
	rpmVendor         = 1011
	rpmArch           = 1022
	rpmPayloadFormat  = 1124
	rpmStringType     = 6
	rpmI18NStringType = 9
)

// rpmTexts are the tags that are read as texts.
var rpmTexts = []uint32{rpmName, rpmVersion, rpmRelease, rpmDistribution, rpmVendor, rpmArch, rpmPayloadFormat}

// openRPM reads what an rpm package says of itself.
func openRPM(r io.ReaderAt, size int64, limits Limits) (*Package, error) {
	off, _, err := readRPMHeader(r, rpmLead, size)
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	start := (off + 7) &^ 7
	off, raw, err := readRPMHeader(r, start, size)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	text := raw.texts()
	p := &Package{
		Format: "rpm", Name: text[rpmName], Version: text[rpmVersion] + "-" + text[rpmRelease], Architecture: text[rpmArch],
		Maintainer: text[rpmVendor], Distribution: text[rpmDistribution], size: size, limits: limits, header: &raw,
		data: io.NewSectionReader(r, off, size-off), dataName: "payload",
	}
	if p.Name == "" {
		return nil, errors.New("header: it has no name")
	}
	sum := sha256.Sum256(raw.bytes) // with the sums of all files
	p.identify(sum[:])
	if format := text[rpmPayloadFormat]; format != "" && format != "cpio" {
		return p, fmt.Errorf("its payload is of the format %s, and cpio is the one that is known", format)
	}
	return p, nil
}

// An rpmHeader is a header without its magic.
type rpmHeader struct {
	bytes   []byte
	entries int
}

// readRPMHeader reads the header at an offset, and returns where it ends.
func readRPMHeader(r io.ReaderAt, off, size int64) (end int64, h rpmHeader, err error) {
	var intro [rpmIntro]byte
	if _, err := r.ReadAt(intro[:], off); err != nil {
		return 0, h, truncated(err)
	}
	if !bytes.HasPrefix(intro[:], []byte(rpmHeaderMagic)) {
		return 0, h, fmt.Errorf("no magic at byte %d: damaged", off)
	}
	entries, data := int64(binary.BigEndian.Uint32(intro[8:])), int64(binary.BigEndian.Uint32(intro[12:]))
	n := entries*rpmEntry + data
	off += rpmIntro
	switch {
	case n > size-off:
		return 0, h, errTruncated
	case n > maxHeader:
		return 0, h, &LimitError{fmt.Sprintf("a header of %d bytes", n)}
	}
	h = rpmHeader{make([]byte, n), int(entries)}
	if _, err := r.ReadAt(h.bytes, off); err != nil {
		return 0, h, truncated(err)
	}
	return off + n, h, nil
}

// texts returns the first string of each tag of rpmTexts that has some. What points out of the
// header is passed over, and so is what follows the first entry of a tag: a header may have
// millions of entries, each with a string as long as all.
func (h rpmHeader) texts() map[uint32]string {
	found := make(map[uint32]string)
	data := h.bytes[h.entries*rpmEntry:]
	for i := range h.entries {
		e := h.bytes[i*rpmEntry:]
		tag, typ, off := binary.BigEndian.Uint32(e), binary.BigEndian.Uint32(e[4:]), binary.BigEndian.Uint32(e[8:])
		if !slices.Contains(rpmTexts, tag) || typ != rpmStringType && typ != rpmI18NStringType || int64(off) >= int64(len(data)) {
			continue
		}
		if _, seen := found[tag]; seen {
			continue
		}
		text, _, ok := bytes.Cut(data[off:min(int64(len(data)), int64(off)+maxControl)], []byte{0})
		if !ok {
			text = nil
		}
		found[tag] = string(text)
	}
	return found
}
