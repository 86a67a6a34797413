package depmod

import (
	"encoding/binary"

	"github.com/gokmod/gokmod/internal/sys"
)

// Layout of the part under the sum. Numbers are unsigned varints, a string is
// its length and its bytes, times are zigzag varints of seconds and nanoseconds.
//
//	key      string
//	names    count, then the lengths of all, then the bytes of all
//	symbols  count, then for each: number of the name, flags, CRC if there is one
//	strings  their number in all modules
//	numbers  number of symbols in all modules
//	modules  count, then for each: file, size, inode, mtime, ctime,
//	         aliases, softdeps, weakdeps: count, strings
//	         exports, needs: count, numbers of symbols
//
// Names are in ascending order without repetitions; so are symbols, by name.
const (
	flagCRC  = 1
	flagWeak = 2
)

// cacheEncoder appends to the body of a cache file.
type cacheEncoder struct {
	b       []byte
	symbols []uint32 // new numbers of the symbols, plus 1, by the old ones
}

// encodeCache makes the body of a cache file. If no symbol is new, all numbers
// stay the same, and the earlier encoding is copied. Otherwise only symbols that
// some module has are kept. The error is errCacheSize.
func encodeCache(data *cacheData) ([]byte, error) {
	e := cacheEncoder{symbols: make([]uint32, len(data.table.list))}
	same := data.encoded != "" && len(data.table.list) == data.symbols
	strings, numbers := e.mark(data)
	if strings > maxStrings || numbers > maxNumbers || e.b == nil {
		return nil, errCacheSize
	}
	e.text(data.key)
	if same {
		e.b = append(e.b, data.encoded...)
		for id := range e.symbols {
			e.symbols[id] = uint32(id) + 1
		}
	} else {
		e.table(data.table)
	}
	e.number(uint64(strings))
	e.number(uint64(numbers))
	e.number(uint64(len(data.entries)))
	for i := range data.entries {
		if m := &data.entries[i]; same && m.encoded != "" {
			e.b = append(e.b, m.encoded...)
		} else {
			e.entry(m)
		}
	}
	if len(e.b) > maxCache-cacheHeader {
		return nil, errCacheSize
	}
	return e.b, nil
}

// mark finds the symbols that are in use, and counts strings and numbers. It
// allocates memory for nearly everything.
func (e *cacheEncoder) mark(data *cacheData) (strings, numbers int) {
	size := 0
	for i := range data.entries {
		m := &data.entries[i]
		strings += len(m.aliases) + len(m.softdeps) + len(m.weakdeps)
		numbers += len(m.exports) + len(m.needs)
		for _, list := range [][]uint32{m.exports, m.needs} {
			for _, id := range list {
				e.symbols[id] = 1
			}
		}
		size += len(m.file) + 64
		for _, list := range [][]string{m.aliases, m.softdeps, m.weakdeps} {
			for _, s := range list {
				size += len(s) + 2
			}
		}
	}
	for _, name := range data.table.names {
		size += len(name) + 2
	}
	if size += 3*numbers + 8*len(data.table.list); size <= maxCache {
		e.b = make([]byte, 0, size)
	}
	return strings, numbers
}

// table writes the symbols in use, and their names.
func (e *cacheEncoder) table(t *symbols) {
	perName := make([]uint32, len(t.names)+1) // symbols of a name, later where they begin
	for id, used := range e.symbols {
		if used != 0 {
			perName[t.list[id].name]++
		}
	}
	numbers := make([]uint32, len(t.names))
	var names []string
	begin := uint32(0)
	for _, name := range t.order() {
		if n := perName[name]; n > 0 {
			numbers[name] = uint32(len(names))
			names = append(names, t.names[name])
			perName[name] = begin
			begin += n
		}
	}
	list := make([]symbol, begin)
	for id, used := range e.symbols {
		if used != 0 {
			sym := t.list[id]
			at := perName[sym.name]
			perName[sym.name]++
			sym.name = numbers[sym.name]
			list[at] = sym
			e.symbols[id] = at + 1
		}
	}
	e.names(names)
	e.list(list)
}

func (e *cacheEncoder) names(names []string) {
	e.number(uint64(len(names)))
	for _, name := range names {
		e.number(uint64(len(name)))
	}
	for _, name := range names {
		e.b = append(e.b, name...)
	}
}

func (e *cacheEncoder) list(list []symbol) {
	e.number(uint64(len(list)))
	for _, sym := range list {
		e.number(uint64(sym.name))
		switch {
		case sym.hasCRC && sym.weak:
			e.b = append(e.b, flagCRC|flagWeak)
		case sym.hasCRC:
			e.b = append(e.b, flagCRC)
		case sym.weak:
			e.b = append(e.b, flagWeak)
		default:
			e.b = append(e.b, 0)
		}
		if sym.hasCRC {
			e.b = binary.LittleEndian.AppendUint32(e.b, sym.crc)
		}
	}
}

func (e *cacheEncoder) entry(m *cacheEntry) {
	e.text(m.file)
	e.number(uint64(m.stamp.Size))
	e.number(m.stamp.Inode)
	e.time(m.stamp.Mtime)
	e.time(m.stamp.Ctime)
	for _, list := range [][]string{m.aliases, m.softdeps, m.weakdeps} {
		e.number(uint64(len(list)))
		for _, s := range list {
			e.text(s)
		}
	}
	for _, list := range [][]uint32{m.exports, m.needs} {
		e.number(uint64(len(list)))
		for _, id := range list {
			e.number(uint64(e.symbols[id] - 1))
		}
	}
}

func (e *cacheEncoder) number(n uint64) { e.b = binary.AppendUvarint(e.b, n) }

func (e *cacheEncoder) time(t sys.Timestamp) {
	e.b = binary.AppendVarint(e.b, t.Sec)
	e.b = binary.AppendVarint(e.b, t.Nsec)
}

func (e *cacheEncoder) text(s string) {
	e.number(uint64(len(s)))
	e.b = append(e.b, s...)
}
