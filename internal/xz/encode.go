package xz

import (
	"encoding/binary"
	"hash/crc32"
)

// encodeDict is the dictionary of files that Encode makes, in bytes. It is that of the
// kernel's build, small enough for every kernel.
const (
	encodeDict     = 1 << 20
	encodeDictCode = 16 // of the same size, in the properties of a filter
)

// Encode appends an .xz file with the given data to dst, in the form that kernels unpack: a
// single block, LZMA2 alone, and CRC32 as the check. It takes some 6 MiB besides the
// result, which is a few percent larger than that of the xz tool and, if data cannot be
// compressed, at most 1/10000 plus 100 bytes larger than data.
func Encode(dst, data []byte) []byte {
	flags := []byte{0, byte(CheckCRC32)}
	dst = append(dst, "\xFD7zXZ\x00"...)
	dst = append(dst, withCRC32(flags)...)
	block := len(dst)
	// The header's size in words less one, one filter, its number and properties.
	dst = append(dst, withCRC32([]byte{2, 0, byte(FilterLZMA2), 1, encodeDictCode, 0, 0, 0})...)
	dst = newEncoder(data).encode(dst)
	unpadded := len(dst) - block + crc32.Size
	dst = append(dst, make([]byte, pad4(unpadded))...)
	dst = binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(data))

	index := binary.AppendUvarint([]byte{0, 1}, uint64(unpadded))
	index = binary.AppendUvarint(index, uint64(len(data)))
	index = withCRC32(append(index, make([]byte, pad4(len(index)))...))
	dst = append(dst, index...)

	footer := append(binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1)), flags...)
	dst = binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(footer))
	return append(append(dst, footer...), "YZ"...)
}

// withCRC32 is b with its CRC32 behind it.
func withCRC32(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b[:len(b):len(b)], crc32.ChecksumIEEE(b))
}

// Bounds for a compressed chunk in bytes. A chunk ends when a symbol more might exceed
// one of them: a symbol has at most 273 bytes, and takes fewer than 16.
const (
	maxChunkData = 1<<21 - maxMatch
	maxChunkCode = chunkInput - 64
	maxStored    = 1 << 16
)

// encoder encodes the data of one block.
type encoder struct {
	model
	rangeEncoder
	matches
	state uint8
	rep   [4]uint32 // the last distances, less one
}

func newEncoder(data []byte) *encoder {
	e := &encoder{matches: newMatches(data)}
	e.resetState()
	return e
}

// The properties that xz uses by default: the probabilities of a literal depend on the
// three highest bits of the byte before it, those of a match on the position modulo four.
const (
	encodeLC    = 3
	encodePB    = 2
	encodeProps = encodePB*45 + encodeLC
)

func (e *encoder) resetState() {
	e.model.reset(1 << encodeLC)
	e.state, e.rep = 0, [4]uint32{}
}

// encode appends the data as LZMA2 chunks to dst.
func (e *encoder) encode(dst []byte) []byte {
	reset, stored := byte(resetDict), byte(chunkResetDict)
	for e.at < len(e.data) {
		from := e.at
		e.rangeEncoder.start()
		for e.at < len(e.data) && e.at-from < maxChunkData && e.size() < maxChunkCode {
			e.symbol()
		}
		code, size := e.finish(), e.at-from
		if len(code) < size {
			dst = appendChunkHeader(dst, reset, size-1, len(code)-1)
			dst = append(dst, code...)
			reset, stored = 0, chunkStored
			continue
		}
		for data := e.data[from:e.at]; len(data) > 0; stored = chunkStored {
			n := min(len(data), maxStored)
			dst = binary.BigEndian.AppendUint16(append(dst, stored), uint16(n-1))
			dst, data = append(dst, data[:n]...), data[n:]
		}
		reset = max(min(reset, resetProps), resetState) // the decoder saw none of these symbols
		e.resetState()
	}
	return append(dst, chunkEnd)
}

