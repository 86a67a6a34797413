package kernelimage

// Search looks for a packed kernel, and returns the bound on wasted work and the
// work wasted.
func Search(data []byte, limit int64) (kernel []byte, allowed, done int64, err error) {
	s := newSearch(data, limit)
	allowed = s.waste
	kernel, err = s.kernel()
	return kernel, allowed, allowed - s.waste, err
}

// Room returns how much memory is allocated in advance.
func Room(size, limit int64, packed []byte) int { return cap(room(size, limit, packed)) }

// Besides is the limit for what is unpacked from an image.
func Besides(image []byte, limit int64) int64 { return besides(image, limit) }
