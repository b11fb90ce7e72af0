package typegraph

// partition divides the numbers below n into sets and splits the sets, each time
// in time for what was marked (A. Valmari, "Fast brief practical DFA minimization",
// Information Processing Letters 112, 2012).
type partition struct {
	elems []uint32 // those of a set stand together
	at    []uint32 // by element: its index in elems
	set   []uint32 // by element: its set
	first []uint32 // by set: index in elems of its first element
	end   []uint32 // by set: index after its last one
	marks []uint32 // by set: how many of its elements, from the first one on, are marked
	work  []uint32 // sets with marks
}

// newPartition has one set for each label. Labels are below labels.
func newPartition(labels uint32, label []uint32) *partition {
	n := len(label)
	p := &partition{elems: make([]uint32, n), at: make([]uint32, n), set: make([]uint32, n)}
	count := make([]uint32, labels+1)
	for _, l := range label {
		count[l+1]++
	}
	number := make([]uint32, labels) // of the set of a label
	for l := range labels {
		if count[l+1] > 0 {
			number[l] = uint32(len(p.first))
			p.first = append(p.first, count[l])
			p.end = append(p.end, count[l]+count[l+1])
		}
		count[l+1] += count[l]
	}
	for e, l := range label {
		i := count[l]
		count[l]++
		p.elems[i], p.at[e], p.set[e] = uint32(e), i, number[l]
	}
	p.marks = make([]uint32, len(p.first))
	return p
}

// mark marks an element, which must not be marked yet.
func (p *partition) mark(e uint32) {
	s := p.set[e]
	i, j := p.at[e], p.first[s]+p.marks[s]
	other := p.elems[j]
	p.elems[i], p.at[other] = other, i
	p.elems[j], p.at[e] = e, j
	if p.marks[s] == 0 {
		p.work = append(p.work, s)
	}
	p.marks[s]++
}

// split makes the marked elements of each set a set of their own, or those that are
// not marked if they are fewer, and takes the marks away.
func (p *partition) split() {
	for _, s := range p.work {
		middle := p.first[s] + p.marks[s]
		p.marks[s] = 0
		if middle == p.end[s] {
			continue
		}
		z := uint32(len(p.first))
		if middle-p.first[s] <= p.end[s]-middle {
			p.first, p.end = append(p.first, p.first[s]), append(p.end, middle)
			p.first[s] = middle
		} else {
			p.first, p.end = append(p.first, middle), append(p.end, p.end[s])
			p.end[s] = middle
		}
		p.marks = append(p.marks, 0)
		for _, e := range p.elems[p.first[z]:p.end[z]] {
			p.set[e] = z
		}
	}
	p.work = p.work[:0]
}

// refine splits the sets of nodes until all nodes of a set lead to the same sets by
// references of the same number. The references of node v are
// edges[start[v]:start[v+1]]. It takes time for m log n, with m references and n
// nodes. cancelled is called now and then; its error ends the work.
func (p *partition) refine(start, edges []uint32, cancelled func() error) error {
	if len(edges) == 0 {
		return nil
	}
	tail, number, into, heads := make([]uint32, len(edges)), make([]uint32, len(edges)), make([]uint32, len(edges)), make([]uint32, len(start)+1)
	numbers := uint32(0)
	for v := range len(start) - 1 {
		for i := start[v]; i < start[v+1]; i++ {
			tail[i], number[i] = uint32(v), i-start[v]
			numbers = max(numbers, number[i]+1)
			heads[edges[i]+2]++
		}
	}
	for v := range len(heads) - 1 {
		heads[v+1] += heads[v]
	}
	for i, to := range edges {
		into[heads[to+1]] = uint32(i)
		heads[to+1]++
	}
	refs := newPartition(numbers, number)
	for set, ref := 1, 0; ref < len(refs.first); {
		if err := cancelled(); err != nil {
			return err
		}
		for _, e := range refs.elems[refs.first[ref]:refs.end[ref]] {
			p.mark(tail[e])
		}
		p.split()
		ref++
		for ; set < len(p.first); set++ {
			for _, v := range p.elems[p.first[set]:p.end[set]] {
				for _, e := range into[heads[v]:heads[v+1]] {
					refs.mark(e)
				}
			}
			refs.split()
		}
	}
	return nil
}
