package elffile

import "github.com/gopahole/gopahole/outfile"

// WriteCopy writes a copy of f to path with sections set as by [SetSections]. f itself
// does not change. The copy appears at once and completely, as by [outfile.Write]. Errors
// are those of both.
func (f *File) WriteCopy(path string, contents []Content, opts Options) error {
	e, err := planEdit(f.Name, f.r, f.Size, contents, &opts)
	if err != nil {
		return err
	}
	return outfile.Write(path, e, opts.output())
}
