package index

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// A raw is a file that a test writes by hand.
type raw []byte

// file begins a file whose root follows the header.
func file(flags uint32) raw { return header(headerSize | flags) }

func (b raw) text(s string) raw { return append(append(b, s...), 0) }

func (b raw) bytes(c ...byte) raw { return append(b, c...) }

func (b raw) numbers(v ...uint32) raw {
	for _, v := range v {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// bomb returns a file in which each of many levels refers twice to the next, so
// that it has more keys than can be counted. All keys begin with start.
func bomb(start byte, levels int) raw {
	b := file(hasChildren).bytes(start, start).numbers(18 | hasChildren)
	for range levels {
		next := uint32(len(b) + 10)
		b = b.bytes('a', 'b').numbers(next|hasChildren, next|hasChildren)
	}
	return b.bytes('a', 'a').numbers(0)
}

// chain returns a file with a value for every key made of start and up to n
// times the letter a.
func chain(start byte, n int) raw {
	b := file(hasChildren).bytes(start, start).numbers(18 | hasChildren | hasValues)
	for range n {
		next := uint32(len(b) + 15)
		b = b.bytes('a', 'a').numbers(next|hasChildren|hasValues, 1, 0).text("")
	}
	return b.bytes('a', 'a').numbers(0, 0)
}

// ladder returns a file of one key without a value, one byte longer than n.
func ladder(n int) raw {
	b := file(hasChildren)
	for range n {
		b = b.bytes('a', 'a').numbers(uint32(len(b)+6) | hasChildren)
	}
	return b.bytes('a', 'a').numbers(uint32(len(b) + 6)).bytes(0)
}

func TestCorrupt(t *testing.T) {
	for _, tt := range []struct {
		name string
		data raw
		msg  string
		at   int64
	}{
		{"root in the header", header(4 | hasValues), "a reference leads outside of the nodes", 4},
		{"root after the end", header(100 | hasValues), "a reference leads outside of the nodes", 100},
		{"root at nothing", header(0), "a reference leads outside of the nodes", 0},
		{"child after the end", file(hasChildren).bytes('a', 'a').numbers(19),
			"a reference leads outside of the nodes", 19},
		{"prefix does not end", append(file(hasPrefix), "abc"...), "a prefix does not end", 12},
		{"prefix is not there", file(hasPrefix), "a prefix does not end", 12},
		{"prefix is not ASCII", file(hasPrefix).text("a\x80"), "a prefix is not ASCII", 12},
		{"prefix is too long", file(hasPrefix).text(strings.Repeat("a", MaxKey+1)), "a prefix does not end", 12},
		{"range of children is cut off", file(hasChildren).bytes('a'), "a node is cut off", 12},
		{"children are cut off", file(hasChildren).bytes('a', 'b').numbers(0).bytes(0, 0, 0), "a node is cut off", 14},
		{"range of children runs backwards", file(hasChildren).bytes('b', 'a').numbers(0, 0),
			"a node has an impossible range of children", 12},
		{"children that are not ASCII", file(hasChildren).bytes('a', 0x80).numbers(make([]uint32, 32)...),
			"a node has an impossible range of children", 12},
		{"count of values is cut off", file(hasValues).bytes(0, 0, 0), "the values of a node are cut off", 12},
		{"too many values", file(hasValues).numbers(3, 0, 0, 0),
			"a node has more values than the file can hold", 12},
		{"most values", file(hasValues).numbers(1<<32-1, 0), "a node has more values than the file can hold", 12},
		{"value does not end", append(file(hasValues).numbers(1, 0), "abc"...), "a value does not end", 16},
		{"second value is cut off", file(hasValues).numbers(2, 0).text("abcde").bytes(0, 0), "a value is cut off", 26},
		{"circle", file(hasChildren).bytes('a', 'a').numbers(12 | hasChildren),
			"nodes form a circle or are shared", 12},
		{"circle of prefixes", file(hasPrefix|hasChildren).text("p").bytes('a', 'a').numbers(12 | hasPrefix | hasChildren),
			"nodes form a circle or are shared", 12},
		{"shared nodes", bomb('a', 60), "nodes form a circle or are shared", 608},
		{"key is too long", ladder(MaxKey), "a key is too long", 18 + 6*MaxKey},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := New("x", tt.data)
			if err != nil {
				t.Fatal(err)
			}
			for e, err2 := range r.All() {
				if err = err2; err != nil && e != (Entry{}) {
					t.Errorf("%v beside an error", e)
				}
			}
			var c *CorruptError
			if !errors.As(err, &c) || !errors.Is(err, ErrCorrupt) || c.File != "x" {
				t.Fatalf("got %v", err)
			}
			if c.Msg != tt.msg || c.Offset != tt.at {
				t.Errorf("got %q at %d, want %q at %d", c.Msg, c.Offset, tt.msg, tt.at)
			}
			exercise(r)
		})
	}
}

