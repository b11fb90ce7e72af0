package explain

import "github.com/gopahole/gopahole/dwarf2btf/trace"

var variableReasons = map[trace.VarReason]string{
	trace.VarNotAsked:    "no variables are asked for: the features var and global_var do",
	trace.VarLocal:       "it is in a function: only variables of a file are encoded",
	trace.VarDeclaration: "it is only declared there",
	trace.VarArtificial:  "the compiler made it, not the source",
	trace.VarNoAddress:   "DWARF gives it no fixed address: it was optimized away, is in a register or for each thread",
	trace.VarNoSection:   "its address is in no section with contents: the linker left it out",
	trace.VarSection:     "variables of its section are not asked for: the feature var is about .data..percpu alone, global_var about all sections",
	trace.VarName:        "tools make up names like this, and nobody looks for them",
	trace.VarNoSymbol:    "it is at the start of the section, where variables without a place seem to be, and no symbol of that section has its name",
	trace.VarInvalidName: "kernels would not accept its name",
	trace.VarVoid:        "its type is void",
	trace.VarUnitVoid:    "a variable before it in the unit has the type void: the others of the unit are left out with it, unless encode_force is on",
	trace.VarSize:        "its type has no size",
	trace.VarBehind:      "it is more than 4 GiB from the start of its section",
}

// Variable says in a sentence why a variable is left out, "" if it is not.
func Variable(r trace.VarReason) string { return variableReasons[r] }
