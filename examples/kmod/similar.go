package main

import (
	"slices"
	"strings"
)

const (
	maxSimilar     = 3  // names that are kept
	maxSimilarName = 64 // bytes of a name; none of a module is longer
)

// similar collects the names that are most like one that was probably misspelt. Each name
// takes time in proportion to the bytes of both at most, and no memory unless it is kept.
type similar struct {
	name  string
	most  int      // edits: as many as the best names have that were found
	found []string // what is to be shown for these, in alphabetic order
	rows  [3][maxSimilarName + 1]int
}

// newSimilar starts the search for names that are like the given one: that have one edit
// for each three bytes at most, and three altogether.
func newSimilar(name string) *similar {
	return &similar{name: folded(name), most: min(max(len(name)/3, 1), 3, len(name)-1)}
}

// folded is a name as it is compared: case does not count, nor do dashes instead of
// underscores.
func folded(name string) string {
	if len(name) > maxSimilarName {
		return ""
	}
	return strings.ReplaceAll(strings.ToLower(name), "-", "_")
}

// add considers a name, and keeps what is to be shown for it.
func (s *similar) add(name, shown string) {
	if len(s.name) == 0 || len(name) == 0 || max(len(name)-len(s.name), len(s.name)-len(name)) > s.most {
		return
	}
	other := folded(name)
	if other == "" || len(other) > maxSimilarName {
		return // some letters are longer in lower case
	}
	edits := s.edits(other)
	if edits > s.most {
		return
	}
	if edits < s.most {
		s.most, s.found = edits, nil
	}
	if at, there := slices.BinarySearch(s.found, shown); !there && at < maxSimilar {
		s.found = slices.Insert(s.found, at, shown)
		s.found = s.found[:min(len(s.found), maxSimilar)]
	}
}

// edits counts how many bytes are inserted, removed, replaced or swapped with the next one
// between the two names; once these are too many, it returns any number that is.
func (s *similar) edits(other string) int {
	above2, above, row := &s.rows[0], &s.rows[1], &s.rows[2]
	for j := range len(other) + 1 {
		row[j] = j
	}
	for i := range len(s.name) {
		above2, above, row = above, row, above2
		row[0] = i + 1
		least := row[0]
		for j := range len(other) {
			change := 1
			if s.name[i] == other[j] {
				change = 0
			}
			row[j+1] = min(above[j]+change, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && s.name[i] == other[j-1] && s.name[i-1] == other[j] {
				row[j+1] = min(row[j+1], above2[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if least > s.most {
			return least
		}
	}
	return row[len(other)]
}
