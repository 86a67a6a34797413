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

// mount is the directory at which a file system of the kernel is mounted. No
// name leads out of it, nor a symbolic link unless it is trusted, and no file
// blocks when opened.
type mount string

// trusted reports whether it is the machine's own, whose names and links the
// kernel makes. It takes no precautions to stay within that.
func (m mount) trusted() bool { return m == "/proc" || m == "/sys" }

func (m mount) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if m.trusted() {
		return openfile.AsFile(os.OpenFile(string(m)+"/"+name, openfile.Flags, 0))
	}
	root, err := os.OpenRoot(string(m))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return openfile.AsFile(root.OpenFile(name, openfile.Flags, 0))
}

// Stat implements fs.StatFS.
func (m mount) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	if m.trusted() {
		return os.Stat(string(m) + "/" + name)
	}
	root, err := os.OpenRoot(string(m))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Stat(name)
}

// OpensNonblocking implements openfile.Nonblocking.
func (mount) OpensNonblocking() {}
