package unit

import (
	"slices"
	"testing"

	"github.com/gopahole/gopahole/dwarf2btf/internal/die"
)

// formClass says what a value of a form means to the decoder.
type formClass uint8

const (
	classNone      formClass = iota
	classConstant            // a number, see constant
	classNumber              // a number where pahole 1.32 takes any, see number
	classReference           // see Decoder.refOf
	classString              // see Decoder.text
	classIndex               // of an address or a list, see Decoder.indexedAddress and locate
	classBytes               // an expression or a block, see Decoder.offset and locate
	classNothing             // no attribute that is wanted has it
)

var formClasses = map[uint16]formClass{
	die.FormData1: classConstant, die.FormData2: classConstant, die.FormData4: classConstant, die.FormData8: classConstant,
	die.FormSdata: classConstant, die.FormUdata: classConstant, die.FormImplicitConst: classConstant,
	die.FormFlag: classNumber, die.FormFlagPresent: classNumber, die.FormAddr: classNumber, die.FormSecOffset: classNumber,
	die.FormRef: classReference, die.FormRefAddr: classReference, die.FormRefSig8: classReference, die.FormGNURefAlt: classReference,
	die.FormString: classString, die.FormStrp: classString, die.FormStrpApart: classString, die.FormStrpSup: classString,
	die.FormLineStrp: classString, die.FormStrx: classString,
	die.FormAddrx: classIndex, die.FormLoclistx: classIndex,
	die.FormExprloc: classBytes, die.FormBlock: classBytes,
	die.FormData16: classNothing,
	0x23:           classNothing, // DW_FORM_rnglistx
}

// A form that the cursor reads and the decoder does not know would be 0 without a word:
// each has to be in the table, and the functions of values.go do what its class says.
func TestForms(t *testing.T) {
	forms := die.Forms()
	for form := range formClasses {
		if !slices.Contains(forms, form) {
			t.Errorf("form %#x is never read", form)
		}
	}
	for _, form := range forms {
		class := formClasses[form]
		if class == classNone {
			t.Errorf("form %#x is read, and nobody says what it means: it belongs into values.go or strings.go, and into this table", form)
		}
		v := die.Value{U: 7, Form: form}
		if n, ok := constant(v); ok != (class == classConstant) || ok && n != 7 {
			t.Errorf("form %#x of class %d: constant gives %d, %v", form, class, n, ok)
		}
		if n := number(v); (n == 7) != (class == classConstant || class == classNumber) {
			t.Errorf("form %#x of class %d: number gives %d", form, class, n)
		}
	}
}
