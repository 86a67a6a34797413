package tree

import (
	"errors"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/test/systest"
)

// TestSpecialFiles: anything but a regular file is not opened as one, and
// nothing blocks. A hard link is a file of the root, whatever other names it
// has.
func TestSpecialFiles(t *testing.T) {
	root := layout{
		"root/dir/file": "in", "out/file": "out", "root/fifolink": "-> /fifo", "root/away": "-> @/out/fifo",
		"root/awaysocket": "-> @/out/socket", "root/tty": "-> /dev/tty", "root/null": "-> /dev/null",
	}.write(t)
	base := filepath.Dir(root)
	for _, dir := range []string{root, base + "/out"} {
		if err := syscall.Mkfifo(dir+"/fifo", 0o644); err != nil {
			t.Skip("this file system has no named pipes: ", err)
		}
		t.Chdir(dir) // the path of a socket must be short
		socket, err := net.Listen("unix", "socket")
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
	}
	if err := os.Link(base+"/out/file", root+"/hard"); err != nil {
		t.Fatal(err)
	}
	names := map[string][2]error{ // without and with host links
		"fifo":     {openfile.ErrNotRegular, openfile.ErrNotRegular},
		"fifolink": {openfile.ErrNotRegular, openfile.ErrNotRegular},
		"socket":   {syscall.ENXIO, syscall.ENXIO}, "away": {fs.ErrNotExist, openfile.ErrNotRegular},
		"awaysocket": {fs.ErrNotExist, openfile.ErrNotRegular}, "tty": {fs.ErrNotExist, openfile.ErrNotRegular},
		"null": {fs.ErrNotExist, openfile.ErrNotRegular}, "dir": {openfile.ErrNotRegular, openfile.ErrNotRegular},
		"hard": {},
	}
	// Only root can make a device, and not in every container.
	if syscall.Mknod(root+"/device", syscall.S_IFCHR|0o666, 1<<8|3) == nil {
		if f, err := os.Open(root + "/device"); err == nil {
			f.Close()
			names["device"] = [2]error{openfile.ErrNotRegular, openfile.ErrNotRegular}
		}
	}
	for i, hostLinks := range []bool{false, true} {
		for form, tree := range forms(t, root, hostLinks) {
			for name, wants := range names {
				want := wants[i]
				f, _, err := tree.OpenFile(name)
				if !errors.Is(err, want) || (f != nil) != (want == nil) {
					t.Errorf("%s, host links %v, %s: %v, want %v", name, hostLinks, form, err, want)
				}
				if f != nil {
					f.Close()
				}
				info, err := fs.Stat(tree.FS, name)
				if missing := want == fs.ErrNotExist; missing != errors.Is(err, fs.ErrNotExist) || !missing &&
					(err != nil || info.Mode().IsRegular() != (name == "hard")) {
					t.Errorf("%s, host links %v, %s is %v, %v", name, hostLinks, form, info, err)
				}
			}
			for _, name := range []string{"fifo", "fifolink", "socket", "away", "null", "device", "hard"} {
				if dir, err := tree.MakeDir(name); err == nil {
					t.Errorf("%s, host links %v, %s: %v is a directory", name, hostLinks, form, dir.Name())
				}
			}
		}
	}
}

// TestProc: below a root that is a process's directory in /proc there are links that
// lead anywhere without a path of the root.
func TestProc(t *testing.T) {
	root := "/proc/" + strconv.Itoa(os.Getpid())
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("outside"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(secret))
	f, err := os.Open(secret)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd := "fd/" + strconv.Itoa(int(f.Fd()))
	for form, tree := range forms(t, root, false) {
		for _, name := range []string{"cwd/secret", "root" + secret, "exe", fd,
			"task/" + strconv.Itoa(os.Getpid()) + "/cwd/secret",
			"task/" + strconv.Itoa(os.Getpid()) + "/" + fd} {
			if got, err := read(tree, name); err == nil {
				t.Errorf("%s, %s: %d bytes were read", name, form, len(got))
			}
			if info, err := fs.Stat(tree.FS, name); err == nil {
				t.Errorf("%s, %s is %v", name, form, info)
			}
		}
		for _, name := range []string{"cwd", "root", "root/etc"} {
			dir, err := tree.OpenDir(name)
			if err == nil {
				if got, _ := dir.Stat("."); !sameFile(t, got, root) {
					t.Errorf("%s, %s: %v can be written", name, form, got)
				}
				dir.Close()
			}
		}
		if got, err := read(tree, "comm"); err != nil || got == "" {
			t.Errorf("%s: %q, %v", form, got, err)
		}
	}
}

