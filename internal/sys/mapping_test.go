package sys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// pattern returns n bytes that differ from their neighbours.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

// tempFile makes a file of the given content, open for reading and writing.
func tempFile(tb testing.TB, content []byte) *os.File {
	tb.Helper()
	f, err := os.Create(filepath.Join(tb.TempDir(), "file"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	if _, err := f.Write(content); err != nil {
		tb.Fatal(err)
	}
	return f
}

func TestMapFile(t *testing.T) {
	for _, n := range []int{0, 1, mapThreshold - 1, mapThreshold, mapThreshold + 1, 1 << 20} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			want := pattern(n)
			f := tempFile(t, want)
			for _, size := range []int64{-1, int64(n), int64(n / 2)} {
				m, err := MapFile(f, size)
				if err != nil {
					t.Fatal(err)
				}
				if size < 0 {
					size = int64(n)
				}
				if !bytes.Equal(m.Bytes(), want[:size]) {
					t.Errorf("size %d: the bytes differ from the file's", size)
				}
				if large := size >= mapThreshold; runtime.GOOS == "linux" && m.Mapped() != large {
					t.Errorf("size %d: Mapped() = %t", size, m.Mapped())
				}
				closeTwice(t, m)
			}
		})
	}
}

func closeTwice(t *testing.T, m *Mapping) {
	t.Helper()
	for range 2 {
		if err := m.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if m.Bytes() != nil {
		t.Error("Bytes() is not nil after Close")
	}
}

func TestMapFileOutlivesDescriptor(t *testing.T) {
	want := pattern(1 << 17)
	f := tempFile(t, want)
	m, err := MapFile(f, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	f.Close()
	if !bytes.Equal(m.Bytes(), want) {
		t.Error("the bytes differ from the file's")
	}
}

func TestMapFileErrors(t *testing.T) {
	closed := tempFile(t, nil)
	closed.Close()
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	tests := []struct {
		name string
		file *os.File
		size int64
		want error
	}{
		{"closed", closed, -1, os.ErrClosed},
		{"nil", nil, -1, os.ErrInvalid},
		{"directory", dir, -1, os.ErrInvalid},
		{"shorter small", tempFile(t, pattern(10)), 11, io.ErrUnexpectedEOF},
		{"shorter large", tempFile(t, pattern(10)), 1 << 40, io.ErrUnexpectedEOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := MapFile(test.file, test.size)
			if m != nil || !errors.Is(err, test.want) {
				t.Errorf("MapFile = %v, %v, want an error that is %v", m, err, test.want)
			}
		})
	}
}

// TestReadFile covers file systems without mappings.
func TestReadFile(t *testing.T) {
	want := pattern(1 << 17)
	f := tempFile(t, want)
	m, err := readFile(f, 1<<17)
	if err != nil || !bytes.Equal(m.Bytes(), want) || m.Mapped() {
		t.Fatalf("readFile of a whole file: mapped %t, error %v", m.Mapped(), err)
	}
	if _, err := readFile(f, 1<<17+1); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("readFile past the end: %v", err)
	}
	if _, err := readFile(f, maxRead+1); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("readFile of an absurd size: %v", err)
	}
}

// TestMapSparse maps more than memory holds, which must not cost memory.
func TestMapSparse(t *testing.T) {
	if runtime.GOOS != "linux" || ^uint(0)>>32 == 0 {
		t.Skip("needs mappings and a 64-bit address space")
	}
	f := tempFile(t, nil)
	size := int64(1) << 40
	if err := f.Truncate(size); err != nil {
		t.Skipf("the file system cannot hold a sparse file of 1 TiB: %v", err)
	}
	m, err := MapFile(f, -1)
	if err != nil {
		t.Skipf("no address space for 1 TiB: %v", err)
	}
	defer m.Close()
	if b := m.Bytes(); int64(len(b)) != size || b[size-1] != 0 {
		t.Error("the end of the sparse file does not read as zero")
	}
}
