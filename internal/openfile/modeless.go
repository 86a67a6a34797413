package openfile

import (
	"errors"
	"io/fs"
)

// Modeless takes an error of setting permissions or times for none where the file
// system has no such things.
func Modeless(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