// appendChunkHeader appends the header of a compressed chunk, given its sizes less one.
func appendChunkHeader(dst []byte, reset byte, size, code int) []byte {
	dst = append(dst, chunkLZMA|reset<<5|byte(size>>16), byte(size>>8), byte(size), byte(code>>8), byte(code))
	if reset >= resetProps {
		dst = append(dst, encodeProps)
	}
	return dst
}

// symbol encodes what comes next: a byte, or a match with earlier data.
func (e *encoder) symbol() {
	m := e.choose(&e.rep)
	posState := e.at & (1<<encodePB - 1)
	isMatch := &e.isMatch[int(e.state)<<4|posState]
	if m.length == 1 && m.rep < 0 {
		e.bit(isMatch, 0)
		e.literal()
		e.state = afterLiteral[e.state]
		e.advance(1)
		return
	}
	e.bit(isMatch, 1)
	if m.rep < 0 {
		e.bit(&e.isRep[e.state], 0)
		e.encodeLength(&e.length, posState, m.length)
		e.encodeDistance(m.length, m.distance)
		e.rep = [4]uint32{m.distance, e.rep[0], e.rep[1], e.rep[2]}
		e.state = afterMatch[e.state]
	} else {
		e.bit(&e.isRep[e.state], 1)
		e.repeat(m, posState)
	}
	e.advance(m.length)
}

// repeat encodes a match at one of the last distances.
func (e *encoder) repeat(m match, posState int) {
	if m.rep == 0 {
		e.bit(&e.isRep0[e.state], 0)
		long := &e.isRep0Long[int(e.state)<<4|posState]
		if m.length == 1 {
			e.bit(long, 0)
			e.state = afterShort[e.state]
			return
		}
		e.bit(long, 1)
	} else {
		e.bit(&e.isRep0[e.state], 1)
		e.bit(&e.isRep1[e.state], min(m.rep-1, 1))
		if m.rep > 1 {
			e.bit(&e.isRep2[e.state], m.rep-2)
		}
		distance := e.rep[m.rep]
		copy(e.rep[1:m.rep+1], e.rep[:m.rep])
		e.rep[0] = distance
	}
	e.encodeLength(&e.repLength, posState, m.length)
	e.state = afterRep[e.state]
}

// literal encodes the next byte. After a match, the byte that followed the earlier data
// chooses other probabilities, as long as the bits are equal.
func (e *encoder) literal() {
	var previous byte
	if e.at > 0 {
		previous = e.data[e.at-1]
	}
	t := &e.lit[previous>>(8-encodeLC)]
	sym := 1<<8 | int(e.data[e.at])
	if e.state < firstMatch {
		e.tree(t[:], 8, sym&0xFF)
		return
	}
	guess, offset := int(e.data[e.at-1-int(e.rep[0])]), 0x100
	for at := 1; at < 0x100; {
		guess <<= 1
		bit := sym >> 7 & 1
		e.bit(&t[offset+guess&offset+at], bit)
		at, sym = at<<1|bit, sym<<1
		if offset != 0 && guess>>8&1 != bit {
			offset = 0
		}
	}
}

// encodeLength encodes the length of a match as decode reads it.
func (e *encoder) encodeLength(l *lenModel, posState, n int) {
	switch n -= minMatch; {
	case n < 8:
		e.bit(&l.choice, 0)
		e.tree(l.low[posState][:], 3, n)
	case n < 16:
		e.bit(&l.choice, 1)
		e.bit(&l.choice2, 0)
		e.tree(l.mid[posState][:], 3, n-8)
	default:
		e.bit(&l.choice, 1)
		e.bit(&l.choice2, 1)
		e.tree(l.high[:], 8, n-16)
	}
}

// encodeDistance encodes the distance, less one, of a match of n bytes.
func (e *encoder) encodeDistance(n int, distance uint32) {
	slot := slotOf(distance)
	e.tree(e.slot[min(n-minMatch, 3)][:], 6, slot)
	if slot < 4 {
		return
	}
	extra := slot>>1 - 1
	base := (2 | slot&1) << extra
	rest := int(distance) - base
	if slot < 14 {
		e.reverse(e.special[base-slot:], extra, rest)
		return
	}
	e.direct(rest>>4, extra-4)
	e.reverse(e.align[:], 4, rest&15)
}
