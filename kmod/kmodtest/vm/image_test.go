package vm

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cavaliergopher/cpio"
)

// entry is an archive's record of one path.
type entry struct {
	mode cpio.FileMode
	data string
	time int64
}

// archive writes an image and reads it back, with the order of its names.
func archive(t *testing.T, m *image) (map[string]entry, []string) {
	t.Helper()
	var b bytes.Buffer
	if err := m.writeTo(&b); err != nil {
		t.Fatal(err)
	}
	entries := map[string]entry{}
	var names []string
	for r := cpio.NewReader(&b); ; {
		h, err := r.Next()
		if err == io.EOF {
			return entries, names
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		entries[h.Name] = entry{h.Mode, string(data), h.ModTime.Unix()}
		names = append(names, h.Name)
	}
}

func addAll(t *testing.T, m *image, files ...File) {
	t.Helper()
	for _, f := range files {
		if err := m.add(f); err != nil {
			t.Fatal(err)
		}
	}
}

func TestImageReadsBack(t *testing.T) {
	host := filepath.Join(t.TempDir(), "host")
	if err := os.WriteFile(host, []byte("from the host"), 0o640); err != nil {
		t.Fatal(err)
	}
	stamp := time.Unix(1_600_000_000, 0)
	if err := os.Chtimes(host, stamp, stamp); err != nil {
		t.Fatal(err)
	}
	m := newImage()
	m.addDir("/proc")
	addAll(t, m,
		File{Guest: "/a/b/c", Data: []byte("abc")},
		File{Guest: "/init", Host: host, Mode: 0o755},
		File{Guest: "/plain", Host: host},
		File{Guest: "/empty"},
	)
	got, names := archive(t, m)
	want := map[string]entry{
		"a":     {cpio.TypeDir | 0o755, "", 0},
		"a/b":   {cpio.TypeDir | 0o755, "", 0},
		"proc":  {cpio.TypeDir | 0o755, "", 0},
		"a/b/c": {cpio.TypeReg | 0o644, "abc", 0},
		"empty": {cpio.TypeReg | 0o644, "", 0},
		"init":  {cpio.TypeReg | 0o755, "from the host", stamp.Unix()},
		"plain": {cpio.TypeReg | 0o640, "from the host", stamp.Unix()},
	}
	for name, e := range want {
		if got[name] != e {
			t.Errorf("%s: %+v, want %+v", name, got[name], e)
		}
	}
	if len(got) != len(want) {
		t.Errorf("archive holds %q", names)
	}
	for _, dir := range []string{"a", "a/b"} {
		if slices.Index(names, dir) > slices.Index(names, "a/b/c") {
			t.Errorf("directory %s comes after a file in it: %q", dir, names)
		}
	}
}

func TestImageSameFileTwice(t *testing.T) {
	m := newImage()
	addAll(t, m, File{Guest: "/lib/x", Host: "/host/x"}, File{Guest: "/lib//x", Host: "/host/x"})
	if len(m.files) != 1 {
		t.Errorf("image holds %d files, want 1", len(m.files))
	}
}

func TestImageRefuses(t *testing.T) {
	tests := []struct {
		name  string
		files []File
		want  string
	}{
		{"relative path", []File{{Guest: "a"}}, "not the absolute path"},
		{"root", []File{{Guest: "/"}}, "not the absolute path"},
		{"empty path", []File{{}}, "not the absolute path"},
		{"one path twice", []File{{Guest: "/a", Host: "x"}, {Guest: "/a", Host: "y"}}, "two files"},
		{"bytes twice", []File{{Guest: "/a"}, {Guest: "/a"}}, "two files"},
		{"file as directory", []File{{Guest: "/a"}, {Guest: "/a/b"}}, "both a file and a directory"},
		{"absent host file", []File{{Guest: "/a", Host: "/no/such/file"}}, "no such file"},
		{"host directory", []File{{Guest: "/a", Host: "/"}}, "not a regular file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := newImage()
			var err error
			for _, f := range test.files {
				if err = m.add(f); err != nil {
					break
				}
			}
			if err == nil {
				err = m.writeTo(io.Discard)
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestBuildImage(t *testing.T) {
	cfg := &Config{
		Program: testProgram(t),
		Args:    []string{"one", "two words"},
		Files:   []File{{Guest: "/etc/x.conf", Data: []byte("x")}},
	}
	m, err := buildImage(&Kernel{}, cfg, task{Token: "T", Port: "/dev/p", Args: cfg.Args})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := archive(t, m)
	if want := `{"token":"T","port":"/dev/p","args":["one","two words"],"env":null}`; got["vm.json"].data != want {
		t.Errorf("task %s, want %s", got["vm.json"].data, want)
	}
	if got["init"].mode != cpio.TypeReg|0o755 || got["etc/x.conf"].data != "x" {
		t.Errorf("init or a file is missing: %v", sortedKeys(got))
	}
	for _, dir := range []string{"proc", "sys", "dev", "tmp"} {
		if got[dir].mode != cpio.TypeDir|0o755 {
			t.Errorf("no directory %s", dir)
		}
	}
}

// testProgram writes a stand-in for a program.
func testProgram(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(name, []byte("#!/bin/true\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return name
}
