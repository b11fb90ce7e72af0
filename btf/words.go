package btf

// The words of the text form, used by Dump and ParseText alike.
const (
	anonName    = "(anon)"
	unknownKind = "UNKNOWN" // void and kinds without a name
	unknownLink = "(unknown)"
	unknownEnc  = "UNKN" // more than one encoding bit, or a bit without a name
)

func dumpKind(k Kind) string {
	if !k.Known() {
		return unknownKind
	}
	return k.String()
}

func encodingName(e Encoding) string {
	switch e {
	case 0:
		return "(none)"
	case EncodingSigned:
		return "SIGNED"
	case EncodingChar:
		return "CHAR"
	case EncodingBool:
		return "BOOL"
	}
	return unknownEnc
}

func enumEncodingName(signed bool) string {
	if signed {
		return "SIGNED"
	}
	return "UNSIGNED"
}

func fwdName(union bool) string {
	if union {
		return "union"
	}
	return "struct"
}

// String returns the word that bpftool has for a linkage.
func (l Linkage) String() string {
	switch l {
	case LinkageStatic:
		return "static"
	case LinkageGlobal:
		return "global"
	case LinkageExtern:
		return "extern"
	}
	return unknownLink
}
