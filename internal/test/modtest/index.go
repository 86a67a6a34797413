package modtest

import "github.com/gokmod/gokmod/internal/index"

// Entry is a key of a binary index with one of its values.
type Entry = index.Entry

// Index returns a binary index file with these entries. An entry that the
// format cannot hold is a bug in the test.
func Index(entries ...Entry) []byte {
	index.Sort(entries)
	file, err := index.Encode(entries)
	if err != nil {
		panic(err)
	}
	return file
}
