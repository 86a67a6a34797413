package depmod

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestCacheBytes: with any one byte changed, a cache is refused, or its content is
// written back the same way.
func TestCacheBytes(t *testing.T) {
	body := encoded(t, sample())
	accepted := 0
	for at := range body {
		for change := 1; change < 256; change++ {
			changed := bytes.Clone(body)
			changed[at] ^= byte(change)
			data, err := decodeCache(string(changed))
			if err != nil {
				if err != errCache || data != nil {
					t.Fatalf("byte %d with %#x: %v, %v", at, changed[at], data, err)
				}
				continue
			}
			accepted++
			if same := encoded(t, data); !bytes.Equal(same, changed) {
				t.Fatalf("byte %d with %#x: %q became %q", at, changed[at], changed, same)
			}
			data.encoded = ""
			again, err := decodeCache(string(encoded(t, data)))
			if err != nil || !reflect.DeepEqual(contents(again), contents(data)) {
				t.Fatalf("byte %d with %#x: %v became %v, %v", at, changed[at], data, again, err)
			}
		}
	}
	if accepted == 0 {
		t.Error("none was accepted")
	}
}

// bodyOf joins pieces into a cache: numbers as such, and strings as their
// bytes.
func bodyOf(pieces ...any) string {
	var b []byte
	for _, piece := range pieces {
		switch p := piece.(type) {
		case int:
			b = binary.AppendUvarint(b, uint64(p))
		case string:
			b = append(b, p...)
		}
	}
	return string(b)
}

// TestCacheForms: which caches are accepted, by a change to each of their parts.
func TestCacheForms(t *testing.T) {
	const none = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" // a module of nothing
	module := func(pieces ...any) string { return bodyOf(1, "f") + bodyOf(1, 2, 0, 0, 0, 0) + bodyOf(pieces...) }
	for name, test := range map[string]struct {
		body string
		ok   bool
	}{
		"nothing":              {bodyOf(0, 0, 0, 0, 0, 0), true},
		"a key":                {bodyOf(2, "ab", 0, 0, 0, 0, 0), true},
		"more behind":          {bodyOf(0, 0, 0, 0, 0, 0, 0), false},
		"less":                 {bodyOf(0, 0, 0, 0, 0), false},
		"names":                {bodyOf(0, 3, 1, 1, 2, "abbb", 0, 0, 0, 0), true},
		"an empty name":        {bodyOf(0, 2, 0, 1, "a", 0, 0, 0, 0), true},
		"names twice":          {bodyOf(0, 2, 1, 1, "aa", 0, 0, 0, 0), false},
		"names out of order":   {bodyOf(0, 2, 1, 1, "ba", 0, 0, 0, 0), false},
		"a name too many":      {bodyOf(0, 3, 1, 1, "ab", 0, 0, 0, 0), false},
		"a name too long":      {bodyOf(0, 2, 1, 90, "ab", 0, 0, 0, 0), false},
		"symbols":              {bodyOf(0, 2, 1, 1, "ab", 2, 0, 0, 1, 0, 0, 0, 0), true},
		"many small symbols":   {bodyOf(0, 1, 1, "a", 9, strings.Repeat("\x00\x00", 9), 0, 0, 0), true},
		"all flags":            {bodyOf(0, 1, 1, "a", 4, 0, "\x00", 0, "\x02", 0, "\x01wxyz", 0, "\x03wxyz", 0, 0, 0), true},
		"another flag":         {bodyOf(0, 1, 1, "a", 1, 0, "\x04", 0, 0, 0), false},
		"a symbol of no name":  {bodyOf(0, 1, 1, "a", 1, 1, "\x00", 0, 0, 0), false},
		"half a CRC":           {bodyOf(0, 1, 1, "a", 1, 0, "\x01wxy"), false},
		"small modules":        {bodyOf(0, 0, 0, 0, 0, 40, strings.Repeat(none, 40)), true},
		"a module too many":    {bodyOf(0, 0, 0, 0, 0, 41, strings.Repeat(none, 40)), false},
		"a module too few":     {bodyOf(0, 0, 0, 0, 0, 39, strings.Repeat(none, 40)), false},
		"strings":              {bodyOf(0, 0, 0, 3, 0, 1, module(1, 1, "a", 0, 2, 0, 1, "b", 0, 0)), true},
		"a string too many":    {bodyOf(0, 0, 0, 2, 0, 1, module(1, 1, "a", 0, 2, 0, 1, "b", 0, 0)), false},
		"a string too few":     {bodyOf(0, 0, 0, 4, 0, 1, module(1, 1, "a", 0, 2, 0, 1, "b", 0, 0)), false},
		"exports and needs":    {bodyOf(0, 1, 1, "a", 2, 0, 0, 0, "\x02", 0, 3, 1, module(0, 0, 0, 1, 1, 2, 0, 1)), true},
		"an export too many":   {bodyOf(0, 1, 1, "a", 2, 0, 0, 0, "\x02", 0, 2, 1, module(0, 0, 0, 1, 1, 2, 0, 1)), false},
		"an export too few":    {bodyOf(0, 1, 1, "a", 2, 0, 0, 0, "\x02", 0, 4, 1, module(0, 0, 0, 1, 1, 2, 0, 1)), false},
		"an unknown export":    {bodyOf(0, 1, 1, "a", 2, 0, 0, 0, "\x02", 0, 3, 1, module(0, 0, 0, 1, 2, 2, 0, 1)), false},
		"an unknown need":      {bodyOf(0, 1, 1, "a", 2, 0, 0, 0, "\x02", 0, 3, 1, module(0, 0, 0, 1, 1, 2, 2, 1)), false},
		"strings beyond all":   {bodyOf(0, 0, 0, 1000, 0, 0), false},
		"numbers beyond all":   {bodyOf(0, 0, 0, 0, 1000, 0), false},
		"a count beyond all":   {bodyOf(0, 1000, 0, 0, 0, 0), false},
		"a count of 64 bits":   {bodyOf(0, -1, 0, 0, 0, 0), false},
		"a number in two ways": {"\x80\x00" + bodyOf(0, 0, 0, 0, 0), false},
	} {
		data, err := decodeCache(test.body)
		if test.ok != (err == nil) || test.ok == (data == nil) {
			t.Errorf("%s: %+v, %v", name, data, err)
			continue
		}
		if test.ok {
			if again := encoded(t, data); string(again) != test.body {
				t.Errorf("%s: %q became %q", name, test.body, again)
			}
		}
	}
}

