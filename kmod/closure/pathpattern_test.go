package closure

import (
	"strings"
	"testing"
)

func TestMatchPath(t *testing.T) {
	for _, tt := range []struct {
		pattern, path string
		want          bool
	}{
		{"kernel/fs/xfs/xfs.ko", "kernel/fs/xfs/xfs.ko.xz", true},
		{"kernel/fs/xfs/xfs", "kernel/fs/xfs/xfs.ko.xz", true},
		{"kernel/fs/xfs/xfs.ko.xz", "kernel/fs/xfs/xfs.ko", false},
		{"kernel/fs/xfs/xfs.ko.xz", "kernel/fs/xfs/xfs.ko.xz", true},
		{"kernel/fs", "kernel/fs/xfs/xfs.ko", true},
		{"kernel/f", "kernel/fs/xfs/xfs.ko", false},
		{"kernel/f*", "kernel/fs/xfs/xfs.ko", true},
		{"kernel/*/xfs.ko", "kernel/fs/xfs/xfs.ko", false},
		{"kernel/**/xfs.ko", "kernel/fs/xfs/xfs.ko", true},
		{"kernel/**/xfs.ko", "kernel/xfs.ko", true},
		{"**", "a.ko", true},
		{"**/b/**/d.ko", "a/b/c/b/x/d.ko", true},
		{"**/b/**/d.ko", "a/c/d.ko", false},
		{"**/**/a.ko", "a.ko", true},
		{"/opt/**", "/opt/a/b.ko", true},
		{"opt/**", "/opt/a/b.ko", false},
		{"kernel/[a-f]s/**", "kernel/fs/a.ko", true},
		{"", "a.ko", false},
	} {
		if got := matchPath(tt.pattern, tt.path); got != tt.want {
			t.Errorf("matchPath(%q, %q) = %v", tt.pattern, tt.path, got)
		}
	}
}

func FuzzMatchPath(f *testing.F) {
	f.Add("kernel/**/x*.ko", "kernel/fs/xfs.ko.xz")
	f.Add("**/**", "a/b/c")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		got := matchPath(pattern, path)
		if !strings.ContainsAny(pattern, `*?[\`) && got != plainMatch(pattern, path) {
			t.Errorf("matchPath(%q, %q) = %v", pattern, path, got)
		}
		if got && !matchPath("**/"+pattern, "x/y/"+path) {
			t.Errorf("%q below any directories does not match %q", pattern, path)
		}
		if !matchPath("**", path) {
			t.Errorf("not everything matches %q", path)
		}
	})
}

// plainMatch is matchPath for a pattern without special characters.
func plainMatch(pattern, path string) bool {
	for _, path := range []string{path, stemOf(path), stemOf(path) + ".ko"} {
		if path == pattern || strings.HasPrefix(path, pattern+"/") {
			return true
		}
	}
	return false
}

// stemOf is a path without the extension of a module.
func stemOf(path string) string {
	for _, packed := range []string{".gz", ".xz", ".zst", ".lz4"} {
		if stem, ok := strings.CutSuffix(path, ".ko"+packed); ok && stem != "" && !strings.HasSuffix(stem, "/") {
			return stem
		}
	}
	if stem, ok := strings.CutSuffix(path, ".ko"); ok && stem != "" && !strings.HasSuffix(stem, "/") {
		return stem
	}
	return path
}
