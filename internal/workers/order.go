package workers

import "slices"

// largeFirst returns the numbers of n results in the order in which workers begin them, nil for that of the numbers.
//
// While one worker makes a large result, whose turn it is, the others finish what may wait for it, and then they wait as well. So
// what takes much longer than most is begun earlier: by so many results as the workers make meanwhile, and a half more. A quarter
// of the workers may be ahead in that way, at the most. That is far fewer than results that may wait,
// so there is always room for the one whose turn it is.
func largeFirst(n, workers int, size func(i int) int64) []int {
	most := workers / 4
	total := int64(0)
	for i := range n {
		total += size(i)
	}
	if n == 0 || most == 0 || total < int64(n) {
		return nil
	}
	mean := total / int64(n)
	type large struct{ number, from int }
	var list []large
	for i := range n {
		if s := size(i) / mean; s >= 2 {
			list = append(list, large{i, int(max(0, int64(i)-int64(workers)*s*3/2))})
		}
	}
	slices.SortStableFunc(list, func(a, b large) int { return a.from - b.from })
	order := make([]int, 0, n)
	begun := make([]bool, n) // early
	early := 0               // of the numbers that are still to come
	for i := range n {
		if begun[i] {
			early--
			continue
		}
		for ; early < most && len(list) > 0 && list[0].from <= i; list = list[1:] {
			if k := list[0].number; k > i {
				order, begun[k] = append(order, k), true
				early++
			}
		}
		order = append(order, i)
	}
	return order
}
