package verify_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gopahole/gopahole/btf"
	"github.com/gopahole/gopahole/kernel"
	"github.com/gopahole/gopahole/verify"
)

// A rawCase is BTF with the verdict of each kernel. What verdicts says, in lines
// "WHO: [ERRNO] MESSAGE", goes for WHO:
//
//	any        all versions at both levels
//	load       BPF_BTF_LOAD of all versions
//	6.12 ...   this version at both levels
//	6.12/load  this version's BPF_BTF_LOAD
//
// The errno is EINVAL if none is given, and the message "taken" stands for none. A
// later line goes over an earlier one, and without any the BTF is taken.
type rawCase struct {
	name     string
	make     func(b *builder)
	verdicts string
}

// verdict returns what a case says of a kernel: errno and message, "" if it is
// taken.
func (c *rawCase) verdict(v *kernel.Release, load bool) (errno, message string) {
	for line := range strings.SplitSeq(c.verdicts, "\n") {
		who, what, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		switch version, level, _ := strings.Cut(who, "/"); {
		case who == "any", who == "load" && load:
		case version == short(v) && (level == "" || level == "load" && load):
		default:
			continue
		}
		errno, message = "EINVAL", what
		if first, rest, ok := strings.Cut(what, " "); ok && strings.ToUpper(first) == first && first[0] == 'E' {
			errno, message = first, rest
		}
		if message == "taken" {
			errno, message = "", ""
		}
		if message == "undecided" {
			errno = ""
		}
		if message == "silence" { // an error without a message
			message = ""
		}
	}
	return errno, message
}

func (c *rawCase) blob() []byte {
	b := newBuilder()
	c.make(b)
	return b.blob()
}

func TestRaw(t *testing.T) {
	for _, c := range rawCases {
		t.Run(c.name, func(t *testing.T) {
			raw := c.blob()
			for _, v := range versions {
				for _, load := range []bool{false, true} {
					errno, message := c.verdict(v, load)
					rep := verify.Check(raw, verify.Options{Release: v, Load: load, Order: binary.LittleEndian})
					var gotErrno, got string
					if f := rep.Refusal; f != nil {
						gotErrno, got = f.Errno.Error(), f.Message
						if !strings.HasSuffix(f.Line, f.Message) {
							t.Errorf("line %q does not end with %q", f.Line, f.Message)
						}
						if f.Cause == "" {
							t.Errorf("%s: no cause", f.Line)
						}
					}
					if rep.Has(verify.Undecided) {
						got = "undecided"
					}
					if gotErrno != errno || got != message {
						t.Errorf("%v, load %v: %s %q, want %s %q", v, load, gotErrno, got, errno, message)
					}
				}
			}
		})
	}
}

// TestByteOrder: a kernel of the other order says the same of the same BTF in its
// order, and refuses this one.
func TestByteOrder(t *testing.T) {
	for _, c := range rawCases {
		b := newBuilder()
		b.big = true
		c.make(b)
		for _, v := range versions {
			for _, load := range []bool{false, true} {
				little := verify.Check(c.blob(), verify.Options{Release: v, Load: load, More: 20})
				big := verify.Check(b.blob(), verify.Options{Release: v, Load: load, More: 20})
				if !cmp.Equal(little, big) && c.name != "types not at a multiple of 4" {
					t.Errorf("%s, Linux %v, load %v: %s", c.name, v, load, cmp.Diff(little, big))
				}
				other := verify.Check(b.blob(), verify.Options{Release: v, Load: load, Order: binary.LittleEndian})
				if other.Accepted() {
					t.Errorf("%s, Linux %v, load %v: taken in the wrong order", c.name, v, load)
				}
			}
		}
	}
}

// Common beginnings.

func oneInt(b *builder) { b.int("", 4) }

func twoInts(b *builder) { b.int("", 4); b.int("", 4) }

// record is a struct with a hole, as [5].
func record(b *builder) {
	b.int("", 4)
	b.int("", 8)
	b.int("", 1)
	b.array(1, 1, 8)
	b.structure("A", 48, m("m", 2, 0), m("n", 1, 64), m("o", 3, 96), m("p", 4, 128))
}

// recordAndInt are variables of both, as [6] and [7].
func recordAndInt(b *builder) { record(b); b.variable("t", 5); b.variable("u", 1) }

// twoArgs is a function's prototype, as [3].
func twoArgs(b *builder) { twoInts(b); b.proto(0, param{"a", 1}, param{"b", 2}) }

// chainUp makes n CONSTs, each of which refers to the next, and an INT.
func chainUp(b *builder, n int) {
	for i := range n {
		b.constant(uint32(i + 2))
	}
	b.int("", 4)
}

