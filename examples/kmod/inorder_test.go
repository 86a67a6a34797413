package main

import (
	"slices"
	"testing"
)

// TestInOrder: the first item is done last, and still comes first.
func TestInOrder(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		items := make([]int, n)
		for i := range items {
			items[i] = i
		}
		var got []int
		inOrder(items, 4, func(i int) int { return 2 * i }, func(r int) { got = append(got, r/2) })
		if !slices.Equal(got, items) {
			t.Errorf("%d items come as %v", n, got)
		}
	}
}
