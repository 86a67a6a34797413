//go:build !unix

package live

import (
	"os"

	"github.com/gokmod/gokmod/internal/openfile"
)

// writeAtOnce writes to a regular file.
func writeAtOnce(f *os.File, data []byte) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return openfile.ErrNotRegular
	}
	_, err = f.Write(data)
	return err
}
