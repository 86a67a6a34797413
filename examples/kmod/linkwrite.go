package main

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// write makes all outputs. Each is made beside its place first, and only when all of them
// are complete do they get their names: a full disk or a directory that cannot be written
// changes nothing.
func (l *linker) write() error {
	var err error
	for _, out := range l.outputs {
		if err == nil && !out.done {
			err = l.prepare(out)
		}
	}
	for _, out := range l.outputs {
		if err == nil && !out.done {
			err = pathError("replace", out.path, os.Rename(out.draft, out.path))
		}
	}
	if err != nil {
		l.undo()
	}
	return err
}

// prepare makes an output beside its place.
func (l *linker) prepare(out *output) error {
	err := l.makeDir(filepath.Dir(out.path))
	if err == nil && out.target != "" {
		err = out.makeLink()
	} else if err == nil {
		err = out.makeFile()
	}
	return err
}

// makeDir makes a directory with those above it.
func (l *linker) makeDir(dir string) error {
	err := os.Mkdir(dir, 0o755)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // if it is not a directory, the next step fails
	case errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir:
		if err = l.makeDir(filepath.Dir(dir)); err == nil {
			err = os.Mkdir(dir, 0o755)
		}
	}
	if err != nil {
		return pathError("make the directory", dir, err)
	}
	l.made = append(l.made, dir)
	return nil
}

// linkAttempts bounds the names that are tried for a draft.
const linkAttempts = 100

func (out *output) makeLink() (err error) {
	dir, base := filepath.Split(out.path)
	for range linkAttempts {
		draft := dir + "." + base + "." + strconv.FormatUint(uint64(rand.Uint32()), 10) + ".tmp"
		if err = os.Symlink(out.target, draft); err == nil {
			out.draft = draft
			return nil
		}
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return pathError("link", out.path, err)
}

func (out *output) makeFile() error {
	dir, base := filepath.Split(out.path)
	f, err := os.CreateTemp(dir, "."+base+".*.tmp")
	if err != nil {
		return pathError("write", out.path, err)
	}
	out.draft = f.Name()
	_, err = f.Write(out.content)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return pathError("write", out.path, err)
}

// undo removes what did not get its name, and the directories that were made for it.
func (l *linker) undo() {
	for _, out := range l.outputs {
		if out.draft != "" {
			os.Remove(out.draft) // unless it has its name already
		}
	}
	for _, dir := range slices.Backward(l.made) {
		os.Remove(dir) // unless something is in there
	}
}

// pathError says what could not be done with which file; nil stays nil.
func pathError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	var cause *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &cause):
		err = cause.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}
