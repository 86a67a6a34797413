package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"

	"github.com/cavaliergopher/cpio"
)

// addTree adds everything in a file system to an archive. The entries have the owner
// root and no time, so that equal files make equal bytes.
func addTree(ctx context.Context, out *cpio.Writer, tree fs.FS) error {
	return fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || name == "." {
			return err
		}
		if d.IsDir() {
			return addDir(out, name)
		}
		f, err := tree.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return addFile(out, name, 0o644, f)
	})
}

// Reasons why a file cannot be in an archive: its size has changed, or exceeds
// what a header can hold. The library would write a truncated size, and the rest
// of the file could pass for further files.
var (
	errChanged = errors.New("the file changed while it was read")
	errTooLong = errors.New("the file has 4 GiB or more")
)

// addFile adds a file.
func addFile(out *cpio.Writer, name string, perm cpio.FileMode, f fs.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size > math.MaxUint32 {
		return fmt.Errorf("put /%s into the image: %w", name, errTooLong)
	}
	if err := out.WriteHeader(&cpio.Header{Name: name, Mode: cpio.TypeReg | perm, Size: size}); err != nil {
		return err
	}
	n, err := io.Copy(out, f)
	if errors.Is(err, cpio.ErrWriteTooLong) || err == nil && n < size {
		err = errChanged
	}
	if err != nil {
		return fmt.Errorf("put /%s into the image: %w", name, err)
	}
	return nil
}

// addProgram adds an executable file of this machine.
func addProgram(out *cpio.Writer, name, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return addFile(out, name, 0o755, f)
}

func addDir(out *cpio.Writer, name string) error {
	return out.WriteHeader(&cpio.Header{Name: name, Mode: cpio.TypeDir | 0o755, Links: 2})
}

func addLink(out *cpio.Writer, name, target string) error {
	err := out.WriteHeader(&cpio.Header{Name: name, Mode: cpio.TypeSymlink | 0o777, Size: int64(len(target)), Links: 1})
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, target)
	return err
}
