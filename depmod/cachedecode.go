package depmod

import (
	"encoding/binary"

	"github.com/gokmod/gokmod/internal/sys"
)

// cacheDecoder reads the body of a cache file. After the first error it returns
// zeros.
type cacheDecoder struct {
	s   string
	at  int
	bad bool

	strings []string // memory for the strings of all modules
	numbers []uint32 // memory for their symbols
}

// decodeCache reads the body of a cache file. All strings are slices of it. It
// takes at most about twenty times as much memory.
func decodeCache(body string) (*cacheData, error) {
	d := &cacheDecoder{s: body}
	data := &cacheData{key: d.text()}
	from := d.at
	data.table = d.table()
	data.encoded, data.symbols = body[from:d.at], len(data.table.list)
	d.strings = make([]string, 0, d.atMost(maxStrings))
	d.numbers = make([]uint32, 0, d.atMost(maxNumbers))
	data.entries = make([]cacheEntry, d.count(minEntry))
	for i := range data.entries {
		d.entry(&data.entries[i], uint64(len(data.table.list)))
		if d.bad {
			break
		}
	}
	if d.bad || d.at != len(body) || len(d.strings) < cap(d.strings) || len(d.numbers) < cap(d.numbers) {
		return nil, errCache
	}
	return data, nil
}

// minEntry is the smallest encoding of a module in bytes.
const minEntry = 12

func (d *cacheDecoder) table() *symbols {
	t := &symbols{names: d.names()}
	t.ascending = len(t.names)
	t.first = make([]uint32, len(t.names))
	t.list = make([]symbol, d.count(2))
	for i := range t.list {
		sym := d.symbol(len(t.names))
		if d.bad {
			return t
		}
		t.list[i] = sym
		switch {
		case t.first[sym.name] == 0:
			t.first[sym.name] = uint32(i) + 1
		case t.others == nil:
			t.others = map[symbol]uint32{sym: uint32(i)}
		default:
			t.others[sym] = uint32(i)
		}
	}
	return t
}

// names reads the names, which must be in order.
func (d *cacheDecoder) names() []string {
	names := make([]string, d.count(1))
	lengths := *d
	for range names {
		d.number()
	}
	for i := range names {
		names[i] = d.bytes(lengths.number())
		if i > 0 && names[i] <= names[i-1] {
			d.bad = true
		}
		if d.bad {
			return nil
		}
	}
	return names
}

func (d *cacheDecoder) symbol(names int) symbol {
	name, flags := d.number(), d.bytes(1)
	if d.bad || name >= uint64(names) || flags[0] > flagCRC|flagWeak {
		d.bad = true
		return symbol{}
	}
	sym := symbol{name: uint32(name), hasCRC: flags[0]&flagCRC != 0, weak: flags[0]&flagWeak != 0}
	if crc := d.bytes(4 * uint64(flags[0]&flagCRC)); len(crc) == 4 {
		sym.crc = uint32(crc[0]) | uint32(crc[1])<<8 | uint32(crc[2])<<16 | uint32(crc[3])<<24
	}
	return sym
}

func (d *cacheDecoder) entry(m *cacheEntry, symbols uint64) {
	from := d.at
	m.file = d.text()
	m.stamp = sys.Stamp{Size: int64(d.number()), Inode: d.number(), Mtime: d.time(), Ctime: d.time()}
	m.aliases, m.softdeps, m.weakdeps = d.texts(), d.texts(), d.texts()
	m.exports, m.needs = d.ids(symbols), d.ids(symbols)
	m.encoded = d.s[from:d.at]
}

// texts reads a list of strings into the shared memory.
func (d *cacheDecoder) texts() []string {
	n := d.number()
	from := len(d.strings)
	if n > uint64(cap(d.strings)-from) {
		d.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	d.strings = d.strings[:from+int(n)]
	list := d.strings[from : from+int(n) : from+int(n)]
	for i := range list {
		list[i] = d.text()
	}
	return list
}

// ids reads a list of symbols into the shared memory.
func (d *cacheDecoder) ids(symbols uint64) []uint32 {
	n := d.number()
	from := len(d.numbers)
	if n > uint64(cap(d.numbers)-from) {
		d.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	d.numbers = d.numbers[:from+int(n)]
	list := d.numbers[from : from+int(n) : from+int(n)]
	for i := range list {
		id := d.number()
		if id >= symbols {
			d.bad = true
			return nil
		}
		list[i] = uint32(id)
	}
	return list
}

// atMost reads the total number of items in all modules, each of which has at
// least one byte.
func (d *cacheDecoder) atMost(limit int) int {
	n := d.count(1)
	d.bad = d.bad || n > limit
	return min(n, limit)
}

// count reads the number of items that follow, each of which has at least size
// bytes.
func (d *cacheDecoder) count(size int) int {
	n := d.number()
	if n > uint64((len(d.s)-d.at)/size) {
		d.bad = true
		return 0
	}
	return int(n)
}

func (d *cacheDecoder) number() uint64 {
	if d.bad {
		return 0
	}
	// Most numbers are small.
	if rest := d.s[d.at:]; len(rest) >= 2 {
		if rest[0] < 0x80 {
			d.at++
			return uint64(rest[0])
		}
		if rest[1] < 0x80 && rest[1] > 0 {
			d.at += 2
			return uint64(rest[0]&0x7f) | uint64(rest[1])<<7
		}
	}
	var b [binary.MaxVarintLen64]byte
	n, size := binary.Uvarint(b[:copy(b[:], d.s[d.at:])])
	if size <= 0 || size > 1 && b[size-1] == 0 { // only the shortest form is valid
		d.bad = true
		return 0
	}
	d.at += size
	return n
}

func (d *cacheDecoder) time() (t sys.Timestamp) {
	t.Sec = zigzag(d.number())
	t.Nsec = zigzag(d.number())
	return t
}

func zigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

func (d *cacheDecoder) text() string { return d.bytes(d.number()) }

func (d *cacheDecoder) bytes(n uint64) string {
	if d.bad || n > uint64(len(d.s)-d.at) {
		d.bad = true
		return ""
	}
	s := d.s[d.at : d.at+int(n)]
	d.at += int(n)
	return s
}
