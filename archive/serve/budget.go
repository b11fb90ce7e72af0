package serve

import "sync"

// A budget bounds the bytes of answers that are on their way: a client that reads slowly keeps one in memory for minutes.
type budget struct {
	most int64

	mu   sync.Mutex
	used int64
}

// take takes n bytes, and reports whether they were left. One answer is never too large.
func (b *budget) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used > 0 && b.used+n > b.most {
		return false
	}
	b.used += n
	return true
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
}
