package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
	"github.com/klauspost/compress/zstd"
)

func TestReason(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{syscall.ENOENT, "No such file or directory"},
		{syscall.ENOMEM, "Cannot allocate memory"},
		{syscall.EBUSY, "Device or resource busy"},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, "Permission denied"},
		{fmt.Errorf("it is gone: %w", fs.ErrNotExist), "No such file or directory"},
		{&modinfo.Error{Op: "open", Path: "x", Err: modinfo.ErrTooLarge}, "File too large"},
		{errors.New("something else"), "something else"},
	} {
		if got := reason(test.err); got != test.want {
			t.Errorf("reason(%v) = %q, want %q", test.err, got, test.want)
		}
	}
}

// TestFileReason: what is not a module gets ENOEXEC and a damaged one EINVAL, by its
// first bytes, packed or not; so does, for kmod, one that zstd cannot unpack.
func TestFileReason(t *testing.T) {
	const notExec, invalid = "Exec format error", "Invalid argument"
	elf := modtest.Named("a", nil, nil).Build()
	noSections := bytes.Clone(elf)
	clear(noSections[40:48])
	files := map[string][]byte{}
	reasons := map[string]string{}
	add := func(name, plain, packed string, content []byte) {
		for ending, pack := range map[string]func([]byte) []byte{".ko": bytes.Clone, ".ko.gz": gzipped, ".ko.zst": zstdPacked} {
			files[name+ending] = pack(content)
			reasons[name+ending] = packed
		}
		reasons[name+".ko"] = plain
	}
	add("text", notExec, notExec, []byte("this is text"))
	add("short", invalid, notExec, elf[:3])
	add("cut", invalid, invalid, elf[:100])
	add("bare", invalid, invalid, noSections)
	add("empty", invalid, invalid, nil)
	files["cut.ko.zst"], reasons["cut.ko.zst"] = zstdPacked(elf)[:40], notExec
	files["cut.ko.gz"] = gzipped(elf)[:40]
	dir := writeFiles(t, files)
	for name, want := range reasons {
		_, err := modinfo.ReadFile(filepath.Join(dir, name))
		if err == nil || fileReason(filepath.Join(dir, name), err) != want {
			t.Errorf("%s: got %q of %v, want %q", name, fileReason(filepath.Join(dir, name), err), err, want)
		}
	}
}

func gzipped(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(content)
	w.Close()
	return b.Bytes()
}

func zstdPacked(content []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return w.EncodeAll(content, nil)
}
