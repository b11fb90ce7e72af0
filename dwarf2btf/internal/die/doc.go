// Package die reads debugging information entries: unit headers, abbreviation tables, and
// the attributes that an encoder of BTF needs.
//
//	unit:   [length][version][type][address size][abbreviation offset] DIE DIE ... 0
//	DIE:    [abbreviation code] attribute values in the order of the abbreviation
//	                            children ... 0, when the abbreviation says so
//
// A [Cursor] goes over the bytes of one unit. Each abbreviation is compiled once per
// [Table] into a short program (DWARF 5, 7.5.3): a wanted attribute is one op that stores
// its value in a [Slot], and the attributes between are one op that skips their bytes. To
// read a DIE is to execute a handful of ops, and allocates nothing. [Cursor.Members],
// [Cursor.Repeat] and [Cursor.ReadSimple] are faster ways for the entries that are most
// frequent, with the same results.
//
// What a form is, is in the table of forms.go: its size, its class, and which form stands
// for it in [Value.Form]. A form that nothing reads is an error and never 0, see
// [Cursor.Unread].
//
// Offsets of type [Off] count from the first byte of the unit's header, as DW_FORM_ref1 to
// ref8 do.
//
// Any input is safe. Lengths are checked before they are used, and a read past the end of
// the unit is left to Go's bounds checks: [Cursor.Guard] turns that panic into an [*Error],
// so the inner loop has no error returns. A Cursor is for one goroutine. A Table is
// read-only once it is compiled.
package die