func sameFile(t *testing.T, info fs.FileInfo, name string) bool {
	t.Helper()
	other, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return os.SameFile(info, other)
}

// TestMounts: what is mounted below a root belongs to it, and ".." out of a mount stays
// in the root.
func TestMounts(t *testing.T) {
	if _, err := os.Stat("/dev/pts"); err != nil {
		t.Skip("nothing is mounted there: ", err)
	}
	for form, tree := range forms(t, "/dev", false) {
		for _, name := range []string{"pts", "shm"} {
			if _, err := os.Stat("/dev/" + name); err == nil && !tree.IsDir(name) {
				t.Errorf("%s, %s is not there", name, form)
			}
		}
		// /dev/fd leads to /proc/self/fd, which is not below /dev.
		for _, name := range []string{"fd/0", "stdin", "stdout", "core"} {
			if got, err := read(tree, name); err == nil {
				t.Errorf("%s, %s: %q", name, form, got)
			}
		}
	}
}

// openFiles lists the descriptors of this process with their targets.
func openFiles(t *testing.T) []string {
	t.Helper()
	var list []string
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil && !strings.HasPrefix(target, "/proc/") {
			list = append(list, e.Name()+" "+target)
		}
	}
	return list
}

// TestDescriptors: no operation on names leaves descriptors open.
func TestDescriptors(t *testing.T) {
	l := common()
	maps.Copy(l, layout{"root/l": "-> /dir", "root/away": "-> @/out", "root/loop": "-> loop"})
	root := l.write(t)
	before := openFiles(t)
	for _, hostLinks := range []bool{false, true} {
		for _, simple := range []bool{false, true} {
			tree, err := Open(root, hostLinks)
			if err != nil {
				t.Fatal(err)
			}
			tree.root.simple.Store(simple)
			opened := openFiles(t)
			for _, name := range []string{"file", "l/file", "away/file", "loop", "none", "dir"} {
				read(tree, name)
				tree.IsDir(name)
				fs.Lstat(tree.FS, name)
				fs.ReadLink(tree.FS, name)
				tree.Real(name)
				for _, open := range []func(string) (*os.Root, error){tree.OpenDir, tree.MakeDir} {
					if dir, err := open(name); err == nil {
						dir.Close()
					}
				}
			}
			if after := openFiles(t); !slices.Equal(after, opened) {
				t.Errorf("open are %q, before %q", after, opened)
			}
			if err := tree.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if tree, err := Open(root+"/file", false); err == nil {
		t.Errorf("a file is a root: %v", tree)
	}
	if after := openFiles(t); !slices.Equal(after, before) {
		t.Errorf("open are %q, before %q", after, before)
	}
}

// refusedVariable turns the test binary into a process that may not call openat2.
const refusedVariable = "GOKMOD_TREE_REFUSED"

// TestRefused runs the tests of links without openat2 in the kernel, or with a
// filter that refuses the call.
func TestRefused(t *testing.T) {
	if want := os.Getenv(refusedVariable); want != "" {
		dir, err := os.Open("/")
		if err != nil {
			t.Fatal(err)
		}
		defer dir.Close()
		if f, err := sys.OpenIn(dir, "proc", openfile.Flags, true); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("openat2 can be called: %v, %v", f, err)
		}
		tree := forms(t, t.TempDir(), false)["openat2"]
		if tree.IsDir("none") || sys.Look != 0 && tree.root.simple.Load() != (want == syscall.ENOSYS.Error()) {
			t.Errorf("the absence of openat2 is cached: %v", tree.root.simple.Load())
		}
		return
	}
	tests := "TestRefused|TestLinks|TestWriteDir|TestSpecialFiles|TestProc|TestChangedLinks"
	if !testing.Short() {
		tests += "|TestWays|TestSwapped"
	}
	for _, errno := range []syscall.Errno{syscall.ENOSYS, syscall.EPERM} {
		command := systest.Self("("+tests+")",
			refusedVariable+"="+errno.Error())
		command.Refuse = map[string]syscall.Errno{"openat2": errno}
		if stdout, stderr, exit := systest.Run(t, command, nil); exit != 0 ||
			!strings.HasSuffix(string(stdout), "PASS\n") {
			t.Errorf("with %v: exit %d\n%s%s", errno, exit, stdout, stderr)
		}
	}
}
