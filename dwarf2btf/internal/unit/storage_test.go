package unit

import "testing"

// What a large unit leaves is not kept for the next file, whichever list it is.
func TestStorageKeepsLittle(t *testing.T) {
	s := NewStorage()
	d, c := new(Decoder), new(CU)
	s.lendDecoder(d)
	s.lendCU(c)
	d.abbrev.buf = make([]byte, 2*keptUnit)
	d.signatures.locs.lists.buf, d.signatures.locs.index.buf = make([]byte, 2*keptUnit), make([]byte, 2*keptUnit)
	d.words, d.refs = make([]uint32, 2*keptItems), nil
	d.pars = make([]param, 2*keptParams)
	c.Types.Shapes = append(c.Types.Shapes, 1)
	c.Types.Edges = append(c.Types.Edges, 1)
	c.Functions, c.Vars = make([]Function, 2*keptEntries), make([]VarSecinfo, 2*keptEntries)
	s.release()

	d, c = new(Decoder), new(CU)
	s.lendDecoder(d)
	s.lendCU(c)
	if n := cap(d.abbrev.buf) + cap(d.signatures.locs.lists.buf) + cap(d.signatures.locs.index.buf) + cap(d.words) + cap(d.pars); n > 0 {
		t.Errorf("a decoder has room for %d of an earlier one", n)
	}
	if n := cap(c.Functions) + cap(c.Vars); n > 0 {
		t.Errorf("a CU has room for %d of an earlier one", n)
	}
	if cap(c.Types.Shapes) == 0 || cap(c.Types.Edges) == 0 {
		t.Error("nothing at all is kept")
	}
}
