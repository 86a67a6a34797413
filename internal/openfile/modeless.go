package openfile

import (
	"errors"
	"io/fs"
)

// Modeless ignores an error of setting permissions or times if the file system
// does not have them.
func Modeless(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
