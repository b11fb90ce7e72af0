package elffile

// ReadSectionAt fills p with the section's data from offset off on. It reads all of p or
// returns an error. A compressed section is decompressed once, and kept as long as f.
func (f *File) ReadSectionAt(s *Section, p []byte, off uint64) error {
	if !s.HasData() {
		return f.noData(s)
	}
	if off > s.Size || uint64(len(p)) > s.Size-off {
		return f.sectionf(s, off, "%d bytes wanted here, the section has %d", len(p), s.Size)
	}
	if len(p) == 0 {
		return nil
	}
	if s.z == nil {
		return f.readAt(p, s.Offset+off)
	}
	return f.readInflated(s, p, off)
}

// SectionInMemory returns the section's data if they are in memory anyway, as those of small files are. They
// must not be changed, and are valid until f is closed.
func (f *File) SectionInMemory(s *Section) (data []byte, ok bool) {
	if f.whole == nil || s.z != nil || !s.HasData() {
		return nil, false
	}
	return (*f.whole)[s.Offset:][:s.Size:s.Size], true
}

// SectionData returns the section's data, decompressed. The caller must not change them:
// calls for a compressed section all return the same slice. A section without data in the
// file (SHT_NOBITS) gives a *[FormatError].
func (f *File) SectionData(s *Section) ([]byte, error) {
	if !s.HasData() {
		return nil, f.noData(s)
	}
	if s.z != nil {
		return f.inflated(s)
	}
	data, err := f.allocate(s)
	if err != nil {
		return nil, err
	}
	if err := f.ReadSectionAt(s, data, 0); err != nil {
		return nil, err
	}
	return data, nil
}

func (f *File) noData(s *Section) error {
	return f.sectionf(s, 0, "the section has no data in this file (%v)", s.Type)
}
