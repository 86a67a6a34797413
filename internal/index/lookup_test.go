package index

import (
	"reflect"
	"strings"
	"testing"
)

func TestGet(t *testing.T) {
	r := open(t, "testdata/modules.dep.bin")
	for _, tt := range []struct {
		name, key, value string
		priority         uint32
		ok               bool
	}{
		{"module", "gm_mid", "kernel/gm/gm_mid.ko.xz: updates/gm_base.ko", 2, true},
		{"without dependencies", "gm_base", "updates/gm_base.ko:", 7, true},
		{"beginning of a key", "gm_mi", "", 0, false},
		{"more than a key", "gm_mids", "", 0, false},
		{"dashes are not normalized", "gm-mid", "", 0, false},
		{"nothing", "", "", 0, false},
		{"not ASCII", "gm_\xff", "", 0, false},
		{"too long for a key", strings.Repeat("g", MaxKey+1), "", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			value, priority, ok, err := r.Get(tt.key)
			if value != tt.value || priority != tt.priority || ok != tt.ok || err != nil {
				t.Errorf("got %q, %d, %v, %v", value, priority, ok, err)
			}
		})
	}
}

func TestValues(t *testing.T) {
	r, err := New("x", build([]Entry{
		{"a*", "late", 7}, {"a*", "early", 1}, {"a*", "middle", 3}, {"ab", "other", 0},
	}, nil))
	if err != nil {
		t.Fatal(err)
	}
	kept := Entry{Key: "kept"}
	got, err := r.Values([]Entry{kept}, "a*")
	want := []Entry{kept, {"a*", "early", 1}, {"a*", "middle", 3}, {"a*", "late", 7}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if v, p, ok, err := r.Get("a*"); v != "early" || p != 1 || !ok || err != nil {
		t.Errorf("Get: %q, %d, %v, %v", v, p, ok, err)
	}
	if got, err := r.Values(nil, "aX"); got != nil || err != nil {
		t.Errorf("a pattern was matched: %v, %v", got, err)
	}
}

// checkExact compares Get and Values with a loop over the sorted entries.
func checkExact(t *testing.T, r *Reader, entries []Entry, key string) {
	t.Helper()
	var want []Entry
	for _, e := range entries {
		if e.Key == key {
			want = append(want, e)
		}
	}
	got, err := r.Values(nil, key)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("Values(%q) = %v, %v, want %v", key, got, err, want)
	}
	value, priority, ok, err := r.Get(key)
	if err != nil || ok != (len(want) > 0) {
		t.Fatalf("Get(%q) = %v, %v", key, ok, err)
	}
	if ok && (value != want[0].Value || priority != want[0].Priority) {
		t.Fatalf("Get(%q) = %q, %d, want %v", key, value, priority, want[0])
	}
}
