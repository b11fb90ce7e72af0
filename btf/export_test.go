package btf

// Imaginary is a kind that no kernel has, with one of everything: a reference, a
// value, and elements with a name, a reference and a value.
const Imaginary Kind = KindLocsec + 1

// AddImaginary makes Imaginary a kind that this package knows, by a row of the table
// and nothing else, until the function that it returns is called.
func AddImaginary() (remove func()) {
	set := func(row kindInfo, layout recordLayout) {
		kinds[Imaginary], recordLayouts[Imaginary] = row, layout
		ownLayout = makeLayout()
		textForms = makeTextForms
	}
	row := kindInfo{
		name:     "IMAGINARY",
		Fields:   Fields{SizeOrType: FieldType, Tail: []Field{FieldValue}, Elem: []Field{FieldName, FieldType, FieldValue}},
		text:     []textItem{{" type_id=", asNumber, 2}, {" weight=", asSigned, 3}, {" vlen=", asVlen, 1}},
		elemText: []textItem{{" type_id=", asNumber, 1}, {" val=", asNumber, 2}},
	}
	set(row, row.layout())
	return func() { set(kindInfo{}, recordLayout{}) }
}
