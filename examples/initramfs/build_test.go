package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cavaliergopher/cpio"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// testRoot writes a tree of modules.
func testRoot(t *testing.T) string {
	t.Helper()
	tree := &kmodtest.Tree{Modprobe: "options disk fast=1\n", Modules: []kmodtest.Module{
		{Name: "bus", Aliases: []string{"pci:v0001*"}},
		{Name: "disk", Path: "kernel/drivers/block/disk.ko", Depends: []string{"bus"}, Aliases: []string{"bus:disk"}, Fields: []string{"firmware=disk.bin"}},
		{Name: "rootfs", Softdeps: []string{"pre: nosuch"}, Aliases: []string{"fs-ext4"}},
		{Name: "other"},
	}}
	root := t.TempDir()
	if err := tree.Write(root); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "lib/firmware"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "lib/firmware/disk.bin"), []byte("firmware"), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// program writes a file that looks like a program.
func program(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// build runs the builder and returns its output.
func build(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	o, err := parseOptions(args, &errs)
	if err == nil {
		err = o.run(t.Context(), &out, &errs)
	}
	return out.String(), errs.String(), err
}

// listing reads an archive: names with modes, and the contents.
func listing(t *testing.T, data io.Reader) (names []string, contents map[string]string) {
	t.Helper()
	contents = map[string]string{}
	for r := cpio.NewReader(data); ; {
		h, err := r.Next()
		if err == io.EOF {
			return names, contents
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.ModTime.Unix() != 0 || h.Uid != 0 || h.Guid != 0 {
			t.Errorf("%s has the time %v and the owner %d:%d", h.Name, h.ModTime, h.Uid, h.Guid)
		}
		names = append(names, h.Mode.String()+" "+h.Name)
		contents[h.Name] = string(text) + h.Linkname
	}
}

// cpioHeader is the length of the header before a name. Its bytes 78 to 93 are
// the device numbers, which the library does not read.
const cpioHeader = 110

const wantNames = `040755 etc
040755 etc/modprobe.d
0100644 etc/modprobe.d/modules.conf
040755 lib
040755 lib/firmware
0100644 lib/firmware/disk.bin
040755 lib/modules
040755 lib/modules/6.1.0-test
040755 lib/modules/6.1.0-test/kernel
0100644 lib/modules/6.1.0-test/kernel/bus.ko
040755 lib/modules/6.1.0-test/kernel/drivers
040755 lib/modules/6.1.0-test/kernel/drivers/block
0100644 lib/modules/6.1.0-test/kernel/drivers/block/disk.ko
0100644 lib/modules/6.1.0-test/kernel/rootfs.ko
`

const wantLast = `
040755 dev
040755 proc
040755 run
040755 sbin
040755 sys
040755 sysroot
040755 tmp
020600 dev/console
020666 dev/null
0100755 init
0120777 sbin/modprobe`

func TestBuild(t *testing.T) {
	root, init := testRoot(t), program(t, "the init")
	args := []string{"-root", root, "-release", "6.1.0-test", "-init", init, "-o", "-"}
	first, stderr, err := build(t, append(args, "disk", "fs-ext4")...)
	if err != nil || !strings.Contains(stderr, "initramfs: warning: module nosuch: it is not there: soft pre dependency of rootfs") {
		t.Fatalf("%v, %s", err, stderr)
	}
	names, contents := listing(t, strings.NewReader(first))
	if got := strings.Join(names, "\n"); !strings.HasPrefix(got, wantNames) || !strings.HasSuffix(got, wantLast) {
		t.Errorf("the image has\n%s", got)
	}
	for name, want := range map[string]string{"init": "the init", "sbin/modprobe": "../init", "lib/firmware/disk.bin": "firmware",
		"etc/modprobe.d/modules.conf": "options disk fast=1\n"} {
		if contents[name] != want {
			t.Errorf("%s has %q", name, contents[name])
		}
	}
	for name, numbers := range map[string]string{"dev/console": "0000000500000001", "dev/null": "0000000100000003"} {
		at := strings.Index(first, name+"\x00") - cpioHeader
		if got := first[at+78 : at+94]; got != numbers || at%4 != 0 {
			t.Errorf("%s at %d has the numbers %s", name, at, got)
		}
	}
	again, _, err := build(t, append(args, "disk", "fs-ext4")...)
	if err != nil || again != first {
		t.Errorf("built again it differs: %v", err)
	}
	file := filepath.Join(t.TempDir(), "initrd.img")
	other := program(t, "modprobe")
	if _, _, err := build(t, "-root", root, "-release", "6.1.0-test", "-init", init, "-modprobe", other, "-gzip", "-o", file,
		"-alias", "fs-*", "-path", "kernel/drivers/**"); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	packed, contents := listing(t, z)
	if len(packed) != len(names) || contents["sbin/modprobe"] != "modprobe" {
		t.Errorf("the packed image has\n%s", strings.Join(packed, "\n"))
	}
}

func TestBuildErrors(t *testing.T) {
	root := testRoot(t)
	tree := []string{"-root", root, "-release", "6.1.0-test"}
	dynamic := string(append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 25)...)) // the headers follow
	dynamic += "\x40\x00\x00\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 14) + "\x38\x00\x01\x00" + strings.Repeat("\x00", 6) + "\x03\x00\x00\x00"
	file := filepath.Join(t.TempDir(), "initrd")
	tests := []struct {
		name string
		args []string
		is   error
		want string
	}{
		{"no output", []string{"disk"}, errUsage, "-o FILE is missing"},
		{"bad kind", []string{"-o", file, "-drivers", "block,tape"}, nil, "it is not one of the kinds of drivers"},
		{"unknown module", append(tree, "-o", file, "nosuch"), kmod.ErrNotFound, ""},
		{"no modules", append(tree, "-o", file, "-release", "6.2"), kmod.ErrNoModuleDir, ""},
		{"no init", append(tree, "-o", file, "-init", filepath.Join(root, "nosuch"), "disk"), fs.ErrNotExist, ""},
		{"dynamic init", append(tree, "-o", file, "-init", program(t, dynamic), "disk"), errDynamic, ""},
		{"no directory", append(tree, "-o", filepath.Join(root, "no/such"), "-init", program(t, ""), "disk"), fs.ErrNotExist, ""},
		{"excluded", append(tree, "-o", file, "-exclude", "bus", "disk"), nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, stderr, err := build(t, test.args...)
			if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(stderr, test.want) {
				t.Errorf("got %v, %s", err, stderr)
			}
			if _, err := os.Stat(file); err == nil {
				t.Error("there is an image")
			}
		})
	}
}

