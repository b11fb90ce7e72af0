package elffile

import (
	"debug/elf"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func noteSection(name string, align uint64, data []byte) testSection {
	return testSection{name: name, typ: elf.SHT_NOTE, flags: elf.SHF_ALLOC, data: data, align: align}
}

// notes returns the notes as text.
func notes(f *File) ([]string, error) {
	var got []string
	err := f.Notes(func(owner string, typ uint32, desc []byte) error {
		got = append(got, fmt.Sprintf("%s %#x %q", owner, typ, desc))
		return nil
	})
	return got, err
}

func TestNotes(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		four := o.note(o.note(nil, 4, "Linux", 0x101, "\x01\x00\x00\x00"), 4, "GNU", 3, "build ID")
		eight := o.note(o.note(nil, 8, "GNU", 5, "property"), 8, "", 1, "x")
		// Its size lets it parse with either padding only up to the second note.
		fourIn8 := o.note(o.note(nil, 4, "long owner name", 1, "abcd"), 4, "Linux", 0x100, "6.12")
		e.sections = []testSection{
			noteSection(".note.four", 4, four),
			noteSection(".note.eight", 8, eight),
			noteSection(".note.fourIn8", 8, fourIn8),
			noteSection(".note.padded", 4, append(o.note(nil, 4, "GNU", 9, ""), 0, 0, 0, 0)),
			noteSection(".note.unpadded", 4, o.note(nil, 4, "GNU", 10, "xyz")[:12+4+3]),
			noteSection(".note.empty", 4, nil),
			{name: ".note.other", data: []byte("no SHT_NOTE")},
		}
		want := []string{
			`Linux 0x101 "\x01\x00\x00\x00"`, `GNU 0x3 "build ID"`,
			`GNU 0x5 "property"`, ` 0x1 "x"`,
			`long owner name 0x1 "abcd"`, `Linux 0x100 "6.12"`,
			`GNU 0x9 ""`, `GNU 0xa "xyz"`,
		}
		got, err := notes(mustNew(t, e.build()))
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q, %v", got, err)
		}
		stop := errors.New("stop")
		if err := mustNew(t, e.build()).Notes(func(string, uint32, []byte) error { return stop }); err != stop {
			t.Error(err)
		}
	})
}

func TestNotesDamaged(t *testing.T) {
	eachClass(t, func(t *testing.T, e testELF, o testOrder) {
		good := o.note(nil, 4, "GNU", 3, "abcd")
		for _, c := range []struct {
			name string
			rest []byte
			want string
		}{
			{"huge owner", o.u32(nil, 1<<32-1, 0, 1), ".note+0x14: note with 4294967295 bytes of owner"},
			{"huge description", o.u32(nil, 4, 1<<32-1, 1, 0x554e47), ".note+0x14: note with 4 bytes of owner and 4294967295 of description"},
			{"half a header", []byte("abcdefg"), ".note+0x14: the section ends inside a note"},
		} {
			for _, align := range []uint64{4, 8} {
				e.sections = []testSection{noteSection(".note", align, append(good[:len(good):len(good)], c.rest...))}
				got, err := notes(mustNew(t, e.build()))
				var format *FormatError
				if len(got) != 1 || !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
				}
			}
		}
	})
}
