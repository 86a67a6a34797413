package sys

// Stamp is what tells that a file was not changed since it was last looked at.
// The zero value means that nothing is known.
type Stamp struct {
	Size  int64
	Inode uint64 // 0 where the system does not tell

	// Mtime and Ctime are the times of the last change of the content and of
	// anything about the file.
	Mtime, Ctime Timestamp
}

// Timestamp is a time as file systems keep it. A Ctime of zero means that the
// system does not tell.
type Timestamp struct{ Sec, Nsec int64 }