var rawCases = []rawCase{
	// Structs and what they are made of.
	{"arrays, an array of arrays, an enum, all later than the struct", func(b *builder) {
		b.int("", 4)
		b.int("", 8)
		b.int("", 1)
		b.array(1, 1, 8)
		b.structure("A", 180, m("m", 2, 0), m("n", 1, 64), m("o", 3, 96), m("p", 4, 128), m("q", 6, 384), m("r", 7, 1408))
		b.array(4, 1, 4)
		b.enum("E", 4, "E0", "E1")
	}, ""},
	{"an array of structs, and one of a const typedef", func(b *builder) {
		b.int("", 4)
		b.array(4, 1, 4)
		b.structure("A", 68, m("m", 1, 0), m("n", 2, 32), m("o", 8, 288))
		b.structure("B", 8, m("m", 1, 0), m("n", 1, 32))
		b.constant(1)
		b.typedef("Struct_B", 4)
		b.constant(6)
		b.array(7, 1, 4)
	}, ""},
	{"members out of order", func(b *builder) {
		b.int("", 4)
		b.int("", 8)
		b.structure("A", 16, m("m", 1, 64), m("n", 2, 0))
	}, "any: Invalid member bits_offset"},
	{"a member of a union at an offset", func(b *builder) {
		b.int("", 4)
		b.composite(btf.KindUnion, false, "u", 8, m("m", 1, 0), m("n", 1, 32))
	}, "any: Invalid member bits_offset"},
	{"a member that begins past the end", func(b *builder) {
		b.int("", 4)
		b.structure("A", 4, m("m", 1, 33))
	}, "any: Member bits_offset exceeds its struct size"},
	{"an array of length 0 at the end", func(b *builder) {
		b.int("", 4)
		b.array(1, 1, 0)
		b.structure("A", 4, m("m", 1, 0), m("n", 2, 32))
	}, ""},
	{"a last int that does not fit", func(b *builder) {
		oneInt(b)
		b.structure("A", 7, m("m", 1, 0), m("n", 1, 32))
	}, "load: Member exceeds struct_size"},
	{"a last array that does not fit", func(b *builder) {
		oneInt(b)
		b.array(1, 1, 2)
		b.structure("A", 11, m("m", 1, 0), m("n", 2, 32))
	}, "load: Member exceeds struct_size"},
	{"a last pointer that does not fit", func(b *builder) {
		oneInt(b)
		b.ptr(0)
		b.structure("A", 11, m("m", 1, 0), m("n", 2, 32))
	}, "load: Member exceeds struct_size"},
	{"a last enum that does not fit", func(b *builder) {
		oneInt(b)
		b.enum("E", 4, "E0", "E1")
		b.structure("A", 7, m("m", 1, 0), m("n", 2, 32))
	}, "load: Member exceeds struct_size"},
	{"a last struct that does not fit", func(b *builder) {
		oneInt(b)
		b.structure("B", 4)
		b.structure("A", 7, m("m", 1, 0), m("n", 2, 32))
	}, "load: Member exceeds struct_size"},
	{"an enum of one byte", func(b *builder) {
		b.int("", 4)
		b.int("", 1)
		b.enum("E", 1, "E0", "E1")
		b.structure("A", 2, m("m", 2, 0), m("n", 3, 8))
	}, ""},
	{"a pointer between bytes", func(b *builder) {
		b.ptr(0)
		b.structure("A", 16, m("m", 1, 4))
	}, "load: Member is not byte aligned"},
	{"a member that does not exist", func(b *builder) { b.structure("A", 4, m("m", 9, 0)) }, "load: Invalid member"},
	{"a member with an ID that cannot be", func(b *builder) { b.structure("A", 4, m("m", 0x100000, 0)) }, "any: Invalid type_id"},
	{"a member without a type", func(b *builder) { b.structure("A", 4, m("m", 0, 0)) }, "any: Invalid type_id"},
	{"a member that is only declared", func(b *builder) {
		b.fwd("F", false)
		b.structure("A", 4, m("m", 1, 0))
	}, "load: Invalid member"},

	{"a pointer to a typedef of an array", func(b *builder) {
		b.structure("s", 8, m("a", 2, 0))
		b.ptr(3)
		b.typedef("arr_t", 4)
		b.array(5, 5, 16)
		b.int("", 4)
	}, ""},
	{"a pointer to a typedef of an array of arrays", func(b *builder) {
		b.structure("s", 8, m("a", 2, 0))
		b.ptr(3)
		b.typedef("arr_t", 4)
		b.array(5, 7, 16)
		b.array(6, 7, 8)
		b.array(7, 7, 4)
		b.int("", 4)
	}, ""},
	{"a pointer to arrays with typedefs between them", func(b *builder) {
		b.structure("s", 8, m("a", 2, 0))
		b.ptr(3)
		b.typedef("arr1_t", 4)
		b.array(5, 10, 16)
		b.typedef("arr2_t", 6)
		b.array(7, 10, 8)
		b.typedef("arr3_t", 8)
		b.array(9, 10, 4)
		b.typedef("int_t", 10)
		b.int("", 4)
	}, ""},

	// Bitfields.
	{"kind_flag without bitfields", func(b *builder) {
		oneInt(b)
		b.bitStruct(8, field("A", 1, 0, 0), field("B", 1, 0, 32))
	}, ""},
	{"bitfields of an int in a struct", func(b *builder) {
		oneInt(b)
		b.bitStruct(4, field("A", 1, 4, 0), field("B", 1, 4, 4))
	}, ""},
	{"bitfields of an int in a union", func(b *builder) {
		oneInt(b)
		b.bitUnion(4, field("A", 1, 4, 0), field("B", 1, 4, 0))
	}, ""},
	{"bitfields of an enum in a struct", func(b *builder) {
		oneInt(b)
		b.enum("A", 4, "B")
		b.bitStruct(4, field("C", 2, 4, 0), field("D", 2, 4, 4))
	}, ""},
	{"bitfields of an enum in a union", func(b *builder) {
		oneInt(b)
		b.enum("A", 4, "B")
		b.bitUnion(4, field("C", 2, 4, 0), field("D", 2, 4, 0))
	}, ""},
	{"bitfields of typedefs in a struct", func(b *builder) {
		oneInt(b)
		b.enum("A", 4, "B")
		b.bitStruct(4, field("C", 4, 4, 0), field("D", 5, 4, 4))
		b.typedef("E", 1)
		b.typedef("F", 2)
	}, ""},
	{"bitfields of typedefs in a union", func(b *builder) {
		oneInt(b)
		b.enum("A", 4, "B")
		b.bitUnion(4, field("C", 4, 4, 0), field("D", 5, 4, 0))
		b.typedef("E", 1)
		b.typedef("F", 2)
	}, ""},
	{"bitfields larger than their struct", func(b *builder) {
		oneInt(b)
		b.bitStruct(4, field("A", 1, 20, 0), field("B", 1, 20, 20))
	}, "load: Member exceeds struct_size"},
	{"bitfields larger than their union", func(b *builder) {
		oneInt(b)
		b.bitUnion(2, field("A", 1, 8, 0), field("B", 1, 20, 0))
	}, "load: Member exceeds struct_size"},
	{"a wide bitfield of an odd int", func(b *builder) {
		oneInt(b)
		b.bits("", 4, 0, 20)
		b.bitStruct(4, field("A", 2, 20, 0), field("B", 2, 20, 20))
	}, "load: Invalid member base type"},
	{"a bitfield of an odd int", func(b *builder) {
		oneInt(b)
		b.bits("", 4, 0, 12)
		b.bitStruct(4, field("A", 2, 8, 0), field("B", 2, 8, 8))
	}, "load: Invalid member base type"},
	{"an int between bytes that is no bitfield", func(b *builder) {
		twoInts(b)
		b.bitStruct(12, field("A", 2, 0, 0), field("B", 2, 0, 36))
	}, "load: Invalid member offset"},
	{"the same beside an enum", func(b *builder) {
		twoInts(b)
		b.enum("E", 4, "E0")
		b.bitStruct(12, field("A", 2, 0, 0), field("B", 2, 0, 36))
	}, "load: Invalid member offset"},
	{"an enum between bytes that is no bitfield", func(b *builder) {
		b.enum("E", 4, "E0")
		b.bitStruct(12, field("A", 1, 0, 36))
	}, "load: Member is not byte aligned"},
	{"a bitfield wider than its int", func(b *builder) {
		b.int("", 1)
		b.bitStruct(8, field("A", 1, 9, 0))
	}, "load: Invalid member bitfield_size"},
	{"a bitfield of an enum wider than 32 bits", func(b *builder) {
		b.enum("E", 8, "E0")
		b.bitStruct(8, field("A", 1, 33, 0))
	}, "load: Invalid member bitfield_size"},
	{"an enum of one byte that counts as four", func(b *builder) {
		b.enum("E", 1, "E0")
		b.bitStruct(2, field("A", 1, 0, 0))
	}, "load: Member exceeds struct_size"},
	{"a bitfield of a pointer", func(b *builder) {
		b.ptr(0)
		b.bitStruct(8, field("A", 1, 8, 0))
	}, "load: Invalid member bitfield_size"},
	{"an int of 128 bits", func(b *builder) { oneInt(b); b.int("", 16) }, ""},
	{"one as a member", func(b *builder) {
		oneInt(b)
		b.int("", 16)
		b.structure("", 16, m("A", 2, 0))
	}, ""},
	{"120 bits of one as a member", func(b *builder) {
		oneInt(b)
		b.bits("", 16, 0, 120)
		b.structure("", 16, m("A", 2, 0))
	}, ""},
	{"one as a member, with kind_flag", func(b *builder) {
		oneInt(b)
		b.int("", 16)
		b.bitStruct(16, field("A", 2, 0, 0))
	}, ""},
	{"120 bits of one as a bitfield", func(b *builder) {
		oneInt(b)
		b.int("", 16)
		b.bitStruct(16, field("A", 2, 120, 0))
	}, ""},
	{"an int that needs more than 128 bits to copy", func(b *builder) {
		b.int("", 16)
		b.structure("", 32, m("A", 1, 4))
	}, "load: nr_copy_bits exceeds 128"},
	{"an int whose own offset overflows", func(b *builder) {
		b.bits("", 4, 31, 1)
		b.structure("", 1<<29, m("A", 1, 0xfffffff8))
	}, "load: bits_offset exceeds U32_MAX"},

	// Variables and sections.
	{"a struct", record, ""},
	{"a section with a struct", func(b *builder) {
		record(b)
		b.variable("t", 5)
		b.section(".bss", 48, entry{6, 0, 48})
	}, ""},
	{"a section with an int", func(b *builder) {
		oneInt(b)
		b.variable("t", 1)
		b.section(".bss", 4, entry{2, 0, 4})
	}, ""},
	{"an extern variable", func(b *builder) {
		oneInt(b)
		b.t("t", info(btf.KindVar, 0), 1, 2)
		b.section(".bss", 4, entry{2, 0, 4})
	}, "any: Linkage not supported"},
	{"a variable of void", func(b *builder) {
		b.variable("t", 0)
		b.section(".bss", 4, entry{1, 0, 4})
	}, "any: Invalid type_id"},
	{"a variable of what is only declared", func(b *builder) {
		b.fwd("A", true)
		b.variable("t", 1)
		b.section(".bss", 4, entry{2, 0, 4})
	}, "load: Invalid type_id"},
	{"a section of what is only declared", func(b *builder) {
		b.fwd("A", true)
		b.variable("t", 1)
		b.section(".bss", 4, entry{1, 0, 4})
	}, "load: Invalid type_id"},
	{"a variable that does not fit its place", func(b *builder) {
		record(b)
		b.variable("t", 5)
		b.section(".bss", 48, entry{6, 0, 47})
	}, "load: Invalid size"},
	{"a place larger than the section", func(b *builder) {
		record(b)
		b.variable("t", 5)
		b.section(".bss", 46, entry{6, 0, 48})
	}, "any: Invalid size"},
	{"a section smaller than its variable", func(b *builder) {
		record(b)
		b.variable("t", 5)
		b.section(".bss", 46, entry{6, 0, 46})
	}, "load: Invalid size"},
	// The kernel compares sizes of a variable only when it has seen it before.
	{"a variable past the end of its section that does not fit", func(b *builder) {
		oneInt(b)
		b.section(".bss", 2, entry{3, 0, 2})
		b.variable("t", 1)
	}, ""},
	{"a gap and two variables", func(b *builder) {
		recordAndInt(b)
		b.section(".bss", 62, entry{6, 10, 48}, entry{7, 58, 4})
	}, ""},
	{"an end past that of the section", func(b *builder) {
		recordAndInt(b)
		b.section(".bss", 62, entry{6, 10, 48}, entry{7, 60, 4})
	}, "any: Invalid offset+size"},
	{"variables that overlap", func(b *builder) {
		recordAndInt(b)
		b.section(".bss", 62, entry{6, 10, 48}, entry{7, 12, 4})
	}, "any: Invalid offset"},
	{"variables out of order", func(b *builder) {
		recordAndInt(b)
		b.section(".bss", 62, entry{7, 58, 4}, entry{6, 10, 48})
	}, "any: Invalid offset"},
	{"an entry without a type", func(b *builder) { b.section(".bss", 4, entry{0, 0, 4}) }, "any: Invalid type_id"},
	{"an entry without a size", func(b *builder) { b.section(".bss", 4, entry{1, 0, 0}) }, "any: Invalid size"},
	{"a section without a size", func(b *builder) { b.section(".bss", 0) }, "any: size == 0"},
	{"a section with kind_flag", func(b *builder) { b.t(".bss", kinfo(btf.KindDatasec, 0), 4) }, "any: Invalid btf_info kind_flag"},
	{"an int in a section", func(b *builder) {
		oneInt(b)
		b.variable("t", 1)
		b.section(".bss", 4, entry{1, 0, 4})
	}, "load: Not a VAR kind member"},
	{"a variable of a section", func(b *builder) {
		oneInt(b)
		b.variable("A", 5)
		b.variable("t", 2)
		b.section("s", 4, entry{3, 0, 4})
		b.section("a", 4, entry{6, 0, 4})
		b.variable("v", 1)
	}, "load: Invalid type_id"},
	{"a variable of a variable", func(b *builder) {
		oneInt(b)
		b.variable("A", 1)
		b.variable("t", 2)
		b.section("s", 4, entry{3, 0, 4})
	}, "load: Invalid type_id"},
	{"a variable of itself", func(b *builder) {
		oneInt(b)
		b.variable("A", 2)
		b.section("s", 4, entry{2, 0, 4})
	}, "load: Invalid type_id"},
	{"a variable of a later variable", func(b *builder) {
		oneInt(b)
		b.variable("A", 3)
		b.variable("t", 1)
	}, "load: Invalid type_id"},
	{"a pointer to a variable", func(b *builder) {
		oneInt(b)
		b.ptr(3)
		b.variable("A", 1)
	}, "load: Invalid type_id"},
	{"a variable as a member", func(b *builder) {
		oneInt(b)
		b.structure("A", 8, m("m", 1, 0), m("n", 3, 32))
		b.variable("v", 1)
	}, "load: Invalid member"},
	{"an array of variables", func(b *builder) {
		oneInt(b)
		b.array(3, 1, 4)
		b.variable("A", 1)
	}, "load: Invalid elem"},
	{"variables past the end of their section, a pointer and a modifier", func(b *builder) {
		b.section("a", 12, entry{4, 0, 8}, entry{6, 8, 4})
		b.int("", 4)
		b.ptr(2)
		b.variable("b", 3)
		b.constant(2)
		b.variable("c", 5)
	}, ""},
	{"a section without variables", func(b *builder) { oneInt(b); b.section(".rodata", 4) }, ""},
	{"a section name of any printable characters", func(b *builder) {
		oneInt(b)
		b.variable("x", 1)
		b.section("?.foo bar:buz", 4, entry{2, 0, 4})
	}, ""},
	{"a section name that begins with a control character", func(b *builder) {
		oneInt(b)
		b.variable("x", 1)
		b.section("\x07foo", 4, entry{2, 0, 4})
	}, "any: Invalid name"},
	{"a section without a name", func(b *builder) {
		oneInt(b)
		b.variable("x", 1)
		b.section("", 4, entry{2, 0, 4})
	}, "any: Invalid name"},
	{"a section name at an empty string", func(b *builder) {
		b.section("x", 4)
		b.words[0]++
	}, "any: Invalid name"},

	// void.
	{"a member that points to const void", func(b *builder) {
		oneInt(b)
		b.constant(0)
		b.ptr(2)
		b.typedef("const_void_ptr", 3)
		b.structure("A", 8, m("m", 4, 0))
	}, ""},
	{"a member that is const void", func(b *builder) {
		oneInt(b)
		b.constant(0)
		b.structure("A", 8, m("m", 2, 0))
	}, "load: Invalid member"},
	{"an array of pointers to const void", func(b *builder) {
		oneInt(b)
		b.constant(0)
		b.ptr(2)
		b.typedef("const_void_ptr", 3)
		b.array(4, 1, 4)
	}, ""},
	{"an array of const void", func(b *builder) {
		oneInt(b)
		b.constant(0)
		b.array(2, 1, 4)
	}, "load: Invalid elem"},

	// Loops and depth.
	{"arrays of each other", func(b *builder) {
		oneInt(b)
		b.array(3, 1, 8)
		b.array(2, 1, 8)
	}, "load: EEXIST Loop detected"},
	{"arrays of each other, with a typedef before them", func(b *builder) {
		oneInt(b)
		b.typedef("int_array", 4)
		b.array(2, 1, 8)
		b.array(3, 1, 8)
	}, "load: EEXIST Loop detected"},
	{"arrays of each other, with a typedef between them", func(b *builder) {
		oneInt(b)
		b.array(3, 1, 8)
		b.typedef("int_array", 4)
		b.array(2, 1, 8)
	}, "load: EEXIST Loop detected"},
	{"structs in each other", func(b *builder) {
		oneInt(b)
		b.structure("A", 8, m("x", 1, 0), m("y", 3, 32))
		b.typedef("Struct_B", 4)
		b.structure("B", 8, m("x", 1, 0), m("y", 2, 32))
	}, "load: EEXIST Loop detected"},
	{"a struct with an array of itself", func(b *builder) {
		oneInt(b)
		b.array(3, 1, 4)
		b.structure("A", 8, m("x", 1, 0), m("y", 2, 32))
	}, "load: EEXIST Loop detected"},
	{"a struct with a ring of CONST and PTR", func(b *builder) {
		oneInt(b)
		b.structure("A", 8, m("m", 3, 0))
		b.constant(4)
		b.ptr(3)
	}, "load: EEXIST Loop detected"},
	{"two structs that share such a ring", func(b *builder) {
		oneInt(b)
		b.structure("A", 8, m("m", 4, 0))
		b.structure("B", 8, m("n", 6, 0))
		b.constant(5)
		b.ptr(6)
		b.constant(7)
		b.ptr(4)
	}, "load: EEXIST Loop detected"},
	{"a struct that points to itself", func(b *builder) {
		b.structure("A", 8, m("next", 2, 0))
		b.ptr(1)
	}, ""},
	{"a struct in itself", func(b *builder) { b.structure("A", 8, m("x", 1, 0)) }, "load: EEXIST Loop detected"},
	{"a pointer to itself", func(b *builder) { b.ptr(1) }, "load: EEXIST Loop detected"},
	{"a typedef of itself", func(b *builder) { b.typedef("t", 1) },
		"any: ELOOP Max chain length or cycle detected\nload: EEXIST Loop detected"},
	{"modifiers in a ring", func(b *builder) { b.constant(2); b.constant(1) },
		"any: ELOOP Max chain length or cycle detected\nload: EEXIST Loop detected"},
	{"32 modifiers to later ones", func(b *builder) { chainUp(b, 32) }, ""},
	{"33 modifiers to later ones", func(b *builder) { chainUp(b, 33) },
		"any: ELOOP Max chain length or cycle detected\nload: E2BIG Exceeded max resolving depth:32"},
	{"100 modifiers to earlier ones", func(b *builder) {
		b.int("", 4)
		for i := range uint32(100) {
			b.constant(i + 1)
		}
	}, ""},
	{"33 pointers to later ones", func(b *builder) {
		for i := range uint32(33) {
			b.ptr(i + 2)
		}
		b.int("", 4)
	}, "load: E2BIG Exceeded max resolving depth:32"},
	{"33 structs in later ones", func(b *builder) {
		for i := range uint32(33) {
			b.structure("s", 4, m("m", i+2, 0))
		}
		b.int("", 4)
	}, "load: E2BIG Exceeded max resolving depth:32"},
	{"a modifier of what does not exist", func(b *builder) { b.constant(7) }, "any: silence\nload: Invalid type_id"},

	// Strings, sections, header.
	{"strings without a NUL byte at the end", func(b *builder) {
		b.int("int", 4)
		b.strs = b.strs[:len(b.strs)-1]
	}, "any: Invalid string section"},
	{"no strings", func(b *builder) { oneInt(b); b.strs = nil }, "any: Invalid string section"},
	{"strings that do not begin with a NUL byte", func(b *builder) {
		oneInt(b)
		b.strs = []byte("x\x00")
	}, "any: Invalid string section"},
	{"no types", func(b *builder) { b.s("int") }, "load: No type found"},
	{"a header with something in bytes that only 7.x knows", func(b *builder) {
		b.int("int", 4)
		b.edit = func(h []uint32) { h[0] += 4 }
	}, "any: E2BIG Unsupported btf_header\n7.2: Total section length too long"},
	{"a longer header of zeros", func(b *builder) {
		b.int("int", 4)
		b.layout = []byte{}
		b.edit = func(h []uint32) { h[5] = 0 }
	}, ""},
	{"a header longer than any kernel knows", func(b *builder) {
		b.int("int", 4)
		b.layout = []byte{}
		b.edit = func(h []uint32) { h[0] = 36 }
	}, "any: E2BIG Unsupported btf_header\n7.2: E2BIG Unsupported btf_header"},
	{"a gap before the types", func(b *builder) {
		b.int("int", 4)
		b.edit = func(h []uint32) { h[1] += 4 }
	}, "any: Unsupported section found"},
	{"a gap before the strings", func(b *builder) {
		b.int("int", 4)
		b.edit = func(h []uint32) { h[3] += 4 }
	}, "any: Unsupported section found"},
	{"strings that begin in the types", func(b *builder) {
		b.int("int", 4)
		b.edit = func(h []uint32) { h[3] -= 4 }
	}, "any: Section overlap found"},
	{"more bytes than sections", func(b *builder) {
		b.int("int", 4)
		b.edit = func(h []uint32) { h[4] -= 4 }
	}, "any: Unsupported section found"},
	{"bytes past the end", func(b *builder) { b.int("int", 4); b.extra = []byte{0} }, "any: Unsupported section found"},
	{"fewer bytes than sections", func(b *builder) {
		b.int("int", 4)
		b.edit = func(h []uint32) { h[4] += 4 }
	}, "any: Total section length too long"},
	{"a section far outside", func(b *builder) {
		b.int("int", 4)
		b.edit = func(h []uint32) { h[1], h[3] = 0x10000, 0x10000 }
	}, "any: Invalid section offset"},
	{"strings before the types", func(b *builder) {
		b.int("", 4)
		b.strs = make([]byte, 16)
		n := uint32(len(b.words) * 4)
		b.edit = func(h []uint32) { h[3], h[1] = 0, 16; h[2] = n }
	}, "any: String section is not at the end"},
	{"types not at a multiple of 4", func(b *builder) {
		oneInt(b)
		b.layout = []byte{}
		b.edit = func(h []uint32) { h[3], h[1], h[5] = 0, 1, 0 } // a string of one byte, then the types
	}, "any: String section is not at the end\n7.2: meta_left:4 meta_needed:786432\n7.2/load: Unaligned type_off"},
	{"a layout section", layoutOf(4), "any: E2BIG Unsupported btf_header\n7.2: taken"},
	{"a layout section that is too small", layoutOf(3), "any: E2BIG Unsupported btf_header\n7.2: taken\n7.2/load: Layout section is too small"},
	{"a layout section of half a record", layoutOf(6), "any: E2BIG Unsupported btf_header\n7.2: taken\n7.2/load: layout_len is not multiple of 4"},
	{"a layout section that is not aligned", func(b *builder) {
		b.int("", 4)
		b.layout = make([]byte, 4)
		b.strs = []byte{0}
		b.edit = func(h []uint32) { h[3], h[5] = 16, 17 } // strings, then the layout
	}, "any: E2BIG Unsupported btf_header\n7.2: taken\n7.2/load: Unaligned layout_off"},

	// Arrays.
	{"an array", func(b *builder) { oneInt(b); b.array(1, 1, 16) }, ""},
	{"an array of const, indexed by const", func(b *builder) {
		oneInt(b)
		b.array(3, 3, 16)
		b.constant(1)
	}, ""},
	{"an odd index", func(b *builder) {
		oneInt(b)
		b.bits("", 4, 0, 31)
		b.array(1, 4, 16)
		b.constant(2)
	}, "load: Invalid index"},
	{"an odd element", func(b *builder) {
		oneInt(b)
		b.bits("", 4, 0, 31)
		b.array(4, 1, 16)
		b.constant(2)
	}, "load: Invalid array of int"},
	{"an index that is void", func(b *builder) { oneInt(b); b.array(1, 0, 16) }, "any: Invalid index"},
	{"an element that is void", func(b *builder) { oneInt(b); b.array(0, 1, 16) }, "any: Invalid elem"},
	{"an index that is const void", func(b *builder) {
		oneInt(b)
		b.array(1, 3, 16)
		b.constant(0)
	}, "load: Invalid index"},
	{"an element that is const void", func(b *builder) {
		oneInt(b)
		b.array(3, 1, 16)
		b.constant(0)
	}, "load: Invalid elem"},
	{"an element that points to const void", func(b *builder) {
		oneInt(b)
		b.array(3, 1, 16)
		b.ptr(4)
		b.constant(0)
	}, ""},
	{"an index that is a pointer", func(b *builder) {
		oneInt(b)
		b.array(1, 3, 16)
		b.ptr(4)
		b.constant(0)
	}, "load: Invalid index"},
	{"an array with a size", func(b *builder) {
		oneInt(b)
		b.t("", info(btf.KindArray, 0), 1, 1, 1, 16)
	}, "any: size != 0"},
	{"an array with a vlen", func(b *builder) { b.t("", info(btf.KindArray, 1), 0, 1, 1, 16) }, "any: vlen != 0"},
	{"an array of 4 GiB", func(b *builder) { oneInt(b); b.array(1, 1, 1<<30) }, "load: Array size overflows U32_MAX"},
	{"an array of a byte less", func(b *builder) { b.int("", 1); b.array(1, 1, 1<<32-1) }, ""},

	// Integers and other numbers.
	{"bits of an int that nobody uses", func(b *builder) {
		b.t("", info(btf.KindInt, 0), 4, 32|1<<28)
	}, "any: Invalid int_data:10000020"},
	{"more bits than bytes", func(b *builder) { b.bits("", 4, 1, 32) }, "any: nr_bits exceeds type_size"},
	{"more than 128 bits", func(b *builder) { b.bits("", 32, 1, 128) }, "any: nr_bits exceeds 128"},
	{"two encodings at once", func(b *builder) { b.t("", info(btf.KindInt, 0), 4, 32|3<<24) }, "any: ENOTSUPP Unsupported encoding"},
	{"an encoding that nobody knows", func(b *builder) { b.t("", info(btf.KindInt, 0), 4, 32|8<<24) }, "any: ENOTSUPP Unsupported encoding"},
	{"an int with a vlen", func(b *builder) { b.t("", info(btf.KindInt, 1), 4, 32) }, "any: vlen != 0"},
	{"an int without bits", func(b *builder) { b.t("", info(btf.KindInt, 0), 0, 0) }, ""},
	{"an int with any name", func(b *builder) { b.int("unsigned long é$", 8) }, ""},
	{"floats", func(b *builder) {
		b.int("int", 4)
		for _, size := range []uint32{2, 4, 8, 12, 16} {
			b.float("f", size)
		}
		b.structure("floats", 48, m("a", 2, 0), m("b", 3, 32), m("c", 4, 64), m("d", 5, 128), m("e", 6, 256))
	}, ""},
	{"a float with a vlen", func(b *builder) { b.t("f", info(btf.KindFloat, 1), 4) }, "any: vlen != 0"},
	{"a float with kind_flag", func(b *builder) { b.t("f", kinfo(btf.KindFloat, 0), 4) }, "any: Invalid btf_info kind_flag"},
	{"a float that does not fit", func(b *builder) {
		b.int("int", 4)
		b.float("float", 4)
		b.structure("floats", 2, m("x", 2, 0))
	}, "load: Member exceeds struct_size"},
	{"a float that is not aligned", func(b *builder) {
		b.int("int", 4)
		b.float("float", 4)
		b.structure("floats", 8, m("x", 2, 8))
	}, "load: Member is not properly aligned"},
	{"a float of 6 bytes", func(b *builder) { b.float("float", 6) }, "any: Invalid type_size"},

	// Enums.
	{"an enum without a name", func(b *builder) { oneInt(b); b.enum("", 4, "E0") }, ""},
	{"an enum without values", func(b *builder) { b.enum("E", 4) }, ""},
	{"an enum with a bad name", func(b *builder) { oneInt(b); b.enum("A!", 4, "E0") }, "any: Invalid name"},
	{"a value without a name", func(b *builder) { oneInt(b); b.enum("", 4, "") }, "any: Invalid name"},
	{"a value with a bad name", func(b *builder) { oneInt(b); b.enum("", 4, "!") }, "any: Invalid name"},
	{"a value whose name is outside", func(b *builder) {
		b.enum("E", 4, "x")
		b.words[3] = 99
	}, "any: Invalid name_offset:99"},
	{"an enum of 3 bytes", func(b *builder) { b.enum("E", 3, "x") }, "any: Unexpected size"},
	{"an enum of 16 bytes", func(b *builder) { b.enum("E", 16, "x") }, "any: Unexpected size"},
	{"an enum without a size", func(b *builder) { b.enum("E", 0, "x") }, "any: Unexpected size"},
	{"an enum of 8 bytes with values of 64 bits", func(b *builder) {
		b.t("a", info(btf.KindEnum64, 1), 8, b.s("v"), 0, 1)
	}, ""},
	{"a signed one of 4 bytes", func(b *builder) {
		b.t("a", kinfo(btf.KindEnum64, 1), 4, b.s("v"), ^uint32(0), ^uint32(0))
	}, ""},

	// Names.
	{"a typedef without a name", func(b *builder) { oneInt(b); b.typedef("", 1) }, "any: Invalid name"},
	{"a typedef with a bad name", func(b *builder) { oneInt(b); b.typedef("__!int", 1) }, "any: Invalid name"},
	{"a pointer with a name", func(b *builder) { oneInt(b); b.t("x", info(btf.KindPtr, 0), 1) }, "any: Invalid name"},
	{"a volatile with a name", func(b *builder) { oneInt(b); b.t("x", info(btf.KindVolatile, 0), 1) }, "any: Invalid name"},
	{"a const with a name", func(b *builder) { oneInt(b); b.t("x", info(btf.KindConst, 0), 1) }, "any: Invalid name"},
	{"a restrict with a name", func(b *builder) {
		oneInt(b)
		b.ptr(1)
		b.t("x", info(btf.KindRestrict, 0), 2)
	}, "any: Invalid name"},
	{"a declaration without a name", func(b *builder) { b.fwd("", false) }, "any: Invalid name"},
	{"a declaration with a bad name", func(b *builder) { b.fwd("__!", false) }, "any: Invalid name"},
	{"a declaration with a name for sections", func(b *builder) { b.fwd("?foo", true) }, "any: Invalid name"},
	{"an array with a name", func(b *builder) { oneInt(b); b.t("x", info(btf.KindArray, 0), 0, 1, 1, 4) }, "any: Invalid name"},
	{"a struct without a name", func(b *builder) { oneInt(b); b.structure("", 4, m("m", 1, 0)) }, ""},
	{"a struct with a bad name", func(b *builder) { oneInt(b); b.structure("A!", 4, m("m", 1, 0)) }, "any: Invalid name"},
	{"a member without a name", func(b *builder) { oneInt(b); b.structure("A", 4, m("", 1, 0)) }, ""},
	{"a member with a bad name", func(b *builder) { oneInt(b); b.structure("A", 4, m("B*", 1, 0)) }, "any: Invalid name"},
	{"a member whose name is outside", func(b *builder) {
		oneInt(b)
		b.structure("A", 4, m("x", 1, 0))
		b.words[7] = 0x1000000
	}, "any: Invalid member name_offset:16777216"},
	{"a name that is outside", func(b *builder) {
		oneInt(b)
		b.words[0] = 1
	}, "any: Invalid name_offset:1"},
	{"a name at an empty string", func(b *builder) {
		b.fwd("x", false)
		b.words[0]++
		b.strs = append(b.strs, 0)
	}, "any: Invalid name"},
	{"dots, underscores and digits", func(b *builder) { b.fwd("_f.isra.0", false); b.fwd(".Ltmp1", false) }, ""},
	{"a name that begins with a digit", func(b *builder) { b.fwd("1st", false) }, "any: Invalid name"},
	{"a name in UTF-8", func(b *builder) { b.fwd("größe", false) }, "any: Invalid name"},
	{"a name in Latin-1", func(b *builder) { b.fwd("gr\xf6\xdfe", false) }, ""},
	{"the signs of Latin-1 for times and divided", func(b *builder) { b.fwd("a\xd7", false) }, "any: Invalid name"},
	{"a name of 512 bytes", func(b *builder) { b.fwd(strings.Repeat("x", 512), false) }, ""},
	{"a name of 513 bytes", func(b *builder) { b.fwd(strings.Repeat("x", 513), false) }, "any: Invalid name"},
	{"a section name of 512 bytes", func(b *builder) { b.section(strings.Repeat(" ", 512), 4) }, ""},
	{"a section name of 513 bytes", func(b *builder) { b.section(strings.Repeat(" ", 513), 4) }, "any: Invalid name"},
	{"a tag of 2000 bytes", func(b *builder) { oneInt(b); b.tag(strings.Repeat("x", 2000), 1) }, ""},
	{"a name longer than a piece of the log", func(b *builder) { b.fwd(strings.Repeat("x", 2000), false) }, "any: Invalid name"},

	// Functions.
	{"a prototype", func(b *builder) { twoInts(b); b.proto(1, param{"", 1}, param{"", 2}) }, ""},
	{"variable arguments", func(b *builder) { twoInts(b); b.proto(0, param{"", 1}, param{"", 2}, param{"", 0}) }, ""},
	{"variable arguments with a name", func(b *builder) {
		twoInts(b)
		b.proto(0, param{"a", 1}, param{"b", 2}, param{"c", 0})
	}, "load: Invalid arg#3"},
	{"an argument after variable ones", func(b *builder) {
		twoInts(b)
		b.proto(0, param{"a", 1}, param{"", 0}, param{"b", 2})
	}, "load: Invalid arg#2"},
	{"a prototype behind const, typedef and pointer", func(b *builder) {
		twoInts(b)
		b.typedef("func_ptr", 5)
		b.constant(3)
		b.ptr(6)
		b.proto(0, param{"", 1}, param{"", 2})
	}, ""},
	{"a prototype behind a typedef", func(b *builder) {
		twoInts(b)
		b.typedef("func_typedef", 4)
		b.proto(0, param{"", 1}, param{"", 2})
	}, ""},
	{"an argument that comes later", func(b *builder) {
		oneInt(b)
		b.proto(0, param{"", 3})
		b.constant(4)
		b.ptr(0)
	}, ""},
	{"only one argument with a name", func(b *builder) { twoInts(b); b.proto(0, param{"", 1}, param{"b", 2}) }, ""},
	{"an argument whose name is outside", func(b *builder) {
		twoArgs(b)
		b.words[len(b.words)-2] = 0x0fffffff
	}, "load: Invalid arg#2"},
	{"an argument with a bad name", func(b *builder) { twoInts(b); b.proto(0, param{"a", 1}, param{"!!!", 2}) }, "load: Invalid arg#2"},
	{"a return type that does not exist", func(b *builder) { twoInts(b); b.proto(100, param{"", 1}, param{"", 2}) }, "load: Invalid return type"},
	{"a return type without a size", func(b *builder) { b.fwd("F", false); b.proto(1) }, "load: Invalid return type"},
	{"a prototype with a name", func(b *builder) {
		twoInts(b)
		b.t("func_proto", info(btf.KindFuncProto, 2), 0, 0, 1, 0, 2)
	}, "any: Invalid name"},
	{"an argument that is const void", func(b *builder) {
		twoInts(b)
		b.proto(0, param{"", 4})
		b.constant(0)
	}, "load: Invalid arg#1"},
	{"a function", func(b *builder) { twoArgs(b); b.function("func", 3) }, ""},
	{"a function without a name", func(b *builder) { twoArgs(b); b.function("", 3) }, "any: Invalid name"},
	{"a function with a bad name", func(b *builder) { twoArgs(b); b.function("!!!", 3) }, "any: Invalid name"},
	{"a function with an argument without a name", func(b *builder) {
		twoInts(b)
		b.proto(0, param{"a", 1}, param{"", 2})
		b.function("func", 3)
	}, "load: Invalid arg#2"},
	{"an extern function", func(b *builder) {
		twoArgs(b)
		b.t("func", info(btf.KindFunc, 2), 3)
	}, "any: Invalid func linkage"},
	{"a function without a prototype", func(b *builder) { oneInt(b); b.function("func", 1) }, "load: Invalid type_id"},
	{"a pointer to a function that was resolved before", func(b *builder) {
		b.proto(0)
		b.function("f", 1)
		b.ptr(2)
	}, ""},
	{"a pointer to a function that comes later", func(b *builder) {
		b.proto(0)
		b.ptr(3)
		b.function("f", 1)
	}, "load: Invalid type_id"},

	// Bits of the info word.
	{"a kind that does not exist", func(b *builder) { oneInt(b); b.t("", info(23, 0), 4) }, "any: Invalid kind:23"},
	{"no kind", func(b *builder) { b.t("", 0, 0) }, "any: Invalid kind:0"},
	{"a kind of more than 5 bits", func(b *builder) { oneInt(b); b.t("", info(0x20, 0), 4) },
		"any: Invalid btf_info:20000000\n7.2: Invalid kind:32"},
	{"a vlen of more than 16 bits", func(b *builder) { oneInt(b); b.t("e", info(btf.KindEnum, 0x10000), 4) },
		"any: Invalid btf_info:6010000\n7.2: meta_left:0 meta_needed:524288"},
	{"kind_flag of an int", func(b *builder) { b.t("", kinfo(btf.KindInt, 0), 4, 32) }, "any: Invalid btf_info kind_flag"},
	{"kind_flag of a pointer", func(b *builder) { oneInt(b); b.t("", kinfo(btf.KindPtr, 0), 1) }, "any: Invalid btf_info kind_flag"},
	{"kind_flag of an array", func(b *builder) { oneInt(b); b.t("", kinfo(btf.KindArray, 0), 0, 1, 1, 1) }, "any: Invalid btf_info kind_flag"},
	{"kind_flag of a declaration", func(b *builder) { oneInt(b); b.fwd("A", true) }, ""},
	{"kind_flag of a typedef", func(b *builder) { oneInt(b); b.t("A", kinfo(btf.KindTypedef, 0), 1) }, "any: Invalid btf_info kind_flag"},
	{"kind_flag of volatile", func(b *builder) { oneInt(b); b.t("", kinfo(btf.KindVolatile, 0), 1) }, "any: Invalid btf_info kind_flag"},
	{"kind_flag of const", func(b *builder) { oneInt(b); b.t("", kinfo(btf.KindConst, 0), 1) }, "any: Invalid btf_info kind_flag"},
	{"kind_flag of restrict", func(b *builder) { oneInt(b); b.t("", kinfo(btf.KindRestrict, 0), 1) }, "any: Invalid btf_info kind_flag"},
	{"kind_flag of a function", func(b *builder) {
		b.proto(0)
		b.t("A", kinfo(btf.KindFunc, 0), 1)
	}, "any: Invalid btf_info kind_flag"},
	{"kind_flag of a prototype", func(b *builder) { b.t("", kinfo(btf.KindFuncProto, 0), 0) }, "any: Invalid btf_info kind_flag"},
	{"kind_flag of a variable", func(b *builder) { oneInt(b); b.t("v", kinfo(btf.KindVar, 0), 1, 0) }, "any: Invalid btf_info kind_flag"},
	{"a vlen of a pointer", func(b *builder) { oneInt(b); b.t("", info(btf.KindPtr, 1), 1) }, "any: vlen != 0"},
	{"a vlen of a variable", func(b *builder) { oneInt(b); b.t("v", info(btf.KindVar, 1), 1, 0) }, "any: vlen != 0"},
	{"a vlen of a declaration", func(b *builder) { b.t("f", info(btf.KindFwd, 1), 0) }, "any: vlen != 0"},
	{"a vlen of a type tag", func(b *builder) { oneInt(b); b.t("t", info(btf.KindTypeTag, 1), 1) }, "any: vlen != 0"},
	{"a declaration with a type", func(b *builder) { oneInt(b); b.t("f", info(btf.KindFwd, 0), 1) }, "any: type != 0"},
	{"an ID that cannot be", func(b *builder) { b.ptr(0x100000) }, "any: Invalid type_id"},
	{"an ID that does not exist", func(b *builder) { b.ptr(0xfffff) }, "load: Invalid type_id"},
	{"half a record", func(b *builder) { oneInt(b); b.words = append(b.words, 0, info(btf.KindPtr, 0)) }, "any: meta_left:8 meta_needed:12"},
	{"an int without its word", func(b *builder) { b.t("", info(btf.KindInt, 0), 4) }, "any: meta_left:0 meta_needed:4"},
	{"a struct with too few members", func(b *builder) { b.t("s", info(btf.KindStruct, 2), 4, 0, 1, 0) }, "any: meta_left:12 meta_needed:24"},

	// Tags on declarations.
	{"tags on a struct and its members", func(b *builder) {
		oneInt(b)
		b.structure("", 8, m("m1", 1, 0), m("m2", 1, 32))
		b.declTag("tag1", 2, all)
		b.declTag("tag2", 2, 0)
		b.declTag("tag3", 2, 1)
	}, ""},
	{"tags on a union and its members", func(b *builder) {
		oneInt(b)
		b.composite(btf.KindUnion, false, "t", 4, m("m1", 1, 0), m("m2", 1, 0))
		b.declTag("tag1", 2, all)
		b.declTag("tag2", 2, 0)
		b.declTag("tag3", 2, 1)
	}, ""},
	{"tags on variables", func(b *builder) {
		oneInt(b)
		b.variable("local", 1)
		b.t("global", info(btf.KindVar, 0), 1, 1)
		b.declTag("tag1", 2, all)
		b.declTag("tag2", 3, all)
	}, ""},
	{"tags on a function and its parameters", func(b *builder) {
		oneInt(b)
		b.proto(0, param{"arg1", 1}, param{"arg2", 1})
		b.function("f", 2)
		b.declTag("tag1", 3, all)
		b.declTag("tag2", 3, 0)
		b.declTag("tag3", 3, 1)
	}, ""},
	{"a tag without text", func(b *builder) {
		oneInt(b)
		b.variable("local", 1)
		b.declTag("", 2, all)
	}, "any: Invalid value"},
	{"a tag on a pointer", func(b *builder) {
		oneInt(b)
		b.ptr(1)
		b.declTag("tag1", 2, all)
	}, "load: Invalid type_id"},
	{"a tag with a vlen", func(b *builder) {
		oneInt(b)
		b.variable("local", 1)
		b.t("tag1", info(btf.KindDeclTag, 1), 2, 0)
	}, "any: vlen != 0"},
	{"an attribute on a variable", func(b *builder) {
		oneInt(b)
		b.variable("local", 1)
		b.t("tag1", kinfo(btf.KindDeclTag, 0), 2, all)
	}, "6.12: Invalid btf_info kind_flag"},
	{"a component of a variable", func(b *builder) {
		oneInt(b)
		b.variable("local", 1)
		b.declTag("tag", 2, 0)
	}, "load: Invalid component_idx"},
	{"a member that is not there", func(b *builder) {
		oneInt(b)
		b.structure("", 8, m("m1", 1, 0), m("m2", 1, 32))
		b.declTag("tag", 2, 2)
	}, "load: Invalid component_idx"},
	{"a parameter that is not there", func(b *builder) {
		oneInt(b)
		b.proto(0, param{"arg1", 1}, param{"arg2", 1})
		b.function("f", 2)
		b.declTag("tag", 3, 2)
	}, "load: Invalid component_idx"},
	{"a component below -1", func(b *builder) {
		oneInt(b)
		b.proto(0, param{"arg1", 1}, param{"arg2", 1})
		b.function("f", 2)
		b.declTag("tag", 3, all-1)
	}, "any: Invalid component_idx"},
	{"a tag on a typedef", func(b *builder) {
		oneInt(b)
		b.typedef("t", 1)
		b.declTag("tag", 2, all)
	}, ""},
	{"a component of a typedef", func(b *builder) {
		oneInt(b)
		b.typedef("t", 1)
		b.declTag("tag", 2, 0)
	}, "load: Invalid component_idx"},
	{"a tag on a function without a prototype", func(b *builder) {
		oneInt(b)
		b.declTag("tag", 3, 0)
		b.function("f", 8)
	}, "load: Invalid type_id"},
	{"a tag as a return type", func(b *builder) {
		oneInt(b)
		b.structure("s", 4, m("m", 1, 0))
		b.declTag("tag", 2, all)
		b.proto(3)
	}, "load: Invalid return type"},
	{"a tag as an argument", func(b *builder) {
		oneInt(b)
		b.structure("s", 4, m("m", 1, 0))
		b.declTag("tag", 2, all)
		b.proto(0, param{"a", 3})
	}, "load: Invalid arg#1"},

	// Tags on types.
	{"a tag behind a pointer", func(b *builder) { oneInt(b); b.tag("tag", 1); b.ptr(2) }, ""},
	{"tags before const", func(b *builder) {
		oneInt(b)
		b.constant(1)
		b.tag("tag1", 2)
		b.tag("tag2", 3)
		b.ptr(4)
	}, ""},
	{"const before a tag", func(b *builder) {
		oneInt(b)
		b.tag("tag", 1)
		b.constant(2)
		b.ptr(3)
	}, "6.12: Type tags don't precede modifiers\n6.18: Type tags don't precede modifiers"},
	{"a typedef and const before a tag", func(b *builder) {
		oneInt(b)
		b.typedef("t", 3)
		b.constant(4)
		b.tag("tag", 1)
	}, "6.12: Type tags don't precede modifiers\n6.18: Type tags don't precede modifiers"},
	{"const between tags", func(b *builder) {
		oneInt(b)
		b.tag("tag1", 3)
		b.constant(4)
		b.tag("tag2", 1)
	}, "6.12: Type tags don't precede modifiers\n6.18: Type tags don't precede modifiers"},
	{"pointers, to a tag before const and to const before that", func(b *builder) {
		b.ptr(2)
		b.tag("tag", 3)
		b.constant(4)
		b.int("", 4)
		b.ptr(6)
		b.constant(2)
	}, "6.12: Type tags don't precede modifiers\n6.18: Type tags don't precede modifiers"},
	{"const, and a tag behind a pointer", func(b *builder) {
		oneInt(b)
		b.constant(3)
		b.ptr(4)
		b.tag("tag", 1)
	}, ""},
	{"const between tags and a typedef after them", func(b *builder) {
		oneInt(b)
		b.typedef("t", 1)
		b.tag("tag1", 2)
		b.constant(3)
		b.tag("tag2", 4)
		b.ptr(5)
	}, "6.12: Type tags don't precede modifiers\n6.18: Type tags don't precede modifiers"},
	{"a tag without a name", func(b *builder) { oneInt(b); b.tag("", 1) }, "any: Invalid name"},
	{"an attribute on a type", func(b *builder) { oneInt(b); b.t("tag", kinfo(btf.KindTypeTag, 0), 1); b.ptr(2) },
		"6.12: Invalid btf_info kind_flag"},
}

