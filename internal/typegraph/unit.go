package typegraph

// Unit is the types of one compile unit, in the order in which they would
// stand in undeduplicated BTF. They have local numbers 1 to len(Shapes).
type Unit struct {
	// Shapes holds the own content of the types, indexed by local number - 1.
	Shapes []Shape

	// Start has len(Shapes)+1 entries: the references of the type with local
	// number i+1 are Edges[Start[i]:Start[i+1]].
	Start []uint32

	// Edges holds the references. In order:
	//
	//	PTR, TYPEDEF, CONST, VOLATILE, RESTRICT,
	//	FUNC, VAR, TYPE_TAG, DECL_TAG   target
	//	ARRAY                           element type, index type
	//	STRUCT, UNION                   types of the members
	//	FUNC_PROTO                      return type, types of the params
	//	DATASEC                         types of the entries
	Edges []Ref
}
