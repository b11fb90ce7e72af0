package verify

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
)

// cause says what has probably happened and what to do about it. It is a guess for
// people; nothing depends on it.
func (c *checker) cause(f *Finding) string {
	if text := c.blobCause(f.Message); text != "" {
		return text
	}
	if text := c.newerCause(f); text != "" {
		return text
	}
	// Types of another base look wrong in any way.
	if c.b.base != nil && c.other == nil {
		text := c.otherBase()
		c.other = &text
	}
	if c.b.base != nil && *c.other != "" {
		return *c.other
	}
	return c.recordCause(f)
}

// recordCause is about what a record says, if nothing larger explains it.
func (c *checker) recordCause(f *Finding) string {
	if text, ok := causes[f.Message]; ok {
		return text
	}
	split := c.b.base != nil
	is := func(prefix string) bool { return strings.HasPrefix(f.Message, prefix) }
	switch {
	case is("Invalid name_offset"), is("Invalid member name_offset"):
		if split {
			return fmt.Sprintf("the base has %d bytes of names and this BTF %d: most likely it was made on another base", c.b.strStart, len(c.b.strs))
		}
		return fmt.Sprintf("there are %d bytes of names: the string section was cut or replaced, or the record is none", len(c.b.strs))
	case f.Message == "Invalid name", f.Message == "Invalid value":
		return c.nameCause(f)
	case f.Message == "" && split:
		return "a modifier refers to a type that does not exist: most likely it was made on another base"
	case f.Message == "":
		return "a modifier refers to a type that does not exist: a damaged record"
	case is("Invalid arg#"):
		return "the parameter has no name or a bad one, or its type does not exist or has no size"
	case is("Invalid func#"), is("Invalid loc_proto#"), is("Invalid loc_param#"):
		return "what is referred to does not exist or is of another kind: a damaged record"
	case is("Mismatched vlen"):
		return "there are locations for more or fewer parameters than the function has: an encoder paired it with that of another one"
	case is("Member"), is("Invalid member"):
		return "the place of the member does not fit its type or its struct: a damaged record, or a defect of the encoder"
	case is("meta_left"):
		return "the types end inside of a record: the data were cut off, or an earlier record has a wrong length"
	}
	return "the record contradicts itself: damaged data, or a defect of the encoder"
}

// blobCause is about header and sections.
func (c *checker) blobCause(message string) string {
	raw, h := c.b.raw, &c.b.hdr
	switch message {
	case "":
		if c.load && len(raw) > kernel.MaxLoad {
			return fmt.Sprintf("%d bytes, BPF_BTF_LOAD accepts up to %d", len(raw), kernel.MaxLoad)
		}
	case "hdr_len not found", "btf_header not found":
		if text := c.magicCause(); text != "" {
			return text
		}
		return fmt.Sprintf("the header does not fit into the %d bytes that there are: the data were cut off", len(raw))
	case "Invalid magic":
		if text := c.magicCause(); text != "" {
			return text
		}
		return "the header is shorter than its magic"
	case "Unsupported version", "Unsupported flags":
		return "a form of BTF that did not exist when this kernel was written, or damaged data"
	case "No data":
		return "a header and nothing after it: the data were cut off, or nothing was encoded"
	case "Unsupported btf_header":
		if c.rules.Header < kernel.LongHeader && h.size == 0 && c.b.order.Uint32(raw[4:]) == kernel.LongHeader {
			return "a header with a layout section, which Linux knows from " + sinceLayout + " on: encode without the feature layout for this kernel"
		}
		return "the header has more fields than this kernel knows: the BTF is for a newer one, or damaged"
	case "Invalid section offset", "Total section length too long":
		want := uint64(h.size)
		for _, s := range []span{h.types, h.strs, h.layout} {
			want = max(want, uint64(h.size)+uint64(s.off)+uint64(s.len))
		}
		return fmt.Sprintf("by its header the BTF ends at byte %d, and there are %d: the data were cut off, "+
			"or the header is damaged", want, len(raw))
	case "Unsupported section found":
		return "bytes that belong to no section: padding, something appended, or a section that this kernel does not know"
	case "Section overlap found", "String section is not at the end":
		return "sections in another order or place than this kernel expects, or a damaged header"
	case "No type found":
		return "nothing was encoded"
	case "Unaligned type_off", "Unaligned layout_off", "Layout section is too small", "layout_len is not multiple of 4":
		return "a section of words that is none: a damaged header"
	case "Invalid string section":
		if s := c.b.strs; c.b.base == nil && (len(s) == 0 || s[0] != 0 && s[len(s)-1] == 0) {
			return "the strings are those of split BTF, which needs its base"
		}
		return "strings have to begin with a NUL byte, if there is no base, and to end with one: the data were cut off or damaged"
	}
	return ""
}