// exercise calls methods that must neither panic nor run forever.
func exercise(r *Reader) {
	for _, query := range []string{"", "a", "b", "pa", "aabab", strings.Repeat("a", 2*MaxKey)} {
		_, _, _, _ = r.Get(query)
		_, _ = r.Values(nil, query)
		_, _ = r.Match(nil, query)
	}
}

func TestCorruptPatterns(t *testing.T) {
	circle := file(hasChildren).bytes('?', '?').numbers(18|hasChildren).bytes('a', 'a').numbers(18 | hasChildren)
	stars := file(hasChildren).bytes('*', '*').numbers(18|hasChildren).bytes('*', '*').numbers(18 | hasChildren)
	for _, tt := range []struct {
		name  string
		data  raw
		query string
	}{
		{"circle", circle, strings.Repeat("a", 2000)},
		{"circle of stars", stars, ""},
		{"shared nodes", bomb('*', 60), strings.Repeat("ab", 1000)},
		{"shared nodes in a set", bomb('[', 60), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newReader(t, tt.data)
			found, err := r.Match(nil, tt.query)
			var c *CorruptError
			if found != nil || !errors.As(err, &c) || c.Msg != "nodes form a circle or are shared" {
				t.Errorf("got %d entries, %v", len(found), err)
			}
		})
	}
}

// TestErrorsKeepDst fails on the second value of a key.
func TestErrorsKeepDst(t *testing.T) {
	data := append(file(hasPrefix|hasValues).text("a").numbers(2, 0).text("v").numbers(0), "no end"...)
	r, err := New("x", data)
	if err != nil {
		t.Fatal(err)
	}
	kept := []Entry{{Key: "kept"}}
	if got, err := r.Values(kept, "a"); len(got) != 1 || !errors.Is(err, ErrCorrupt) {
		t.Errorf("Values: %v, %v", got, err)
	}
	if got, err := r.Match(kept, "a"); len(got) != 1 || !errors.Is(err, ErrCorrupt) {
		t.Errorf("Match: %v, %v", got, err)
	}
	if _, _, ok, err := r.Get("a"); !ok || err != nil {
		t.Errorf("Get of the first value: %v, %v", ok, err)
	}
}

// TestCutFiles cuts a good file at every byte.
func TestCutFiles(t *testing.T) {
	whole := open(t, "testdata/modules.alias.bin")
	for n := headerSize; n < len(whole.data); n++ {
		r, err := New("x", whole.data[:n])
		if err != nil {
			t.Fatal(err)
		}
		var last error
		for _, err := range r.All() {
			last = err
		}
		if !errors.Is(last, ErrCorrupt) {
			t.Errorf("cut at %d: %v", n, last)
		}
		exercise(r)
	}
}

// TestAllStops breaks out of the loop after each entry.
func TestAllStops(t *testing.T) {
	r := open(t, "testdata/modules.alias.bin")
	for want := range len(collect(t, r)) {
		got := 0
		for range r.All() {
			if got == want {
				break
			}
			got++
		}
		if got != want {
			t.Errorf("got %d entries, want %d", got, want)
		}
	}
}
