package die

// Tags, attributes and forms that the encoder knows by name, numbered as in
// DWARF 5, tables 7.3, 7.5 and 7.6, and the GNU and LLVM extensions.
const (
	TagArrayType              = 0x01
	TagClassType              = 0x02
	TagEnumerationType        = 0x04
	TagFormalParameter        = 0x05
	TagImportedDeclaration    = 0x08
	TagLabel                  = 0x0a
	TagLexicalBlock           = 0x0b
	TagMember                 = 0x0d
	TagPointerType            = 0x0f
	TagReferenceType          = 0x10
	TagCompileUnit            = 0x11
	TagStringType             = 0x12
	TagStructureType          = 0x13
	TagSubroutineType         = 0x15
	TagTypedef                = 0x16
	TagUnionType              = 0x17
	TagUnspecifiedParameters  = 0x18
	TagVariant                = 0x19
	TagInheritance            = 0x1c
	TagModule                 = 0x1e
	TagInlinedSubroutine      = 0x1d
	TagPtrToMemberType        = 0x1f
	TagSetType                = 0x20
	TagSubrangeType           = 0x21
	TagBaseType               = 0x24
	TagConstType              = 0x26
	TagConstant               = 0x27
	TagEnumerator             = 0x28
	TagFileType               = 0x29
	TagPackedType             = 0x2d
	TagSubprogram             = 0x2e
	TagTemplateTypeParameter  = 0x2f
	TagTemplateValueParameter = 0x30
	TagThrownType             = 0x31
	TagVariantPart            = 0x33
	TagVariable               = 0x34
	TagVolatileType           = 0x35
	TagDwarfProcedure         = 0x36
	TagRestrictType           = 0x37
	TagInterfaceType          = 0x38
	TagNamespace              = 0x39
	TagImportedModule         = 0x3a
	TagUnspecifiedType        = 0x3b
	TagPartialUnit            = 0x3c
	TagImportedUnit           = 0x3d
	TagSharedType             = 0x40
	TagTypeUnit               = 0x41
	TagRvalueReferenceType    = 0x42
	TagCoarrayType            = 0x44
	TagDynamicType            = 0x46
	TagAtomicType             = 0x47
	TagCallSite               = 0x48
	TagCallSiteParameter      = 0x49
	TagSkeletonUnit           = 0x4a
	TagImmutableType          = 0x4b
	TagGNUTemplateTemplate    = 0x4106
	TagGNUTemplatePack        = 0x4107
	TagGNUFormalPack          = 0x4108
	TagGNUCallSite            = 0x4109
	TagGNUCallSiteParameter   = 0x410a
	TagLLVMAnnotation         = 0x6000
	TagGNUAnnotation          = 0x6001
)

const (
	FormAddr          = 0x01
	formBlock2        = 0x03
	formBlock4        = 0x04
	FormData2         = 0x05
	FormData4         = 0x06
	FormData8         = 0x07
	FormString        = 0x08
	FormBlock         = 0x09
	FormBlock1        = 0x0a
	FormData1         = 0x0b
	FormFlag          = 0x0c
	FormSdata         = 0x0d
	FormStrp          = 0x0e
	FormUdata         = 0x0f
	FormRefAddr       = 0x10
	formRef1          = 0x11
	formRef2          = 0x12
	formRef4          = 0x13
	formRef8          = 0x14
	formRefUdata      = 0x15
	formIndirect      = 0x16
	FormSecOffset     = 0x17
	FormExprloc       = 0x18
	FormFlagPresent   = 0x19
	FormStrx          = 0x1a
	FormAddrx         = 0x1b
	formRefSup4       = 0x1c
	FormStrpSup       = 0x1d
	FormData16        = 0x1e
	FormLineStrp      = 0x1f
	FormRefSig8       = 0x20
	FormImplicitConst = 0x21
	FormLoclistx      = 0x22
	FormRnglistx      = 0x23
	formRefSup8       = 0x24
	formStrx1         = 0x25
	formStrx2         = 0x26
	formStrx3         = 0x27
	formStrx4         = 0x28
	formAddrx1        = 0x29
	formAddrx2        = 0x2a
	formAddrx3        = 0x2b
	formAddrx4        = 0x2c
	formEnd           = 0x30 // of those of DWARF

	firstGNU         = 0x1f01
	formGNUAddrIndex = 0x1f01
	formGNUStrIndex  = 0x1f02
	FormGNURefAlt    = 0x1f20
	FormGNUStrpAlt   = 0x1f21
)

// Forms that mean the same are one in [Value.Form]. See the table in forms.go.
const (
	FormRef = formRef4 // any reference within the unit: Value.U is an Off

	// FormStrpApart is DW_FORM_strp in units that are apart; no file has it.
	FormStrpApart = 0xffff
)