// TestCacheNumbers: numbers of any length are read, in their shortest form only.
func TestCacheNumbers(t *testing.T) {
	for _, n := range []uint64{0, 1, 0x7f, 0x80, 0xff, 0x100, 0x3fff, 0x4000, 1<<21 - 1, 1 << 21,
		1<<32 - 1, 1 << 32, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		text := string(binary.AppendUvarint(nil, n))
		for _, behind := range []string{"", "\x00", "\x01\x80", "\xff\xff\xff"} {
			d := &cacheDecoder{s: text + behind}
			if got := d.number(); got != n || d.bad || d.at != len(text) {
				t.Errorf("%d with %q behind: %d at %d", n, behind, got, d.at)
			}
		}
		for cut := range text {
			d := &cacheDecoder{s: text[:cut]}
			if got := d.number(); got != 0 || !d.bad {
				t.Errorf("%d of %d bytes: %d", cut, len(text), got)
			}
		}
	}
	for _, text := range []string{"", "\x80", "\x80\x00", "\xff\x00", "\x80\x80\x00",
		strings.Repeat("\x80", 9) + "\x02", strings.Repeat("\xff", 11)} {
		d := &cacheDecoder{s: text}
		if got := d.number(); got != 0 || !d.bad || d.number() != 0 || d.text() != "" {
			t.Errorf("%q: %d", text, got)
		}
	}
	for _, n := range []int64{0, 1, -1, 2, -2, 1<<63 - 1, -1 << 63} {
		d := &cacheDecoder{s: string(binary.AppendVarint(binary.AppendVarint(nil, n), 5))}
		if got := d.time(); got != (sys.Timestamp{Sec: n, Nsec: 5}) || d.bad {
			t.Errorf("%d: %v", n, got)
		}
	}
	d := &cacheDecoder{s: "abc"}
	if got := d.bytes(2) + "|" + d.bytes(1) + "|" + d.bytes(0); got != "ab|c|" || d.bad || d.bytes(1) != "" || !d.bad {
		t.Errorf("%q, bad %v", got, d.bad)
	}
}

