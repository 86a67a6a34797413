package textindex

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/index"
)

type reader func(name string, data []byte) ([]index.Entry, error)

// show writes entries with their priorities, one a line.
func show(entries []index.Entry) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%d %s = %s\n", e.Priority, e.Key, e.Value)
	}
	return b.String()
}

func TestForms(t *testing.T) {
	long := strings.Repeat("x", index.MaxKey+1)
	for name, test := range map[string]struct {
		read       reader
		text, want string
	}{
		"dep": {Dep, "# comment\n\nkernel/a-b.ko.xz: kernel/c.ko kernel/d.ko\r\n  kernel/c.ko: kernel/d.ko\nkernel/d.ko:\n",
			"0 a_b = kernel/a-b.ko.xz: kernel/c.ko kernel/d.ko\n1 c = kernel/c.ko: kernel/d.ko\n2 d = kernel/d.ko:\n"},
		"dep, not a key":     {Dep, "a\xff.ko:\nb.ko: a\xff.ko\n", "0 b = b.ko: a\xff.ko\n"},
		"dep, no such line":  {Dep, "a.ko: b.ko /x/c.ko\n", "0 a = a.ko: b.ko /x/c.ko\n"},
		"dep, twice a name":  {Dep, "x/a.ko:\ny/a.ko:\n", "0 a = x/a.ko:\n1 a = y/a.ko:\n"},
		"dep, direct only":   {Dep, "a.ko: b.ko\nb.ko: c.ko\nc.ko:\n", "0 a = a.ko: b.ko c.ko\n1 b = b.ko: c.ko\n2 c = c.ko:\n"},
		"dep, other order":   {Dep, "a.ko: c.ko b.ko\nb.ko: c.ko\nc.ko:\n", "0 a = a.ko: b.ko c.ko\n1 b = b.ko: c.ko\n2 c = c.ko:\n"},
		"dep, twice":         {Dep, "a.ko: b.ko b.ko\nb.ko:\n", "0 a = a.ko: b.ko\n1 b = b.ko:\n"},
		"dep, itself":        {Dep, "a.ko: a.ko b.ko\nb.ko:\n", "0 a = a.ko: b.ko\n1 b = b.ko:\n"},
		"dep, cycle":         {Dep, "a.ko: b.ko\nb.ko: a.ko\n", "0 a = a.ko: b.ko\n1 b = b.ko: a.ko\n"},
		"dep, longer cycle":  {Dep, "a.ko: b.ko\nb.ko: c.ko\nc.ko: b.ko\n", "0 a = a.ko: b.ko c.ko\n1 b = b.ko: c.ko\n2 c = c.ko: b.ko\n"},
		"dep, diamond":       {Dep, "a.ko: b.ko c.ko\nb.ko: d.ko\nc.ko: d.ko\nd.ko:\n", "0 a = a.ko: b.ko c.ko d.ko\n1 b = b.ko: d.ko\n2 c = c.ko: d.ko\n3 d = d.ko:\n"},
		"alias":              {Aliases, "alias b-* one\nalias a two-x\nalias\ta b\n", ""},
		"aliases":            {Aliases, "alias b-* one\n#alias x y\nalias a two-x\nalias c one\n", "0 b_* = one\n1 a = two_x\n0 c = one\n"},
		"alias with space":   {Aliases, "alias  a  b\tm\n", "0 a  b = m\n"},
		"alias left out":     {Aliases, "alias a[ m\nalias \xff m\nalias " + long + " m\nalias b n\n", "1 b = n\n"},
		"symbols":            {Symbols, "alias symbol:a-b m\nalias symbol:c n\n", "0 symbol:a-b = m\n1 symbol:c = n\n"},
		"builtin":            {Builtin, "kernel/a-b.ko\nkernel/c/d.ko\n", "0 a_b = \n0 d = \n"},
		"builtin left out":   {Builtin, "kernel/\xff.ko\nx.ko\n", "0 x = \n"},
		"empty":              {Dep, "", ""},
		"only comments":      {Aliases, "# nothing\n \n", ""},
		"CR before a line":   {Builtin, "\rkernel/a.ko\r\n", "0 a = \n"},
		"compressed builtin": {Builtin, "kernel/a.ko.zst\n", "0 a = \n"},
	} {
		got, err := test.read("f", []byte(test.text))
		if name == "alias" {
			if err == nil {
				t.Error("a tab behind the keyword is accepted")
			}
			continue
		}
		if err != nil || show(got) != test.want {
			t.Errorf("%s: %v\n%swant\n%s", name, err, show(got), test.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for name, test := range map[string]struct {
		read       reader
		text, want string
	}{
		"dep, cut":         {Dep, "a.ko:\nb.ko: a.ko", "line 2 has no end: the file is cut off"},
		"dep, no colon":    {Dep, "#\na.ko\n", `line 2 is not "PATH: PATH…"`},
		"dep, no module":   {Dep, "a:\n", `line 1 is not "PATH: PATH…"`},
		"dep, not a need":  {Dep, "a.ko: kernel/b\n", "line 1 names a dependency that is not the path of a module"},
		"dep, again":       {Dep, "a.ko:\n\na.ko:\n", "line 3 is another one for a.ko"},
		"alias, cut":       {Aliases, "alias a b", "line 1 has no end: the file is cut off"},
		"alias, keyword":   {Aliases, "alias a b\nalia a b\n", `line 2 is not "alias PATTERN MODULE"`},
		"alias, no module": {Aliases, "alias a\n", `line 1 is not "alias PATTERN MODULE"`},
		"alias, nothing":   {Symbols, "alias  a\n", `line 1 is not "alias PATTERN MODULE"`},
		"builtin":          {Builtin, "kernel/a\n", "line 1 is not the path of a module"},
		"builtin, cut":     {Builtin, "kernel/a.ko", "line 1 has no end: the file is cut off"},
		"too many":         {Builtin, strings.Repeat("a.ko\n", MaxEntries+1), "line 1048577 is one more than the 1048576 that are read"},
	} {
		got, err := test.read("dir/f", []byte(test.text))
		if got != nil || !errors.Is(err, index.ErrCorrupt) || err.Error() != "dir/f is a corrupt index: "+test.want {
			t.Errorf("%s: %d entries, %v", name, len(got), err)
		}
	}
	if got, err := Builtin("f", []byte(strings.Repeat("a.ko\n", MaxEntries))); len(got) != MaxEntries || err != nil {
		t.Errorf("%d entries, %v", len(got), err)
	}
}

// TestDepBounds: neither long chains nor long lines take work or memory without bound.
func TestDepBounds(t *testing.T) {
	var chain, wide strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&chain, "module%06d.ko: module%06d.ko\n", i, i+1)
	}
	all := ""
	for i := range 1000 {
		all += fmt.Sprintf(" m%d.ko", i)
	}
	for i := range 1000 {
		fmt.Fprintf(&wide, "m%d.ko:%s\n", i, all)
	}
	for name, text := range map[string]string{"chain": chain.String(), "wide": wide.String()} {
		_, err := Dep(name, []byte(text))
		if !errors.Is(err, index.ErrCorrupt) || !strings.Contains(err.Error(), "needs more modules") {
			t.Errorf("%s: %v", name, err)
		}
	}
	short := chain.String()[:1000*len("module000000.ko: module000000.ko\n")]
	if got, err := Dep("f", []byte(short)); len(got) != 1000 || err != nil {
		t.Errorf("a chain of %d modules: %v", len(got), err)
	}
}

// FuzzDep: whatever the file, each line names every module after all that use it, unless
// they use each other, and lines that were complete stay as they are.
func FuzzDep(f *testing.F) {
	f.Add("a.ko: c.ko b.ko\nb.ko: c.ko d.ko\nc.ko: d.ko\nd.ko:\n")
	f.Add("a.ko: b.ko\nb.ko: a.ko\n")
	f.Add("x/a.ko.xz: /b.ko\r\n#\n")
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := Dep("f", []byte(text))
		if err != nil {
			if entries != nil || !errors.Is(err, index.ErrCorrupt) {
				t.Fatalf("%d entries, %v", len(entries), err)
			}
			return
		}
		var again strings.Builder
		for _, e := range entries {
			path, list, _ := strings.Cut(e.Value, ":")
			needs := strings.Fields(list)
			slices.Sort(needs)
			if slices.Contains(needs, path) || len(slices.Compact(needs)) != len(needs) {
				t.Fatalf("%q", e.Value)
			}
			again.WriteString(e.Value + "\n")
		}
		second, err := Dep("f", []byte(again.String()))
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range second {
			if sorted(e.Value) != sorted(entries[i].Value) {
				t.Fatalf("%q became %q", entries[i].Value, e.Value)
			}
		}
	})
}

// sorted returns the words of a line in the order of bytes.
func sorted(line string) string {
	words := strings.Fields(line)
	slices.Sort(words)
	return strings.Join(words, " ")
}

// FuzzLines: the other files give entries that an index can hold, or an error.
func FuzzLines(f *testing.F) {
	f.Add("alias a-[b] m\nalias symbol:x n\n")
	f.Add("kernel/a.ko\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []reader{Aliases, Symbols, Builtin} {
			entries, err := read("f", []byte(text))
			if err != nil && (entries != nil || !errors.Is(err, index.ErrCorrupt)) {
				t.Fatalf("%d entries, %v", len(entries), err)
			}
			index.Sort(entries)
			if _, err := index.Encode(entries); err != nil {
				t.Fatal(err)
			}
		}
	})
}
