package elffile

import "io"

// A patch is a change of the copied file.
type patch struct {
	off  uint64
	data []byte
	zero uint64 // if data is nil: so many zero bytes
}

func (p patch) apply(w io.WriterAt) error {
	if p.data != nil {
		_, err := w.WriteAt(p.data, int64(p.off))
		return err
	}
	zeros := make([]byte, min(p.zero, 1<<20))
	for done := uint64(0); done < p.zero; {
		n, err := w.WriteAt(zeros[:min(p.zero-done, uint64(len(zeros)))], int64(p.off+done))
		if err != nil {
			return err
		}
		done += uint64(n)
	}
	return nil
}
