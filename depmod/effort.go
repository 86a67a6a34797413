package depmod

// Effort says what was done for an Index. Config.Cache reduces it.
type Effort struct {
	// Read is how many module files were read, including those for which that
	// failed.
	Read int

	// Cached is how many modules were taken from the cache.
	Cached int

	// Saved says that the cache file was replaced, because there was something
	// new for it.
	Saved bool

	// SaveErr is the reason why the cache file could not be replaced. That is
	// not an error of the scan.
	SaveErr error
}
