package main

import (
	"slices"
	"testing"
)

// TestRowNames: each row can be asked for, and each work of growth is a row.
func TestRowNames(t *testing.T) {
	names := rowNames()
	if sorted := slices.Sorted(slices.Values(names)); len(slices.Compact(sorted)) != len(names) {
		t.Errorf("names are not unique: %q", names)
	}
	for work := range works {
		if !slices.Contains(names, work) {
			t.Errorf("%s is not a row", work)
		}
	}
}

func TestWithoutTesters(t *testing.T) {
	got := withoutTesters([]string{"crc32", "tcrypt", "xfs", "crc32_test", "list_kunit"})
	if want := []string{"crc32", "xfs"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