// Fields that BPF programs share with the kernel are judged where all kernels agree.
// "undecided" is a verdict of its own.
func init() {
	lock := func(b *builder) { oneInt(b); b.structure("bpf_spin_lock", 4, m("val", 1, 0)) }
	rawCases = append(rawCases, []rawCase{
		{"a lock in a struct", func(b *builder) { lock(b); b.structure("s", 8, m("x", 1, 0), m("lock", 2, 32)) }, ""},
		{"a lock in a struct in a struct", func(b *builder) {
			lock(b)
			b.structure("inner", 4, m("lock", 2, 0))
			b.structure("outer", 12, m("x", 3, 0), m("lock", 2, 64))
		}, "load: undecided"},
		{"two locks", func(b *builder) { lock(b); b.structure("s", 8, m("x", 2, 0), m("lock", 2, 32)) }, "load: undecided"},
		{"a lock beside a bitfield", func(b *builder) { lock(b); b.bitStruct(8, field("x", 1, 3, 1), field("lock", 2, 0, 32)) }, "load: undecided"},
		{"nodes of a list and a tree", func(b *builder) {
			b.structure("bpf_list_node", 24)
			b.structure("bpf_rb_node", 32)
			b.structure("s", 56, m("l", 1, 0), m("r", 2, 192))
		}, "load: undecided"},
		{"nodes of a list and a tree, with a count of references", func(b *builder) {
			b.structure("bpf_list_node", 24)
			b.structure("bpf_rb_node", 32)
			b.structure("bpf_refcount", 4)
			b.structure("s", 60, m("l", 1, 0), m("r", 2, 192), m("ref", 3, 448))
		}, ""},
		{"a list", func(b *builder) {
			b.structure("bpf_list_head", 16)
			b.structure("s", 16, m("head", 1, 0))
		}, "load: undecided"},
		{"pointers in arrays, more than can be counted", func(b *builder) {
			b.int("int", 4)
			b.structure("some_kernel_struct", 0)
			b.tag("kptr_untrusted", 2)
			b.ptr(3)
			b.array(4, 1, 1)
			var same []member
			for range 10 {
				same = append(same, m("p", 5, 0))
			}
			b.structure("elem", 8, same...)
			b.array(6, 1, 0x1999999a)
			b.structure("outer", 0xccccccd8, m("trigger", 4, 0), m("elems", 7, 64))
		}, "load: undecided"},
	}...)
}

