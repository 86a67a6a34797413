package openfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"
)

// watched is a file system that counts open files, and whose files may fail in
// Stat.
type watched struct {
	fstest.MapFS
	open  *int
	stats *int // how often a name was examined before it was opened
	fail  error
}

func (w watched) Open(name string) (fs.File, error) {
	f, err := w.MapFS.Open(name)
	if err != nil {
		return nil, err
	}
	*w.open++
	return watchedFile{f, w}, nil
}

func (w watched) Stat(name string) (fs.FileInfo, error) {
	*w.stats++
	return w.MapFS.Stat(name)
}

type watchedFile struct {
	fs.File
	fsys watched
}

func (f watchedFile) Stat() (fs.FileInfo, error) {
	if f.fsys.fail != nil {
		return nil, f.fsys.fail
	}
	return f.File.Stat()
}

func (f watchedFile) Close() error {
	*f.fsys.open--
	return f.File.Close()
}

// nonblocking is a file system whose names need not be examined before opening.
type nonblocking struct{ watched }

func (nonblocking) OpensNonblocking() {}

// TestOpenFSCloses: files that are not returned are closed, and only file systems
// that could block are asked first.
func TestOpenFSCloses(t *testing.T) {
	open, stats := 0, 0
	tree := watched{fstest.MapFS{"file": {Data: []byte("text")}, "dir/x": {}}, &open, &stats, nil}
	failing := tree
	failing.fail = &fs.PathError{Op: "stat", Path: "file", Err: syscall.EIO}
	for _, test := range []struct {
		kind  string
		fsys  fs.FS
		name  string
		want  error
		stats int
	}{
		{"any", tree, "file", nil, 1}, {"any", tree, "dir", ErrNotRegular, 1}, {"any", tree, "none", fs.ErrNotExist, 1},
		{"nonblocking", nonblocking{tree}, "file", nil, 0}, {"nonblocking", nonblocking{tree}, "dir", ErrNotRegular, 0},
		{"nonblocking", nonblocking{tree}, "none", fs.ErrNotExist, 0},
		{"failing", nonblocking{failing}, "file", syscall.EIO, 0}, {"failing", failing, "file", syscall.EIO, 1},
	} {
		stats = 0
		f, info, err := OpenFS(test.fsys, test.name)
		if !errors.Is(err, test.want) || stats != test.stats || (f == nil) != (test.want != nil) || (info == nil) != (f == nil) {
			t.Errorf("%s %s: %v, %v, %v, %d times asked", test.kind, test.name, f, info, err, stats)
		}
		if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
			t.Errorf("%s %s: the error names a path: %v", test.kind, test.name, err)
		}
		if f != nil {
			f.Close()
		}
		if open != 0 {
			t.Errorf("%s %s: %d files are open", test.kind, test.name, open)
			open = 0
		}
	}
}

// TestStandard: files of this machine become an os.File that is open, those of others
// none.
func TestStandard(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	file, _, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	std := Standard(file)
	if std == nil {
		t.Fatal("a file of this machine is none")
	}
	defer std.Close()
	if data, err := io.ReadAll(std); string(data) != "text" || err != nil {
		t.Errorf("it has %q, %v", data, err)
	}
	if Standard(std) != std {
		t.Error("an os.File becomes another")
	}
	other, err := fstest.MapFS{"file": {}}.Open("file")
	if err != nil {
		t.Fatal(err)
	}
	if Standard(other) != nil || Standard(nil) != nil {
		t.Error("a file of another kind is one of this machine")
	}
}

func TestCause(t *testing.T) {
	plain := errors.New("plain")
	wrapped := errors.Join(&fs.PathError{Op: "open", Path: "a", Err: plain})
	for err, want := range map[error]error{
		nil: nil, plain: plain, wrapped: wrapped, &fs.PathError{Op: "open", Path: "a", Err: plain}: plain,
	} {
		if got := Cause(err); got != want {
			t.Errorf("the cause of %v is %v", err, got)
		}
	}
}
