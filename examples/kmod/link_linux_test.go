package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestLinkFull: a full disk changes nothing, whatever the step at which it is full.
func TestLinkFull(t *testing.T) {
	w, root := linkWorld(t)
	disk := filepath.Join(root, "opt")
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=512k,nr_inodes=80"); err != nil {
		t.Skip("a small file system cannot be mounted: ", err)
	}
	defer syscall.Unmount(disk, 0)
	fill := func(free int) {
		for i := range 80 {
			os.WriteFile(fmt.Sprint(disk, "/fill", i), nil, 0o644)
		}
		for i := range free {
			os.Remove(fmt.Sprint(disk, "/fill", i))
		}
	}
	for free := 0; free < 40; free += 3 {
		fill(free)
		before := files(t, root)
		got := w.run("kmod", "link", "--share=opt/share", "opt")
		if got.status != failure || !strings.HasSuffix(got.stderr, ": No space left on device\n") ||
			!strings.Contains(got.stderr, " "+disk+"/") {
			t.Errorf("%d inodes: status %d, %s", free, got.status, got.stderr)
		}
		if !sameTree(files(t, root), before) {
			t.Errorf("%d inodes: left are %v", free, files(t, root))
		}
	}
	fill(80)
	writeFile(t, disk+"/large", strings.Repeat("x", 480<<10))
	got := w.run("kmod", "link", "--share=opt/share", "opt")
	if got.status != failure || !strings.Contains(got.stderr, ".8: No space left on device\n") {
		t.Errorf("no space: status %d, %s", got.status, got.stderr)
	}
	if left := files(t, disk); len(left) != 2 {
		t.Errorf("no space: left are %v", left)
	}
	os.Remove(disk + "/large")
	link(t, w, "--share=opt/share", "opt")
}

// TestLinkReadOnly: a directory that cannot be written is named.
func TestLinkReadOnly(t *testing.T) {
	w, root := linkWorld(t)
	got := w.run("kmod", "link", "--no-man", "--no-completions", "/proc/self")
	if got.status != failure || !strings.HasPrefix(got.stderr, "link: ERROR: could not link /proc/self/lsmod: ") {
		t.Errorf("status %d, %s", got.status, got.stderr)
	}
	got = w.run("kmod", "link", "--share=/proc/self/share", "opt")
	want := "link: ERROR: could not make the directory /proc/self/share"
	if got.status != failure || !strings.HasPrefix(got.stderr, want) {
		t.Errorf("status %d, %s", got.status, got.stderr)
	}
	if left := files(t, root+"/opt"); len(left) != 1 {
		t.Errorf("left are %v", left)
	}
}
