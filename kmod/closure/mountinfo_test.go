package closure

import (
	"strings"
	"testing"
)

func TestParseMounts(t *testing.T) {
	mounts, err := parseMounts("36 35 98:0 /mnt1 / rw,noatime master:1 shared:2 - ext3 /dev/root rw\n" +
		"37 36 0:5 / /a\\040b\\134c\\011\\0 rw - fuse.x a\\012b rw\n38 37 0:6 / /a rw - tmpfs  rw")
	want := []mount{{"98:0", "/", "ext3", "/dev/root"}, {"0:5", "/a b\\c\t\\0", "fuse.x", "a\nb"}, {"0:6", "/a", "tmpfs", ""}}
	if err != nil || len(mounts) != len(want) {
		t.Fatalf("got %v, %v", mounts, err)
	}
	for i := range want {
		if mounts[i] != want[i] {
			t.Errorf("got %+q, want %+q", mounts[i], want[i])
		}
	}
	for _, text := range []string{"\n", "1 2 3:4 / / rw x", "1 2 3:4 / / - ext4 a", "1 2 3:4 / / rw - ext4", "1 2 3:4 / / rw - ext4 a rw\nx\n"} {
		if mounts, err := parseMounts(text); err == nil || mounts != nil {
			t.Errorf("%q: %v", text, mounts)
		}
	}
	if mounts, err := parseMounts(""); err != nil || mounts != nil {
		t.Errorf("nothing: %v, %v", mounts, err)
	}
}

func TestMountAt(t *testing.T) {
	mounts := []mount{{"1", "/", "", ""}, {"2", "/usr", "", ""}, {"3", "/us", "", ""}, {"4", "/usr/a/b", "", ""}, {"5", "/usr", "", ""}}
	for dir, want := range map[string]string{
		"/": "1", "": "1", "/home": "1", "/usr": "5", "usr/": "5", "/usr/a": "5", "/usr/a/b/c": "4", "/usr/a/bc": "5", "/us/r": "3", "/../us": "3",
	} {
		if got := mountAt(mounts, dir); got == nil || got.dev != want {
			t.Errorf("%q is in %v, want %s", dir, got, want)
		}
	}
	if got := mountAt(mounts[1:], "/home"); got != nil {
		t.Errorf("got %v", got)
	}
}

// FuzzMounts: each line is a mount or an error, no text gets longer, and every
// directory is in the deepest mount above it.
func FuzzMounts(f *testing.F) {
	f.Add("36 35 98:0 /mnt1 / rw - ext3 /dev/root rw\n37 36 0:5 / /a\\040b rw - x y rw\n", "/a b/c")
	f.Add("1 2 3:4 / /x\\ rw - - \\777\\08 rw", "x")
	f.Fuzz(func(t *testing.T, text, dir string) {
		mounts, err := parseMounts(text)
		if err != nil {
			if mounts != nil {
				t.Errorf("an error comes with %v", mounts)
			}
			return
		}
		if lines := len(strings.Split(strings.TrimSuffix(text, "\n"), "\n")); text != "" && len(mounts) != lines {
			t.Errorf("%d mounts in %d lines", len(mounts), lines)
		}
		size := 0
		for i := range mounts {
			size += len(mounts[i].dev) + len(mounts[i].point) + len(mounts[i].fstype) + len(mounts[i].source)
			if at := mountAt(mounts, mounts[i].point); strings.HasPrefix(mounts[i].point, "/") && strings.Trim(mounts[i].point, "/.") == mounts[i].point[1:] &&
				!strings.Contains(mounts[i].point, "//") && !strings.Contains(mounts[i].point, "/.") && (at == nil || at.point != mounts[i].point) {
				t.Errorf("%q is in %+v", mounts[i].point, at)
			}
		}
		if size > len(text) {
			t.Errorf("%d bytes became %d", len(text), size)
		}
		if at := mountAt(mounts, dir); at != nil && at.point != "/" && !strings.HasPrefix(strings.Join([]string{"", dir}, "/"), at.point) &&
			!strings.ContainsAny(dir, ".") && !strings.Contains("/"+dir, "//") {
			t.Errorf("%q is in %q", dir, at.point)
		}
	})
}
