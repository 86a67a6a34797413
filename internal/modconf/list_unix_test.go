//go:build unix

package modconf

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipes would block if opening a named pipe waited for a writer.
func TestPipes(t *testing.T) {
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "etc/z.conf"), "blacklist z\n")
	for _, name := range []string{"etc/a.conf", "single", "modules.softdep"} {
		if err := syscall.Mkfifo(filepath.Join(root, name), 0o644); err != nil {
			t.Skip("this file system has no named pipes: ", err)
		}
	}
	if err := os.Symlink("a.conf", filepath.Join(root, "etc/b.conf")); err != nil {
		t.Fatal(err)
	}
	for name, fsys := range map[string]fs.FS{"blocking": os.DirFS(root), "nonblocking": nonblockingFS(root)} {
		t.Run(name, func(t *testing.T) {
			c := Read(Sources{FS: fsys, Dirs: []string{"etc", "single"}, ModuleDir: "."})
			checkOrder(t, c, "z")
			checkWarnings(t, c, "etc/a.conf: cannot be read: not a regular file", "etc/b.conf: cannot be read: not a regular file",
				"modules.softdep: cannot be read: not a regular file", "single: cannot be read: not a regular file")
		})
	}
}

// TestOneDirectoryTwice: a directory that is reached by two names is read once, so
// that its problems are reported once.
func TestOneDirectoryTwice(t *testing.T) {
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "usr/lib/modprobe.d/a.conf"), "blacklist a\n")
	writeFile(t, filepath.Join(root, "usr/lib/modprobe.d/dir.conf/file"), "")
	if err := os.Symlink("usr/lib", filepath.Join(root, "lib")); err != nil {
		t.Fatal(err)
	}
	c := Read(Sources{FS: os.DirFS(root), Prefix: "/", Dirs: StandardDirs()})
	checkOrder(t, c, "a")
	checkWarnings(t, c, "/usr/lib/modprobe.d/dir.conf: directories inside directories are not supported")
}
