package serve

import (
	"slices"
	"sync"
)

// recentBytes bounds what is kept of what was sent, in bytes: some kernels.
const recentBytes = 64 << 20

// recent has BTF that was sent lately, by digest: clients read one kernel in several ranges.
type recent struct {
	mu    sync.Mutex
	bytes int
	list  []recentBTF // the oldest first
}

type recentBTF struct {
	digest string
	data   []byte
}

func (r *recent) get(digest string) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.list, func(b recentBTF) bool { return b.digest == digest })
	if i < 0 {
		return nil
	}
	b := r.list[i]
	r.list = append(slices.Delete(r.list, i, i+1), b)
	return b.data
}

func (r *recent) add(digest string, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(data) > recentBytes || slices.ContainsFunc(r.list, func(b recentBTF) bool { return b.digest == digest }) {
		return
	}
	r.list = append(r.list, recentBTF{digest, data})
	for r.bytes += len(data); r.bytes > recentBytes; {
		r.bytes -= len(r.list[0].data)
		r.list = slices.Delete(r.list, 0, 1)
	}
}
