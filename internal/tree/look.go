package tree

import (
	"io/fs"
	"os"

	"github.com/gokmod/gokmod/internal/sys"
)

// looker examines files below a root by names without links on the way, and does
// not follow the last element.
type looker interface {
	lstat(name string) (fs.FileInfo, error)
	readLink(name string) (text string, isLink bool, err error)
}

// rootLooker never looks outside, whatever is put in the way meanwhile.
type rootLooker struct{ root *os.Root }

func (l rootLooker) lstat(name string) (fs.FileInfo, error) { return l.root.Lstat(name) }

func (l rootLooker) readLink(name string) (text string, isLink bool, err error) {
	info, err := l.root.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return "", false, err
	}
	text, err = l.root.Readlink(name)
	return text, true, err
}

// hostLooker is for trees whose links may lead out: one system call is enough, as a
// link that is put in the way meanwhile may be followed.
type hostLooker struct {
	rootLooker
	dir *os.File
}

func (l hostLooker) readLink(name string) (text string, isLink bool, err error) {
	return sys.ReadLinkAt(l.dir, name)
}
