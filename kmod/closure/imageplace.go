package closure

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gokmod/gokmod/internal/tree"
)

// errDangles: a link on the way to a directory is not followed.
var errDangles = errors.New("a symbolic link on the way leads to what is not there below the root")

// realDir is a directory below root without links on the way, which need not be
// there: tree.PlaceIn with an error that says what is wrong.
func realDir(root *os.Root, dir string) (string, error) {
	found, err := tree.PlaceIn(root, dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", errDangles, fs.ErrNotExist)
	}
	if err != nil {
		return "", &fs.PathError{Op: "find", Path: dir, Err: err}
	}
	return found, nil
}
