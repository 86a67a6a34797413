package depmod

// Effort says what was done for an Index, which Config.Cache makes less.
type Effort struct {
	// Read is how many module files were read, including those that could not
	// be.
	Read int

	// Cached is how many modules were taken from the cache.
	Cached int

	// Saved says that the cache file was replaced, because there is something
	// new in it.
	Saved bool

	// SaveErr is why the cache file could not be replaced. That is not an error
	// of the scan.
	SaveErr error
}
