package kernelimage

// Search looks for a packed kernel, and tells how much may be done in vain for that
// and how much was.
func Search(data []byte, limit int64) (kernel []byte, allowed, done int64, err error) {
	s := newSearch(data, limit)
	allowed = s.waste
	kernel, err = s.kernel()
	return kernel, allowed, allowed - s.waste, err
}

// Room is how much memory is taken beforehand.
func Room(size, limit int64, packed []byte) int { return cap(room(size, limit, packed)) }
