package die

// Imaginary is the number of a form that DWARF does not have.
const Imaginary = formEnd - 1

// SetImaginary makes Imaginary a form with a row of the table and nothing else, until the
// function that it returns is called. Its values have 4 bytes, or nothing reads them.
func SetImaginary(class Class, readable bool) (unset func()) {
	row := formRow{name: "DW_FORM_imaginary", class: class, read: opNone}
	if readable {
		row.read = opU32
	}
	forms[Imaginary] = row
	return func() { forms[Imaginary] = formRow{} }
}
