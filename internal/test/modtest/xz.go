package modtest

import (
	"encoding/binary"
	"hash/crc32"
)

// StoredXZ makes an .xz file without a check whose single block stores data,
// behind filters: each given by its number, the size of its properties, and the
// properties. Package xz describes the layout.
func StoredXZ(data []byte, filters ...byte) []byte {
	block := append(xzBlockHeader(filters), xzChunks(data)...)
	index := binary.AppendUvarint([]byte{0, 1}, uint64(len(block)))
	index = binary.AppendUvarint(index, uint64(len(data)))
	index = withCRC32(padTo4(index))
	flags := []byte{0, 0}
	out := append([]byte("\xFD7zXZ\x00"), withCRC32(flags)...)
	out = append(append(out, padTo4(block)...), index...)
	footer := append(binary.LittleEndian.AppendUint32(nil, uint32(len(index))/4-1), flags...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(footer))
	return append(append(out, footer...), "YZ"...)
}

// xzBlockHeader makes a block header with filters followed by LZMA2.
func xzBlockHeader(filters []byte) []byte {
	head := append([]byte{0, 0}, filters...)
	for at := 0; at < len(filters); at += 2 + int(filters[at+1]) {
		head[1]++
	}
	head = padTo4(append(head, 0x21, 1, 16))
	head[0] = byte(len(head) / 4)
	return withCRC32(head)
}

// xzChunks stores data in LZMA2 chunks of at most 64 KiB.
func xzChunks(data []byte) (out []byte) {
	for kind := byte(1); len(data) > 0; kind = 2 { // the first chunk resets the dictionary
		n := min(len(data), 1<<16)
		out = binary.BigEndian.AppendUint16(append(out, kind), uint16(n-1))
		out, data = append(out, data[:n]...), data[n:]
	}
	return append(out, 0)
}

func withCRC32(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b[:len(b):len(b)], crc32.ChecksumIEEE(b))
}

func padTo4(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }
