package compress_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os/exec"
	"testing"

	"github.com/gokmod/gokmod/internal/compress"
	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// content has parts that can be compressed and parts that cannot.
func content(size int) []byte {
	r := rand.New(rand.NewPCG(1, uint64(size)))
	data := make([]byte, size)
	for i := range data {
		if data[i] = byte(r.Uint32()); i%1000 < 700 {
			data[i] &= 1
		}
	}
	return data
}

var codecs = map[decompress.Codec][]string{
	decompress.None: {"cat"}, decompress.Gzip: {"gzip", "-dc"}, decompress.XZ: {"xz", "-dc"},
	decompress.Zstd: {"zstd", "-dc"}, decompress.LZ4: {"lz4", "-dc"},
}

// TestWrite: what is written is of that codec, says its size, and is read by us and by the
// tool of the codec.
func TestWrite(t *testing.T) {
	for codec, tool := range codecs {
		for _, size := range []int{300, 3000, 300_000} {
			want := content(size)
			var file bytes.Buffer
			if err := compress.Write(&file, codec, want); err != nil {
				t.Fatal(err)
			}
			data := bytes.Clone(file.Bytes())
			if got := decompress.Detect(data); got != codec {
				t.Errorf("%v: it is %v", codec, got)
			}
			if codec != decompress.None && len(data) >= size*3/4 {
				t.Errorf("%v: %d bytes become %d", codec, size, len(data))
			}
			if got, err := decompress.Bytes(nil, data, int64(size)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%v of %d bytes: other data, %v", codec, size, err)
			}
			if stated, ok := decompress.Size(data); codec != decompress.LZ4 && (!ok || stated != int64(size)) {
				t.Errorf("%v of %d bytes: the size is %d, %v", codec, size, stated, ok)
			}
			path, err := exec.LookPath(tool[0])
			if err != nil {
				t.Logf("%s is not installed", tool[0])
				continue
			}
			cmd := exec.Command(path, tool[1:]...)
			cmd.Stdin = bytes.NewReader(data)
			if got, err := cmd.Output(); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%v of %d bytes: %s reads other data, %v", codec, size, tool[0], err)
			}
		}
	}
}

// full is a file on a full disk.
type full struct{ left int }

var errFull = errors.New("the disk is full")

func (f *full) Write(b []byte) (int, error) {
	n := min(len(b), f.left)
	if f.left -= n; n < len(b) {
		return n, errFull
	}
	return n, nil
}

// TestWriteFails: whatever could be written, the error is returned.
func TestWriteFails(t *testing.T) {
	for codec := range codecs {
		var file bytes.Buffer
		if err := compress.Write(&file, codec, content(3000)); err != nil {
			t.Fatal(err)
		}
		for _, left := range []int{0, 1, file.Len() / 2, file.Len() - 1} {
			if err := compress.Write(&full{left}, codec, content(3000)); !errors.Is(err, errFull) {
				t.Errorf("%v with room for %d bytes: %v", codec, left, err)
			}
		}
		if err := compress.Write(&full{file.Len()}, codec, content(3000)); err != nil {
			t.Errorf("%v: %v", codec, err)
		}
	}
}

// TestMemory: the memory besides image and file is bounded.
func TestMemory(t *testing.T) {
	image := content(1 << 20)
	for codec := range codecs {
		var file bytes.Buffer
		file.Grow(2 * len(image))
		var err error
		took := modtest.Allocated(func() {
			file.Reset()
			err = compress.Write(&file, codec, image)
		})
		if limit := uint64(24 << 20); err != nil || took > limit+2*uint64(file.Len()) {
			t.Errorf("%v takes %d bytes for %d, %v", codec, took, file.Len(), err)
		}
	}
}