// magicCause says what data are that do not begin as BTF of this byte order, ""
// for those that do.
func (c *checker) magicCause() string {
	raw := c.b.raw
	if len(raw) < 2 {
		return ""
	}
	little, big := binary.LittleEndian.Uint16(raw) == magic, binary.BigEndian.Uint16(raw) == magic
	switch own := c.b.order == binary.LittleEndian; {
	case little && own || big && !own:
		return ""
	case little:
		return "BTF in little-endian order: it is for another machine, and a kernel reads its own order only"
	case big:
		return "BTF in big-endian order: it is for another machine, and a kernel reads its own order only"
	}
	for _, known := range []struct{ magic, text string }{
		{"\x7fELF", "this is a whole ELF file; its section .BTF is what counts"},
		{"\x1f\x8b", "this is compressed with gzip"},
		{"\xfd7zXZ", "this is compressed with xz"},
		{"\x28\xb5\x2f\xfd", "this is compressed with zstd"},
	} {
		if bytes.HasPrefix(raw, []byte(known.magic)) {
			return known.text
		}
	}
	return "this is no BTF"
}

// newerCause is about what only newer kernels accept.
func (c *checker) newerCause(f *Finding) string {
	tag := f.Kind == btf.KindDeclTag || f.Kind == btf.KindTypeTag
	switch {
	case f.Message == "Invalid btf_info kind_flag" && tag && !c.rules.TagFlags:
		return "an attribute of C, which Linux knows from " + sinceAttributes + " on: encode without the feature attributes for this kernel"
	case f.Message == "Type tags don't precede modifiers":
		return "kernels before " + sinceFreeTags + " want a type tag before const, volatile, " +
			"restrict and typedef of the same chain: the compiler or the encoder changed their order"
	case strings.HasPrefix(f.Message, "Invalid btf_info:") && c.rules.Unused != 0:
		var info uint32
		fmt.Sscanf(f.Message, "Invalid btf_info:%x", &info)
		newest := kernel.Newest()
		if kind := newest.Kind(info); kind > btf.Kind(c.rules.KindMask) {
			return fmt.Sprintf("kind %d, which this kernel does not know: the BTF is for a newer one, or the records are damaged", uint8(kind))
		} else if kind.Known() && newest.Vlen(info) > c.rules.VlenMask {
			return fmt.Sprintf("%s with %d elements, of which this kernel accepts %d; newer ones accept more", kind, newest.Vlen(info), c.rules.VlenMask)
		}
	case f.Message == "Invalid btf_info kind_flag" && f.Kind == btf.KindEnum && !c.rules.EnumFlag:
		return "an enumeration with negative values, marked as Linux knows it from " + sinceEnumFlag + " on: encode without the feature enum64 for this kernel"
	case strings.HasPrefix(f.Message, invalidKind) && c.newerKind(f.Message) != btf.KindVoid:
		kind := c.newerKind(f.Message)
		if kind >= btf.KindLocParam {
			return fmt.Sprintf("%s, a kind of BTF inline, which this kernel does not know: encode without it for this kernel", kind)
		}
		return fmt.Sprintf("%s, a kind of type that this kernel does not know: encode without the feature %s for it", kind, strings.ToLower(kind.String()))
	case strings.HasPrefix(f.Message, invalidKind) && (len(c.b.index) > 0 || c.b.base != nil):
		return "a kind of type that this kernel does not know: the BTF is for a newer one, or the records are damaged"
	}
	return ""
}

