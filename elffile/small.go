package elffile

import (
	"io"
	"io/fs"
	"sync"

	"github.com/gopahole/gopahole/internal/memory"
)

// maxWhole is the largest size of a small file, in bytes. To read one piece by piece takes 90
// system calls, which a small module notices; of a larger one, half is not needed, and the
// memory for that costs more.
const maxWhole = 512 << 10

// wholePool keeps the memory of small files that were closed, for the next ones.
var wholePool sync.Pool

// readWhole returns the bytes of a small file, and nil for others. An error is no matter
// here: it comes again when the place is read that it is about.
func readWhole(r io.ReaderAt, size int64) *[]byte {
	if size <= 0 || size > maxWhole {
		return nil
	}
	data, _ := wholePool.Get().(*[]byte)
	if data == nil || int64(cap(*data)) < size {
		data = new([]byte)
		*data = memory.Make[byte](int(size), int(size))
	}
	*data = (*data)[:size]
	if n, _ := r.ReadAt(*data, 0); n < len(*data) {
		wholePool.Put(data)
		return nil
	}
	return data
}

// closedReader stands for a small file after Close.
type closedReader struct{}

func (closedReader) ReadAt([]byte, int64) (int, error) { return 0, fs.ErrClosed }
