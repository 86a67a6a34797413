package kmod

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/openfile"
)

// Initstate is the state of a module in the kernel, as
// /sys/module/NAME/initstate and /proc/modules call it.
type Initstate uint8

// The states of a loaded module.
const (
	StateLive   Initstate = iota + 1 // ready
	StateComing                      // its init function runs
	StateGoing                       // its exit function runs
)

func (s Initstate) String() string {
	switch s {
	case StateLive:
		return "live"
	case StateComing:
		return "coming"
	case StateGoing:
		return "going"
	}
	return "unknown"
}

// parseInitstate reads the words of sysfs and of /proc/modules.
func parseInitstate(word string) Initstate {
	switch word {
	case "live", "Live":
		return StateLive
	case "coming", "Loading":
		return StateComing
	case "going", "Unloading":
		return StateGoing
	}
	return 0
}

// maxState bounds a small file of /proc or /sys.
const maxState = 64 << 10

// readState reads a one-line file of /proc or /sys, without white space around
// it.
func readState(fsys fs.FS, name string) (string, error) {
	text, err := readStateText(fsys, name)
	return strings.TrimSpace(text), err
}

// readStateText reads a small file of /proc or /sys as it is. A file that is
// not regular or longer than any real one is an error.
func readStateText(fsys fs.FS, name string) (string, error) {
	f, _, err := openfile.OpenFS(fsys, name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := openfile.ReadAll(nil, f, 0, maxState) // sysfs says a page, however large that is
	return string(data), err
}

// gone reports whether an error of reading /proc or /sys means that the module
// is not there any more, or that the kernel has no such file.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV)
}

// exists reports whether a file or folder of /proc or /sys is there.
func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}

// isElement reports whether a name can be that of one file in a folder, so that
// a path made with it does not lead elsewhere.
func isElement(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.ContainsAny(name, "/\x00")
}
