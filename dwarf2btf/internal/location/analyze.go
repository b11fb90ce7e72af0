package location

// Options of the analysis of one function.
type Options struct {
	// Clang: the unit's producer is clang. It keeps to the calling convention
	// unless it says otherwise, so only gcc's parameters are suspected of having
	// been optimized away.
	Clang bool
	// SignatureChanged: clang says that the function does not follow the
	// calling convention (DW_CC_nocall). Never true for other producers.
	SignatureChanged bool
	// TrueSignature: the feature true_signature is on.
	TrueSignature bool
}

// Param is one parameter of a function: facts in, verdict out.
type Param struct {
	Facts
	// IsStruct: the type is a structure, directly or below const and typedef
	// only.
	IsStruct bool
	// HasMember: a struct member was found for TrueMemberOffset. HasMemberType:
	// its type could be resolved, and MemberIsStruct is IsStruct for it.
	HasMember, HasMemberType, MemberIsStruct bool

	// Optimized: the parameter is not passed, or not as the source says.
	Optimized bool
	// Unexpected: the parameter is not where the calling convention puts it.
	Unexpected bool
	// UseMember: the member's type replaces that of the parameter.
	UseMember bool
	// Slot is the argument slot at which the analysis looked for the parameter, from 0.
	Slot int
	// dropMember: the member is forgotten, although its piece was seen.
	dropMember bool
}

// Verdict is what the parameters say of the function.
type Verdict struct {
	// Optimized: a parameter is optimized or has no location at all.
	Optimized bool
	// Unexpected: a parameter is in an unexpected register, and no parameter is
	// a struct, which could explain it.
	Unexpected bool
}

// Analyze fills in the verdict of each parameter and returns that of the
// function. Parameters without a type of their own have the facts of their
// own DIE; those of an abstract function what was pushed into them.
// (pahole 1.32: function__analyze_parameter_locations.)
func (c *Context) Analyze(o Options, params []Param) Verdict {
	if o.Clang && !o.SignatureChanged {
		c.matchConvention(params)
	} else {
		c.followRegisters(o, params)
	}
	var v Verdict
	unexpected, hasStruct := false, false
	for i := range params {
		p := &params[i]
		if p.Optimized || p.Flags&HasLoc == 0 {
			v.Optimized = true
		}
		unexpected = unexpected || p.Unexpected
		if p.UseMember {
			hasStruct = hasStruct || p.MemberIsStruct
		} else {
			hasStruct = hasStruct || p.IsStruct
		}
	}
	v.Unexpected = unexpected && !hasStruct
	return v
}

// matchConvention is for functions of clang that keep to the calling
// convention: every known register has to be among those of its parameter.
func (c *Context) matchConvention(params []Param) {
	conv := c.Convention
	slot := 0
	for i := range params {
		p := &params[i]
		if p.Flags&InMemory != 0 {
			continue
		}
		if slot >= conv.Count {
			for k := i; k < len(params); k++ {
				params[k].Slot = slot
			}
			return
		}
		n := c.slots(&p.Facts)
		p.Slot = slot
		if p.Reg() != NoReg && !conv.among(p.Reg(), slot, n) {
			p.Unexpected = true
		}
		slot += n
	}
}

// followRegisters hands out the argument registers one parameter after the
// other and compares. It is for gcc, and for clang's changed signatures.
func (c *Context) followRegisters(o Options, params []Param) {
	conv := c.Convention
	trueSig := o.TrueSignature && o.SignatureChanged
	slot := 0
	for i := range params {
		p := &params[i]
		p.Slot = slot
		n := c.slots(&p.Facts)
		taken := n
		if p.Flags&InMemory != 0 {
			taken = 1
		}
		switch {
		case p.Flags&HasLoc != 0:
			taken = located(conv, trueSig, params, i, slot, n, taken)
		case p.Flags&HasConst != 0 && !o.Clang:
			p.Optimized = true
		case trueSig:
			if slot < conv.Count && nextKeepsSlots(conv, params, i, slot, n) {
				taken = n
			} else {
				p.Optimized = true
				taken = 0
			}
		}
		slot += taken
	}
}

// located judges a parameter with a location and returns the number of slots
// it takes: n by its size, taken if nothing special is found.
func located(conv *Convention, trueSig bool, params []Param, i, slot, n, taken int) int {
	p := &params[i]
	switch {
	case trueSig && p.Flags&LocConst != 0:
		p.Optimized = true
		return 0
	case slot >= conv.Count:
		return 0
	case trueSig && p.Flags&OnStack != 0:
		if p.Flags&InMemory != 0 {
			return 0
		}
		p.Unexpected = true
		return taken
	case p.Reg() == NoReg:
		if trueSig {
			p.Unexpected = true
		} else {
			p.Optimized = true
		}
		return taken
	}
	if want := conv.expected(slot); want != NoReg && want != p.Reg() {
		p.Unexpected = true
		return taken
	}
	if !trueSig || !p.hasPieces() {
		return taken
	}
	switch {
	case p.Mask1 != 0 && p.Mask2 != 0: // both words of the aggregate are passed
		return n
	case nextKeepsSlots(conv, params, i, slot, n): // only one is used, both are passed
		p.dropMember = true
		return n
	case p.HasMember && p.HasMemberType:
		p.UseMember = true
		return 1
	}
	return taken
}

// nextKeepsSlots reports whether the parameter after params[i] is where it
// would if params[i] took all of its n slots.
func nextKeepsSlots(conv *Convention, params []Param, i, slot, n int) bool {
	if i+1 >= len(params) {
		return false
	}
	reg := params[i+1].Reg()
	return reg != NoReg && slot+n < conv.Count && conv.expected(slot+n) == reg
}

// NameMember reports whether the parameter is called PARAM__MEMBER in the
// function's prototype. That does not depend on the member's type being used.
func (p *Param) NameMember(o Options) bool {
	return o.TrueSignature && o.SignatureChanged && p.HasMember && !p.dropMember
}

// Removed reports whether the parameter is left out of the function's
// prototype. reordered: a parameter of the function has another position than
// in its abstract origin.
func (p *Param) Removed(o Options, reordered bool) bool {
	if reordered && (p.Flags&HasLoc == 0 || p.Optimized) {
		return true
	}
	return o.TrueSignature && o.SignatureChanged && p.Optimized
}
