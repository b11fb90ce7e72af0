package unit

// signatures finds out what there is to know of the functions of a CU when its types are
// complete: their symbols, and whether their parameters are where callers put them.
type signatures struct {
	*reader
	locs    locationReader
	entries cache[cachedEntry]
}
