package elffile

// span is a half open range of file offsets.
type span struct{ start, end uint64 }

func (a span) size() uint64         { return a.end - a.start }
func (a span) overlaps(b span) bool { return a.start < b.end && b.start < a.end }

func (s *Section) span() span { return span{s.Offset, s.Offset + s.FileSize} }
