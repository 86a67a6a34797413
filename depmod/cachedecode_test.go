package depmod

import (
	"os"
	"reflect"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
)

// sample is the content of a small cache.
func sample() *cacheData {
	t := &symbols{}
	number := func(name string, crc uint32, hasCRC, weak bool) uint32 {
		return t.id(symbol{t.name([]byte(name)), crc, hasCRC, weak})
	}
	return &cacheData{key: "key", table: t, entries: []cacheEntry{
		{file: "a.ko", stamp: sys.Stamp{Size: 300, Inode: 1 << 40, Mtime: sys.Timestamp{Sec: -1, Nsec: 999999999}, Ctime: sys.Timestamp{Sec: 1 << 33, Nsec: 1}}, record: record{
			aliases: []string{"x", ""}, softdeps: []string{"pre: b"}, weakdeps: []string{"c"},
			exports: []uint32{number("z", 5, true, false), number("y", 0, false, false)},
			needs:   []uint32{number("a", 7, true, true), number("z", 6, true, false), number("m", 0, false, true)},
		}},
		{file: "b.ko", record: record{needs: []uint32{number("z", 5, true, false)}}},
	}}
}

// content is the cache without the numbers of its symbols.
type content struct {
	File    string
	Stamp   sys.Stamp
	Texts   [][]string
	Symbols [2][]namedSymbol
}

type namedSymbol struct {
	Name         string
	CRC          uint32
	HasCRC, Weak bool
}

func contents(data *cacheData) (all []content) {
	for _, e := range data.entries {
		c := content{File: e.file, Stamp: e.stamp}
		for _, texts := range [][]string{e.aliases, e.softdeps, e.weakdeps} {
			c.Texts = append(c.Texts, append([]string{}, texts...))
		}
		for i, ids := range [][]uint32{e.exports, e.needs} {
			for _, id := range ids {
				s := data.table.list[id]
				c.Symbols[i] = append(c.Symbols[i], namedSymbol{data.table.names[s.name], s.crc, s.hasCRC, s.weak})
			}
		}
		all = append(all, c)
	}
	return all
}

func encoded(t testing.TB, data *cacheData) []byte {
	t.Helper()
	body, err := encodeCache(data)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestCacheRoundTrip(t *testing.T) {
	want := sample()
	got, err := decodeCache(string(encoded(t, want)))
	if err != nil {
		t.Fatal(err)
	}
	if got.key != want.key || !reflect.DeepEqual(contents(got), contents(want)) {
		t.Errorf("got %+v, want %+v", contents(got), contents(want))
	}
	// The table accepts further modules.
	if id := got.table.id(symbol{got.table.name([]byte("z")), 6, true, false}); got.table.list[id].crc != 6 || len(got.table.list) != 5 {
		t.Errorf("a known symbol got the number %d of %d", id, len(got.table.list))
	}
}

// TestCacheCut: no prefix of a cache is a cache.
func TestCacheCut(t *testing.T) {
	body := string(encoded(t, sample()))
	for n := range len(body) {
		if data, err := decodeCache(body[:n]); err == nil {
			t.Errorf("%d of %d bytes give %+v", n, len(body), data)
		}
	}
}

// FuzzCache: accepted data reads the same after it is written again.
func FuzzCache(f *testing.F) {
	f.Add(encoded(f, sample()))
	f.Add(encoded(f, &cacheData{table: &symbols{}}))
	f.Fuzz(func(t *testing.T, body []byte) {
		data, err := decodeCache(string(body))
		if err != nil {
			if data != nil {
				t.Fatal("an error with a result")
			}
			return
		}
		if same := encoded(t, data); string(same) != string(body) {
			t.Fatalf("%q became %q", body, same)
		}
		data.encoded = "" // so that everything is encoded again
		again, err := decodeCache(string(encoded(t, data)))
		if err != nil {
			t.Fatal(err)
		}
		if again.key != data.key || !reflect.DeepEqual(contents(again), contents(data)) {
			t.Fatalf("%+v became %+v", contents(data), contents(again))
		}
	})
}

// TestReadCacheAbsent: a missing file is the system's error.
func TestReadCacheAbsent(t *testing.T) {
	if _, err := readCache(t.TempDir() + "/cache"); !os.IsNotExist(err) {
		t.Error(err)
	}
}
