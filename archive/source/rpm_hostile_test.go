package source

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// rpmEntries is a header with entries of tag, type, offset and count.
func rpmEntries(data string, entries ...[4]uint32) rpmHeader {
	var b []byte
	for _, e := range entries {
		for _, n := range e {
			b = binary.BigEndian.AppendUint32(b, n)
		}
	}
	return rpmHeader{append(b, data...), len(entries)}
}

// TestRPMTexts: only tags that are known are read, each once, and no text is searched for its end for ever.
func TestRPMTexts(t *testing.T) {
	entries := [][4]uint32{{rpmName, rpmStringType, 0, 1}, {rpmName, rpmStringType, 2, 1}, {rpmVersion, rpmStringType, 4, 1}}
	for i := range uint32(1000) {
		entries = append(entries, [4]uint32{2_000_000 + i, rpmStringType, 0, 1})
	}
	got := rpmEntries("a\x00b\x00"+strings.Repeat("x", maxControl)+"\x00", entries...).texts()
	if len(got) != 2 || got[rpmName] != "a" || got[rpmVersion] != "" {
		t.Errorf("%d texts, name %q, version of %d bytes", len(got), got[rpmName], len(got[rpmVersion]))
	}
}

// TestRPMFilesHostile: a long directory that many files have is not kept for each, and counts are as large as what they count.
func TestRPMFilesHostile(t *testing.T) {
	const n = 64
	data := strings.Repeat("\x00", 8*n) + strings.Repeat("x", maxRPMName) + "\x00"
	arrays := func(names uint32) rpmHeader {
		return rpmEntries(data, [4]uint32{rpmBaseNames, 8, 0, names}, [4]uint32{rpmDirNames, 8, 8 * n, 1}, [4]uint32{rpmDirIndexes, 4, 0, names},
			[4]uint32{rpmFileModes, 3, 0, names}, [4]uint32{rpmFileTimes, 4, 0, names}, [4]uint32{rpmLongFileSizes, 5, 0, names})
	}
	if files, err := arrays(n).files(DefaultLimits); err != nil || len(files) != n {
		t.Errorf("as long as it may be: %d files, %v", len(files), err)
	}
	data = strings.Repeat("\x00", 8*n) + strings.Repeat("x", maxRPMName+1) + "\x00"
	if _, err := arrays(n).files(DefaultLimits); !errors.As(err, new(*LimitError)) {
		t.Errorf("longer: %v", err)
	}
	if _, err := arrays(1 << 31).files(DefaultLimits); err == nil {
		t.Error("more names than there are bytes, and no error")
	}
}
