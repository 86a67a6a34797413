package kmod

import (
	"slices"
	"testing"
)

// needs, and ignores invalid needs in a damaged plan.
func TestDirectNeeds(t *testing.T) {
	for name, test := range map[string]struct {
		needs [][]int
		want  []int // of the last step
	}{
		"none":                   {[][]int{nil, nil}, nil},
		"one":                    {[][]int{nil, {0}}, []int{0}},
		"a chain":                {[][]int{nil, {0}, {0, 1}, {0, 1, 2}}, []int{2}},
		"two chains":             {[][]int{nil, {0}, nil, {2}, {0, 1, 2, 3}}, []int{1, 3}},
		"two users of one":       {[][]int{nil, {0}, {0}, {0, 1, 2}}, []int{1, 2}},
		"independent":            {[][]int{nil, nil, nil, {0, 1, 2}}, []int{0, 1, 2}},
		"later steps":            {[][]int{nil, {0}, {0, 1, 2, 7, -1}}, []int{1}},
		"needs that need itself": {[][]int{nil, {2}, {0, 1}}, []int{0, 1}},
	} {
		p := &Plan{Steps: make([]Step, len(test.needs))}
		for i, needs := range test.needs {
			p.Steps[i].Needs = needs
		}
		if got := p.direct(len(p.Steps)-1, make([]int, len(p.Steps))); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
