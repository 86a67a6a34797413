package main

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestStaticNodesDescriptors: stdout can be named, whatever it is; Debian's udev script
// does so.
func TestStaticNodesDescriptors(t *testing.T) {
	w := nodesWorld(t, someNodes)
	args := func(name string) []string {
		return []string{"kmod", "static-nodes", "-d", w.root, "-S", nodesRelease, "--format=tmpfiles", "--output=" + name}
	}
	for _, name := range []string{"/proc/self/fd/1", "/dev/stdout", "/dev/fd/1"} {
		var stdout, stderr bytes.Buffer // behind pipes
		cmd := tool(args(name)...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil || stdout.String() != someTmpfiles || stderr.Len() > 0 {
			t.Errorf("%s, a pipe: %v, %q, %q", name, err, &stdout, &stderr)
		}
		f, err := os.Create(filepath.Join(w.dir, "stdout"))
		if err != nil {
			t.Fatal(err)
		}
		cmd = tool(args(name)...)
		cmd.Stdout = f
		if err := cmd.Run(); err != nil || readText(t, f.Name()) != someTmpfiles {
			t.Errorf("%s, a file: %v, %q", name, err, readText(t, f.Name()))
		}
		f.Close()
	}
	closed := tool(args("/proc/self/fd/1")...)
	closed.Stdout = nil
	if err := closed.Run(); err != nil {
		t.Errorf("nothing: %v", err)
	}
}

// TestStaticNodesFull: no half of the list is left where there is no room for the whole.
func TestStaticNodesFull(t *testing.T) {
	w := nodesWorld(t, someNodes)
	if err := syscall.Mount("tmpfs", w.dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("a small file system cannot be mounted: ", err)
	}
	defer syscall.Unmount(w.dir, 0)
	writeText(t, filepath.Join(w.dir, "there"), "old\n")
	err := os.WriteFile(filepath.Join(w.dir, "fill"), make([]byte, 1<<20), 0o644)
	if err == nil {
		t.Fatal("the file system is not full")
	}
	for _, name := range []string{"new", "run/tmpfiles.d/static-nodes.conf"} {
		w.staticNodes("-o", name).check(t, answer{"", "Error: could not write " + name + " - No space left on device\n", 1})
		if _, err := os.Lstat(filepath.Join(w.dir, name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
	// What is written over takes no room beyond its own.
	w.staticNodes("-o", "there").check(t, answer{})
	long := nodesWorld(t, someNodes)
	var many bytes.Buffer
	for many.Len() < 1<<20 {
		many.WriteString("loop loop0 b7:0\n")
	}
	writeText(t, devnameFile(long.root), many.String())
	long.dir = w.dir
	long.staticNodes("-o", "there").check(t, answer{"", "Error: could not write there - No space left on device\n", 1})
	if got := readText(t, filepath.Join(w.dir, "there")); got != "" {
		t.Errorf("%d bytes are left", len(got))
	}
	w.staticNodes("-o", "/dev/full").check(t, answer{"", "Error: could not write /dev/full - No space left on device\n", 1})
}
