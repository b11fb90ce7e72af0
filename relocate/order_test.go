package relocate

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestKernelSort compares with what lib/sort.c of Linux 7.2 does, compiled as a
// program: a line has the number of elements, their keys, and the places of
// the elements after sorting them.
func TestKernelSort(t *testing.T) {
	f, err := os.Open("testdata/kernelsort.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := 0
	for s := bufio.NewScanner(f); s.Scan(); lines++ {
		_, rest, _ := strings.Cut(s.Text(), ":")
		before, after, _ := strings.Cut(rest, "=")
		var keys, want, got []int
		for _, list := range []struct {
			text string
			to   *[]int
		}{{before, &keys}, {after, &want}} {
			for _, field := range strings.Fields(list.text) {
				var n int
				fmt.Sscan(field, &n)
				*list.to = append(*list.to, n)
			}
		}
		for i := range keys {
			got = append(got, i)
		}
		kernelSort(got, func(a, b int) int { return keys[a] - keys[b] })
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v", s.Text(), got)
		}
	}
	if lines != 41 {
		t.Errorf("%d lines", lines)
	}
}
