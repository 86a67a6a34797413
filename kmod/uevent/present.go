package uevent

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
)

// Device is a device that is present and says what it is.
type Device struct {
	// Devpath is its directory below the top of sysfs, with a slash before it, as
	// in [Event].
	Devpath string

	// Modalias is what the device calls itself. It is never empty.
	Modalias string
}

// devices is the directory of sysfs with all devices.
const devices = "devices"

// Present yields the devices that are present and have a modalias: those with a
// file "modalias" in their directory, and those whose file "uevent" states a
// MODALIAS. Several devices may have the same one. fsys is sysfs, of which only
// the directory devices is read, sorted by path; nil means this machine's, read as
// [PresentIn] does.
//
// Symbolic links are not followed. A device that vanishes meanwhile, and one
// whose modalias is not printable ASCII, is left out. An error ends the sequence:
// there is no directory devices, it has more or deeper directories than any
// machine's, or descriptors or memory are used up.
func Present(fsys fs.FS) iter.Seq2[Device, error] {
	if fsys == nil {
		return PresentIn("/sys")
	}
	return func(yield func(Device, error) bool) {
		w := walk{fsys: fsys, yield: yield, left: maxDirs}
		if err := w.dir(devices, 0); err != nil && !errors.Is(err, errStop) {
			yield(Device{}, fmt.Errorf("read the devices: %w", err))
		}
	}
}

// PresentIn is [Present] for a sysfs that is mounted at dir. It reads with
// several threads, and yields the first device when it has read all of them.
func PresentIn(dir string) iter.Seq2[Device, error] {
	return func(yield func(Device, error) bool) {
		found, err := sys.ReadDevices(dir+"/"+devices, modaliasOf)
		if err != nil {
			yield(Device{}, fmt.Errorf("read the devices: %w", err))
			return
		}
		for _, d := range found {
			if !yield(Device{Devpath: "/" + devices + d.Dir, Modalias: d.Text}, nil) {
				return
			}
		}
	}
}

// Bounds for reading: the number of directories, their depth, and the size of a
// file.
const (
	maxDirs  = 1 << 20
	maxDepth = 64
	maxFile  = 4096
)

// errStop ends a walk because the caller wants no more.
var errStop = errors.New("stop")

// walk goes through a file system.
type walk struct {
	fsys  fs.FS
	yield func(Device, error) bool
	left  int // directories that may still be read
}

// dir walks a directory. Directories below the first one that cannot be read
// are skipped, as they may have vanished.
func (w *walk) dir(name string, depth int) error {
	if w.left--; w.left < 0 || depth > maxDepth {
		return sys.ErrTooMany
	}
	entries, err := fs.ReadDir(w.fsys, name)
	if err != nil && (depth == 0 || sys.Exhausted(err)) {
		return err
	}
	file, isDevice := deviceFile(entries)
	if file != "" {
		content, err := w.read(name + "/" + file)
		if err != nil {
			return err
		}
		if alias := modaliasOf(file, content); alias != "" && !w.yield(Device{"/" + name, alias}, nil) {
			return errStop
		}
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "power" && isDevice {
			continue // not a directory, or that of a device's settings
		}
		if err := w.dir(path.Join(name, e.Name()), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// deviceFile picks the file that may have a modalias, "" if there is none.
// Every device has a file "uevent".
func deviceFile(entries []fs.DirEntry) (file string, isDevice bool) {
	for _, e := range entries {
		switch {
		case !e.Type().IsRegular():
		case e.Name() == "modalias":
			file = "modalias"
		case e.Name() == "uevent":
			isDevice = true
		}
	}
	if file == "" && isDevice {
		file = "uevent"
	}
	return file, isDevice
}

// read reads a small file. A file that is too large, is gone, or that its driver
// cannot provide (EIO) counts as empty.
func (w *walk) read(name string) ([]byte, error) {
	f, _, err := openfile.OpenFS(w.fsys, name)
	if err == nil {
		defer f.Close()
		var content []byte
		if content, err = openfile.ReadAll(nil, f, 0, maxFile); err == nil { // sysfs claims a page, however large that is
			return content, nil
		}
	}
	if sys.Exhausted(err) {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return nil, nil
}

// modaliasOf returns the modalias in a file of a device's directory, "" if there
// is none or it is not valid.
func modaliasOf(file string, content []byte) string {
	if file == "uevent" {
		content = modaliasLine(content)
	}
	alias := bytes.TrimSuffix(content, []byte("\n"))
	for _, c := range alias {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	return string(alias)
}

// modaliasLine finds the value of MODALIAS among lines KEY=VALUE.
func modaliasLine(content []byte) []byte {
	for line := range bytes.Lines(content) {
		if value, found := bytes.CutPrefix(line, []byte("MODALIAS=")); found {
			return value
		}
	}
	return nil
}
