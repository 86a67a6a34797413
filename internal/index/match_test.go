package index

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/glob"
)

func TestMatchGolden(t *testing.T) {
	alias := open(t, "testdata/modules.alias.bin")
	symbols := open(t, "testdata/modules.symbols.bin")
	builtin := open(t, "testdata/modules.builtin.alias.bin")
	for _, tt := range []struct {
		name  string
		r     *Reader
		query string
		want  []Entry
	}{
		{"plain key", alias, "char_major_10_250", []Entry{{"char_major_10_250", "gm_dev", 4}}},
		{"set", alias, "usb:v1D6Bp0105d0213dc00dsc00dp00ic00isc00ip00in00",
			[]Entry{{"usb:v1D6Bp0105d02[0-1]*dc*dsc*dp*ic*isc*ip*in*", "gm_dev", 4}}},
		{"outside of the set", alias, "usb:v1D6Bp0105d0223dc00dsc00dp00ic00isc00ip00in00", nil},
		{"two patterns", alias, "pci:v00001AF4d000010FFsv00001AF4sd00001100bc02sc00i00", []Entry{
			{"pci:v00001AF4d000010FFsv*sd*bc*sc*i*", "gm_dev", 4},
			{"pci:v*d*sv*sd*bc02sc00i*", "gm_dev", 4},
		}},
		{"nothing", alias, "pci:v00001AF4d00001100sv00001AF4sd00001100bc01sc00i00", nil},
		{"a pattern's own text", alias, "pci:v*d*sv*sd*bc02sc00i*",
			[]Entry{{"pci:v*d*sv*sd*bc02sc00i*", "gm_dev", 4}}},
		{"symbol", symbols, "symbol:gm_mid_fn", []Entry{{"symbol:gm_mid_fn", "gm_mid", 2}}},
		{"built in", builtin, "pci:v00001AF4d00001100sv00001AF4sd00001100bc01sc00i00",
			[]Entry{{"pci:v00001AF4d00001100sv*sd*bc*sc*i*", "gm_built_in", 0}}},
		{"empty", alias, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.r.Match(nil, tt.query)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v, %v, want %v", got, err, tt.want)
			}
		})
	}
}

// TestMatchOrder has the answers of kmod 30's modprobe -R for the same index,
// except for keys named twice when the query has pattern characters.
func TestMatchOrder(t *testing.T) {
	r, err := New("x", build([]Entry{
		{`a*`, "v1", 5}, {`ab`, "v2", 5}, {`a[b]`, "v3", 5}, {`?b`, "v4", 5}, {`*`, "v5", 5},
		{`a?`, "v6", 5}, {`ab`, "v7", 5}, {`ab`, "v8", 2}, {`*b`, "v9", 2},
		{`b\*c`, "w1", 1}, {`b\xc`, "w2", 1}, {`bxc`, "w3", 1},
		{`c*`, "x1", 1}, {`c*d`, "x3", 1}, {`e?[f`, "y3", 1}, {`e??`, "y4", 1}, {`f/*`, "z1", 1},
	}, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, query, want string }{
		{"plain before pattern at equal priority", "ab", "v8 v9 v7 v2 v3 v6 v1 v4 v5"},
		{"backslash is plain before a star", `b\xc`, "w2 w1 v5"},
		{"backslash quotes nothing", "b*c", "v5"},
		{"no backslash in the query", "bxc", "w3 v5"},
		{"star in the query", "c*d", "x3 x1 v5"},
		{"open set", "exf", "y4 v5"},
		{"slashes", "f/a/b", "z1 v9 v5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, err := r.Match(nil, tt.query)
			if got := valuesOf(found); err != nil || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestMatchKeepsDst(t *testing.T) {
	r := open(t, "testdata/modules.alias.bin")
	kept := Entry{Key: "kept", Priority: 99}
	got, err := r.Match([]Entry{kept}, "net_pf_44")
	if err != nil || len(got) != 2 || got[0] != kept || got[1].Value != "gm_dev" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestMatchAllocations(t *testing.T) {
	r := open(t, "testdata/modules.alias.bin")
	dst := make([]Entry, 0, 4)
	n := testing.AllocsPerRun(100, func() {
		_, _ = r.Match(dst, "usb:v1D6Bp0105d0213dc00dsc00dp00ic00isc00ip00in00")
	})
	if n > 3 {
		t.Errorf("%v allocations", n)
	}
}

// checkMatch compares Match with a loop over the sorted entries.
func checkMatch(t *testing.T, r *Reader, entries []Entry, query string) {
	t.Helper()
	var want []Entry
	for _, e := range entries {
		if covers(e.Key, query) {
			want = append(want, e)
		}
	}
	got, err := r.Match(nil, query)
	if err != nil {
		t.Fatalf("Match(%q): %v", query, err)
	}
	ascending := func(a, b Entry) int { return cmp.Compare(a.Priority, b.Priority) }
	if !slices.IsSortedFunc(got, ascending) {
		t.Fatalf("Match(%q) = %v: not in order", query, got)
	}
	byValue := func(a, b Entry) int { return strings.Compare(a.Value, b.Value) }
	slices.SortFunc(got, byValue)
	slices.SortFunc(want, byValue)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("Match(%q) = %v, want %v of %v", query, got, want, entries)
	}
}

// covers decides for one key what Match decides for all.
func covers(key, query string) bool {
	wild := strings.IndexAny(key, "*?[")
	if wild < 0 {
		return key == query
	}
	rest, ok := strings.CutPrefix(query, key[:wild])
	return ok && glob.Match(key[wild:], rest)
}

// valuesOf joins the values with spaces.
func valuesOf(entries []Entry) string {
	var values []string
	for _, e := range entries {
		values = append(values, e.Value)
	}
	return strings.Join(values, " ")
}
