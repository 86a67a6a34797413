package sys

import (
	"io"
	"io/fs"
)

// HostFile is an open file of this machine: an *os.File or a *[File].
type HostFile interface {
	fs.File
	io.ReaderAt
	Name() string
}