// invalidKind begins the message about a kind that a kernel does not know.
const invalidKind = "Invalid kind:"

// newerKind returns the kind in a message about one that newer kernels know, or
// KindVoid.
func (c *checker) newerKind(message string) btf.Kind {
	var kind btf.Kind
	fmt.Sscanf(message, invalidKind+"%d", &kind)
	if kind.Known() && !c.rules.Knows(kind) {
		return kind
	}
	return btf.KindVoid
}

// nameCause is about the characters of a name.
func (c *checker) nameCause(f *Finding) string {
	name := f.Name
	if f.Element != "" || c.rec != nil && c.rec.NameOff() != 0 && c.b.isName(c.rec.NameOff()) {
		name = f.Element // the type's own name is fine
	}
	switch {
	case name == "" && f.Message == "Invalid value":
		return "a tag without text"
	case name == "":
		return "this kind has to have a name"
	case len(name) > c.rules.MaxName:
		return fmt.Sprintf("a name of %d bytes, this kernel accepts up to %d", len(name), c.rules.MaxName)
	}
	for i := range len(name) {
		printable := c.rules.Names == kernel.NamePrint
		if printable && !isPrint(name[i]) {
			return fmt.Sprintf("%q has the byte 0x%02x, which is not printable: this kernel reads names as Latin-1, not as UTF-8; "+
				"leave out what has that name, or the strings are damaged", shorten([]byte(name)), name[i])
		}
		if !printable && !isLetter(name[i]) && (i == 0 || name[i]-'0' > 9) {
			return fmt.Sprintf("%q is no name of C: leave out units of other languages (--lang_exclude), "+
				"or the strings are damaged", shorten([]byte(name)))
		}
	}
	return "this kind has no name: the records are damaged"
}

// causes of messages that need no more than the message.
var causes = map[string]string{
	"Invalid member bits_offset": "members have to be in the order of their offsets, " +
		"which compilers of Rust do not keep: leave out its units (--lang_exclude=rust), or the records are damaged",
	"Invalid offset": "variables of a section overlap or are out of order: " +
		"a compiler that merges globals does that, and pahole's feature global_var, " +
		"which writes a weak definition beside the one that replaces it",
	"Invalid func linkage":           "only static and global functions are allowed, an extern one is for BPF objects",
	"Linkage not supported":          "only static and global variables are allowed, an extern one is for BPF objects",
	"Member is not properly aligned": "a packed struct with a floating-point member, which BPF_BTF_LOAD refuses",
	"Max chain length or cycle detected": "modifiers refer to each other, or more than 32 to later ones: " +
		"a damaged record, or a deduplication that joined types that differ",
	"Loop detected": "a type has itself as a part: a damaged record, " +
		"or a deduplication that joined types that differ",
	"Exceeded max resolving depth:32": "types refer to later ones more than 32 times in a row: order them the other way",
	"Invalid type_id": "the type that is referred to does not exist or is of a kind that does not fit: " +
		"a damaged record",
	"Invalid flags": "flags of a location that no kernel knows together: a damaged record, or a defect of the encoder",
	"Invalid vlen": "flags and size of the location ask for another number of values: a damaged record, " +
		"or a defect of the encoder",
	"Invalid member": "the type of the member does not exist or has no size: a damaged record, " +
		"or a forward declaration that was not resolved",
	"Invalid type":               "the variable has a type without a size: a forward declaration that was not resolved",
	"Invalid return type":        "the type that is returned does not exist or has no size",
	"Member exceeds struct_size": "the member ends after its struct: a damaged record, or types of different builds",
}
