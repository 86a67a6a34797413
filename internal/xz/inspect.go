package xz

// Info says how a file was encoded, as far as the first stream header and the
// first block header tell.
type Info struct {
	Check    Check
	DictSize uint32   // of LZMA2 in bytes, 0 for a file without blocks
	Filters  []Filter // in the order in which they were applied, nil without blocks
}

// Inspect reads the headers at the start of src, of which the first kilobyte or
// so is enough. It decodes nothing and accepts checks and filters that [Decode]
// does not support.
func Inspect(src []byte) (Info, error) {
	check, err := streamHeader(src, 0)
	if err != nil {
		return Info{}, err
	}
	info := Info{Check: check}
	if len(src) > headerSize && src[headerSize] == 0 {
		return info, nil
	}
	h, err := readBlockHeader(src[headerSize:], headerSize)
	if err != nil && !h.complete {
		return Info{}, err
	}
	info.Filters = append(info.Filters, h.chain()...)
	for _, f := range info.Filters {
		info.DictSize = max(info.DictSize, f.DictSize)
	}
	return info, nil
}
