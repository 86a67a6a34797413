package closure

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gokmod/gokmod/internal/tree"
)

// errDangles: a link on the way to a directory cannot be followed.
var errDangles = errors.New("the target of a symbolic link on the way does not exist below the root")

// realDir resolves the links in the path of a directory below root, which need not
// exist: tree.PlaceIn with an error that says what is wrong.
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
