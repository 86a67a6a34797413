package sys

// Stamp identifies a state of a file: a file with the same stamp has not
// changed since. The zero value means that nothing is known.
type Stamp struct {
	Size  int64
	Inode uint64 // 0 if the system does not tell

	// Mtime and Ctime are the times of the last change of the content and of
	// the inode.
	Mtime, Ctime Timestamp
}

// Timestamp is a time as file systems keep it. A Ctime of zero means that the
// system does not tell.
type Timestamp struct{ Sec, Nsec int64 }
