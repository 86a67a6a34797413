package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"slices"
	"time"

	"github.com/cavaliergopher/cpio"
)

// archive is a cpio archive being built. Its entries have the owner root and no
// time, so that equal files make equal bytes.
type archive struct {
	entries []entry
	taken   map[string]bool
}

// entry is a file, a directory, a link or a device.
type entry struct {
	name string
	mode cpio.FileMode
	dev  device                        // of a device
	link string                        // target of a link
	open func() (io.ReadCloser, error) // the content of a file
	size func() (int64, error)
}

func (a *archive) add(e entry) {
	if a.taken == nil {
		a.taken = map[string]bool{}
	}
	if a.taken[e.name] {
		return
	}
	a.taken[e.name] = true
	if dir := path.Dir(e.name); dir != "." {
		a.addDir(dir)
	}
	a.entries = append(a.entries, e)
}

func (a *archive) addDir(name string) { a.add(entry{name: name, mode: cpio.TypeDir | 0o755}) }

func (a *archive) addLink(name, target string) {
	a.add(entry{name: name, mode: cpio.TypeSymlink | 0o777, link: target})
}

func (a *archive) addDevice(name string, perm cpio.FileMode, dev device) {
	a.add(entry{name: name, mode: cpio.TypeChar | perm, dev: dev})
}

// addTree adds all files of a file system.
func (a *archive) addTree(tree fs.FS) error {
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		a.add(entry{
			name: name, mode: cpio.TypeReg | 0o644,
			open: func() (io.ReadCloser, error) { return tree.Open(name) },
			size: func() (int64, error) { return sizeOf(fs.Stat(tree, name)) },
		})
		return nil
	})
}

// addProgram adds an executable file of this machine.
func (a *archive) addProgram(name, file string) error {
	if err := checkStatic(file); err != nil {
		return err
	}
	a.add(entry{
		name: name, mode: cpio.TypeReg | 0o755,
		open: func() (io.ReadCloser, error) { return os.Open(file) },
		size: func() (int64, error) { return sizeOf(os.Stat(file)) },
	})
	return nil
}

func sizeOf(info fs.FileInfo, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// writeTo writes the archive sorted by name, which puts a directory before its
// contents.
func (a *archive) writeTo(ctx context.Context, w io.Writer) error {
	slices.SortFunc(a.entries, func(x, y entry) int { return cmp.Compare(x.name, y.name) })
	out := cpio.NewWriter(w)
	for i := range a.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.entries[i].writeTo(out, w); err != nil {
			return fmt.Errorf("put /%s into the image: %w", a.entries[i].name, err)
		}
	}
	return out.Close()
}

// Reasons why a file cannot be in an archive: its size has changed, or exceeds
// what a header can hold. The library would write a truncated size, and the rest
// of the file could pass for further files.
var (
	errChanged = errors.New("the file changed while it was read")
	errTooLong = errors.New("the file has 4 GiB or more")
)

// writeTo writes the entry to out, which writes to w.
func (e *entry) writeTo(out *cpio.Writer, w io.Writer) error {
	if e.mode&cpio.ModeType == cpio.TypeChar {
		return errors.Join(out.Flush(), writeDevice(w, e))
	}
	h := &cpio.Header{Name: e.name, Mode: e.mode, ModTime: time.Unix(0, 0), Links: 1}
	switch {
	case e.link != "":
		h.Size = int64(len(e.link))
		if err := out.WriteHeader(h); err != nil {
			return err
		}
		_, err := io.WriteString(out, e.link)
		return err
	case e.open == nil:
		h.Links = 2
		return out.WriteHeader(h)
	}
	var err error
	if h.Size, err = e.size(); err != nil {
		return err
	}
	if h.Size > math.MaxUint32 {
		return errTooLong
	}
	if err := out.WriteHeader(h); err != nil {
		return err
	}
	f, err := e.open()
	if err != nil {
		return err
	}
	defer f.Close()
	if n, err := io.Copy(out, io.LimitReader(f, h.Size)); err != nil {
		return err
	} else if n < h.Size {
		return errChanged
	}
	return nil
}