// TestCacheMemory: a cache takes at most about twenty times its size, whatever it
// claims.
func TestCacheMemory(t *testing.T) {
	junk := strings.Repeat("\x00", 1<<16)
	for name, text := range map[string]string{
		"names": bodyOf(0, 60000) + junk, "symbols": bodyOf(0, 1, 1, "a", 30000) + junk,
		"strings": bodyOf(0, 0, 0, 60000, 0, 0) + junk,
		"numbers": bodyOf(0, 0, 0, 0, 60000, 0) + junk, "modules": bodyOf(0, 0, 0, 0, 0, 5000) + junk,
	} {
		if taken := modtest.Allocated(func() { decodeCache(text) }); taken > uint64(25*len(text)) {
			t.Errorf("%s: %d bytes for %d", name, taken, len(text))
		}
	}
}

// TestCacheKept: while no symbol is new, everything is kept, and with a new one only what
// a module has, in order.
func TestCacheKept(t *testing.T) {
	data, err := decodeCache(string(encoded(t, sample())))
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Clone(data.table.names)
	data.entries = data.entries[1:] // it has z in one version
	same, err := decodeCache(string(encoded(t, data)))
	if err != nil || !slices.Equal(same.table.names, all) || len(same.table.list) != 5 || !reflect.DeepEqual(contents(same), contents(data)) {
		t.Fatalf("%+v, %v", same, err)
	}
	id := same.table.id(symbol{name: same.table.name([]byte("b")), crc: 9, hasCRC: true})
	same.entries = append(same.entries, cacheEntry{file: "c.ko", record: record{exports: []uint32{id}}})
	less, err := decodeCache(string(encoded(t, same)))
	if err != nil || !slices.Equal(less.table.names, []string{"b", "z"}) || len(less.table.list) != 2 || !reflect.DeepEqual(contents(less), contents(same)) {
		t.Errorf("%+v, %v", less, err)
	}
}

// TestCacheFile: a file that was written is read, if it is complete and not too
// large.
func TestCacheFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "cache")
	if err := writeCache(name, sample()); err != nil {
		t.Fatal(err)
	}
	data, err := readCache(name)
	if err != nil || data.key != "key" || !reflect.DeepEqual(contents(data), contents(sample())) {
		t.Fatalf("%+v, %v", data, err)
	}
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(file[:24]) != "gokmod depmod cache\n\x00\x00\x00\x02" || len(file) != 24+32+len(encoded(t, sample())) {
		t.Errorf("it begins with %q and has %d bytes", file[:24], len(file))
	}
	for at := range file {
		changed := bytes.Clone(file)
		changed[at] ^= 1
		if err := os.WriteFile(name, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		if data, err := readCache(name); err != errCache || data != nil {
			t.Fatalf("byte %d: %v", at, err)
		}
	}
	for n := range cacheHeader {
		if err := os.WriteFile(name, file[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if data, err := readCache(name); err == nil || data != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

// TestCacheMost: a cache of the largest size, or with the most strings and numbers,
// is written and read, and one with one more of any is not.
func TestCacheMost(t *testing.T) {
	sized := func(size int) *cacheData {
		return &cacheData{table: &symbols{}, entries: []cacheEntry{{file: "f", record: record{aliases: []string{strings.Repeat("a", size)}}}}}
	}
	const guess = maxCache / 2
	room := maxCache - cacheHeader - (len(encoded(t, sized(guess))) - guess)
	body, err := encodeCache(sized(room))
	if err != nil || len(body) != maxCache-cacheHeader {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if body, err := encodeCache(sized(room + 1)); err != errCacheSize || body != nil {
		t.Errorf("one more: %d bytes, %v", len(body), err)
	}
	for _, over := range []int{0, 1} {
		n, k := maxStrings+over, maxNumbers+over
		many := map[string]string{
			"strings": bodyOf(0, 0, 0, n, 0, 1, 0, 0, 0, 0, 0, 0, 0, n, strings.Repeat("\x00", n), 0, 0, 0, 0),
			"numbers": bodyOf(0, 1, 0, 1, 0, 0, 0, k, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, k, strings.Repeat("\x00", k), 0),
		}
		for what, text := range many {
			if data, err := decodeCache(text); (err == nil) != (over == 0) {
				t.Errorf("%s, %d more: %v, %v", what, over, data != nil, err)
			}
		}
	}
}
