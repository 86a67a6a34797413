package kmod

// note enters a value into a map that is made when the first one comes, which for most
// plans is never.
func note[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[key] = value
}