func layoutOf(n int) func(*builder) {
	return func(b *builder) {
		b.int("int", 4)
		b.layout = make([]byte, n)
	}
}

// TestHeaderBytes has what no builder makes.
func TestHeaderBytes(t *testing.T) {
	head := func(edit func(raw []byte) []byte) []byte { return edit(smallest()) }
	for _, tc := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"nothing", nil, "EINVAL hdr_len not found"},
		{"7 bytes", head(func(r []byte) []byte { return r[:7] }), "EINVAL hdr_len not found"},
		{"a header that is not all there", head(func(r []byte) []byte { return r[:23] }), "EINVAL btf_header not found"},
		{"a header alone", head(func(r []byte) []byte { return r[:24] }), "EINVAL No data"},
		{"a header of 8 bytes", head(func(r []byte) []byte { r[4] = 8; return r[:8] }), "EINVAL No data"},
		{"a header of 4 bytes", head(func(r []byte) []byte { r[4] = 4; return r }), "EINVAL Unsupported section found"},
		{"a header of 0 bytes", head(func(r []byte) []byte { r[4] = 0; return r }), "EINVAL Invalid magic"},
		{"another magic", head(func(r []byte) []byte { r[0] = 0; return r }), "EINVAL Invalid magic"},
		{"the other byte order", head(func(r []byte) []byte { r[0], r[1] = r[1], r[0]; return r }), "EINVAL Invalid magic"},
		{"another version", head(func(r []byte) []byte { r[2] = 2; return r }), "ENOTSUPP Unsupported version"},
		{"flags", head(func(r []byte) []byte { r[3] = 1; return r }), "ENOTSUPP Unsupported flags"},
	} {
		for _, v := range versions {
			rep := verify.Check(tc.raw, verify.Options{Release: v, Order: binary.LittleEndian})
			if f := rep.Refusal; f == nil || fmt.Sprintf("%v %s", f.Errno, f.Message) != tc.want || f.Cause == "" {
				t.Errorf("%s: %v: %+v, want %s", tc.name, v, f, tc.want)
			}
		}
	}
}
