package kmod

import (
	"maps"
	"testing"
)

func TestNote(t *testing.T) {
	var m map[string]int
	note(&m, "a", 1)
	note(&m, "b", 2)
	note(&m, "a", 3)
	if !maps.Equal(m, map[string]int{"a": 3, "b": 2}) {
		t.Errorf("the map is %v", m)
	}
}