// Slot is the index of a wanted attribute in [Cursor.V].
type Slot uint8

// The attributes that the encoder looks at.
const (
	SlotNone Slot = iota
	Sibling
	Name
	Type
	ByteSize
	BitOffset
	BitSize
	DataBitOffset
	DataMemberLocation
	Encoding
	ConstValue
	Declaration
	UpperBound
	Count
	AbstractOrigin
	Specification
	External
	Inline
	LowPC
	Location
	CallingConvention
	Artificial
	GNUAnnotation
	Signature
	Language
	Producer
	Import
	StrOffsetsBase
	AddrBase
	LoclistsBase
	Ranges
	CompDir
	DwoName // of DWARF 5 and of GNU
	DwoID   // GNU
	RnglistsBase
	GNURangesBase // in .debug_ranges, of split units before DWARF 5
	StmtList
	CallFile
	CallLine
	DeclFile // of a Table with Places
	DeclLine
	NumSlots
)

// slotOf maps attribute numbers below 0x90 to slots.
var slotOf = [0x90]Slot{
	0x01: Sibling, 0x02: Location, 0x03: Name, 0x0b: ByteSize, 0x0c: BitOffset, 0x0d: BitSize,
	0x10: StmtList, 0x11: LowPC, 0x13: Language, 0x1b: CompDir, 0x76: DwoName, 0x18: Import, 0x1c: ConstValue, 0x20: Inline, 0x25: Producer,
	0x2f: UpperBound, 0x31: AbstractOrigin, 0x34: Artificial, 0x36: CallingConvention, 0x37: Count,
	0x38: DataMemberLocation, 0x3c: Declaration, 0x3e: Encoding, 0x3f: External, 0x47: Specification,
	0x49: Type, 0x55: Ranges, 0x58: CallFile, 0x59: CallLine, 0x69: Signature, 0x6b: DataBitOffset, 0x72: StrOffsetsBase,
	0x73: AddrBase, 0x74: RnglistsBase, 0x8c: LoclistsBase,
}

// slotNames are the names of the attributes in slots.
var slotNames = [NumSlots]string{
	Sibling: "DW_AT_sibling", Name: "DW_AT_name", Type: "DW_AT_type", ByteSize: "DW_AT_byte_size",
	BitOffset: "DW_AT_bit_offset", BitSize: "DW_AT_bit_size", DataBitOffset: "DW_AT_data_bit_offset",
	DataMemberLocation: "DW_AT_data_member_location", Encoding: "DW_AT_encoding", ConstValue: "DW_AT_const_value",
	Declaration: "DW_AT_declaration", UpperBound: "DW_AT_upper_bound", Count: "DW_AT_count",
	AbstractOrigin: "DW_AT_abstract_origin", Specification: "DW_AT_specification", External: "DW_AT_external",
	Inline: "DW_AT_inline", LowPC: "DW_AT_low_pc", Location: "DW_AT_location",
	CallingConvention: "DW_AT_calling_convention", Artificial: "DW_AT_artificial", GNUAnnotation: "DW_AT_GNU_annotation",
	Signature: "DW_AT_signature", Language: "DW_AT_language", Producer: "DW_AT_producer", Import: "DW_AT_import",
	StrOffsetsBase: "DW_AT_str_offsets_base", AddrBase: "DW_AT_addr_base", LoclistsBase: "DW_AT_loclists_base",
	Ranges: "DW_AT_ranges", CompDir: "DW_AT_comp_dir", DwoName: "DW_AT_dwo_name", DwoID: "DW_AT_GNU_dwo_id",
	RnglistsBase: "DW_AT_rnglists_base", GNURangesBase: "DW_AT_GNU_ranges_base", StmtList: "DW_AT_stmt_list",
	CallFile: "DW_AT_call_file", CallLine: "DW_AT_call_line",
	DeclFile: "DW_AT_decl_file", DeclLine: "DW_AT_decl_line",
}

// placeSlot is slot for a table with Places.
func placeSlot(attr uint64) Slot {
	switch attr {
	case 0x3a:
		return DeclFile
	case 0x3b:
		return DeclLine
	}
	return slot(attr)
}

func slot(attr uint64) Slot {
	if attr < uint64(len(slotOf)) {
		return slotOf[attr]
	}
	switch attr {
	case 0x2139: // DW_AT_GNU_annotation
		return GNUAnnotation
	case 0x2130:
		return DwoName
	case 0x2131:
		return DwoID
	case 0x2132:
		return GNURangesBase
	case 0x2133: // DW_AT_GNU_addr_base, DWARF 4 split units
		return AddrBase
	}
	return SlotNone
}