// TestBuildTooLong: a file whose length does not fit into the archive's header is
// refused, as its rest would be taken for more of the archive.
func TestBuildTooLong(t *testing.T) {
	root := testRoot(t)
	if err := os.Truncate(filepath.Join(root, "lib/firmware/disk.bin"), 1<<32); err != nil {
		t.Skip("no files with holes: ", err)
	}
	_, _, err := build(t, "-o", filepath.Join(root, "image"), "-root", root, "-release", "6.1.0-test", "-init", program(t, "init"), "disk")
	if !errors.Is(err, errTooLong) {
		t.Errorf("got %v", err)
	}
}

// grown is a file that is longer than it says, by the given number of bytes.
type grown struct {
	fs.File
	by int64
}

func (g grown) Stat() (fs.FileInfo, error) { return grownInfo{g}, nil }

type grownInfo struct{ grown }

func (i grownInfo) Name() string       { return "x" }
func (i grownInfo) Size() int64        { return 4 - i.by }
func (i grownInfo) Mode() fs.FileMode  { return 0o644 }
func (i grownInfo) ModTime() time.Time { return time.Time{} }
func (i grownInfo) IsDir() bool        { return false }
func (i grownInfo) Sys() any           { return nil }

// TestBuildChanged: a file that grows or shrinks while it is read is an error.
func TestBuildChanged(t *testing.T) {
	for _, by := range []int64{-1, 1, 0} {
		f, err := fstest.MapFS{"x": {Data: []byte("1234")}}.Open("x")
		if err != nil {
			t.Fatal(err)
		}
		err = addFile(cpio.NewWriter(io.Discard), "x", 0o644, grown{f, by})
		if (by == 0) != (err == nil) || by != 0 && (!errors.Is(err, errChanged) || !strings.Contains(err.Error(), "put /x into")) {
			t.Errorf("%d: %v", by, err)
		}
	}
}

// TestBuildStopped: an interrupt ends writing too, and leaves no image.
func TestBuildStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	dir, m := t.TempDir(), &image{modules: fstest.MapFS{"lib/x": {}}}
	o := &options{output: filepath.Join(dir, "image")}
	if err := o.writeFile(ctx, m); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestBuildOntoDirectory: only a regular file is replaced, not a directory or a
// device.
func TestBuildOntoDirectory(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(".", link); err != nil {
		t.Fatal(err)
	}
	err := (&options{output: link}).writeFile(t.Context(), &image{})
	if !errors.Is(err, errNotRegular) || !strings.Contains(err.Error(), link) {
		t.Errorf("got %v", err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info, err)
	}
}

func TestList(t *testing.T) {
	for _, release := range []string{"6.1.0-test", "6.1.0-test/", "./6.1.0-test//"} {
		out, _, err := build(t, "-root", testRoot(t), "-release", release, "-list", "-drivers", "block", "-no-firmware")
		if err != nil || !strings.Contains(out, "kernel/drivers/block/disk.ko: asked for as drivers:block\n") ||
			strings.Contains(out, "firmware") {
			t.Errorf("%s: got %v,\n%s", release, err, out)
		}
	}
}
