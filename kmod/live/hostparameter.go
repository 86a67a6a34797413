package live

import (
	"cmp"
	"io/fs"
	"os"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/openfile"
)

// WriteParameter implements [ParameterWriter]. Neither the names nor symbolic
// links lead out of SysDir, and only a regular file is written.
func (h *Host) WriteParameter(module, parameter, value string) error {
	if !kernfs.IsElement(module) || !kernfs.IsElement(parameter) {
		return fs.ErrNotExist
	}
	root, err := os.OpenRoot(cmp.Or(h.SysDir, "/sys"))
	if err != nil {
		return err
	}
	defer root.Close()
	f, err := root.OpenFile("module/"+module+"/parameters/"+parameter, openfile.Flags|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if value == "" {
		value = "\x00"
	}
	err = writeAtOnce(f, []byte(value))
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
