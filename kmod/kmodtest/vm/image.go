package vm

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/cavaliergopher/cpio"
)

// image is an initramfs being built: the guest's files by path. Paths are kept
// without the leading slash. The zero value is not usable.
type image struct {
	files map[string]File
	dirs  map[string]bool
}

func newImage() *image {
	return &image{files: map[string]File{}, dirs: map[string]bool{}}
}

// add puts a file into the image. The same path given twice is an error
// unless both come from the same host file.
func (m *image) add(f File) error {
	if !path.IsAbs(f.Guest) || path.Clean(f.Guest) == "/" {
		return fmt.Errorf("vm: guest path %q is not the absolute path of a file", f.Guest)
	}
	name := strings.TrimPrefix(path.Clean(f.Guest), "/")
	if old, ok := m.files[name]; ok {
		if old.Host != "" && old.Host == f.Host {
			return nil
		}
		return fmt.Errorf("vm: two files for guest path /%s", name)
	}
	m.files[name] = f
	m.addDir(path.Dir(name))
	return nil
}

// addDir puts a directory and those above it into the image.
func (m *image) addDir(name string) {
	for name = strings.TrimPrefix(name, "/"); name != "." && name != ""; name = path.Dir(name) {
		m.dirs[name] = true
	}
}

// writeTo writes the archive, directories before their contents, sorted by
// name, so that equal input gives equal bytes.
func (m *image) writeTo(w io.Writer) error {
	cw := cpio.NewWriter(w)
	for _, name := range sortedKeys(m.dirs) {
		if _, clash := m.files[name]; clash {
			return fmt.Errorf("vm: guest path /%s is both a file and a directory", name)
		}
		if err := cw.WriteHeader(&cpio.Header{Name: name, Mode: cpio.TypeDir | 0o755, Links: 2}); err != nil {
			return fmt.Errorf("vm: write initramfs: %w", err)
		}
	}
	for _, name := range sortedKeys(m.files) {
		if err := writeFile(cw, name, m.files[name]); err != nil {
			return fmt.Errorf("vm: put /%s into the initramfs: %w", name, err)
		}
	}
	return cw.Close()
}

// writeFile writes one regular file from its host file or its bytes.
func writeFile(cw *cpio.Writer, name string, f File) error {
	if f.Host == "" {
		if err := writeHeader(cw, name, int64(len(f.Data)), permOr(f.Mode, 0o644), time.Time{}); err != nil {
			return err
		}
		_, err := cw.Write(f.Data)
		return err
	}
	src, err := os.Open(f.Host)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", f.Host)
	}
	if err := writeHeader(cw, name, info.Size(), permOr(f.Mode, info.Mode().Perm()), info.ModTime()); err != nil {
		return err
	}
	_, err = io.CopyN(cw, src, info.Size())
	return err
}

func writeHeader(cw *cpio.Writer, name string, size int64, perm fs.FileMode, mtime time.Time) error {
	return cw.WriteHeader(&cpio.Header{
		Name:    name,
		Size:    size,
		Mode:    cpio.TypeReg | cpio.FileMode(perm),
		ModTime: mtime,
	})
}

func permOr(mode, otherwise fs.FileMode) fs.FileMode {
	if mode == 0 {
		return otherwise
	}
	return mode.Perm()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
