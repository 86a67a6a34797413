package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/openfile"
)

// The results of ways, besides contents of files.
var (
	isInvalid = "!invalid"
	isMissing = "!missing"
	isLoop    = "!loop"
	isNoDir   = "!not a directory"
	isLong    = "!too long"
	isDir     = "!a directory"
	isSpecial = "!special"
	isOutside = "!outside"
	isNUL     = "!NUL"
)

var answers = map[string]error{
	isInvalid: fs.ErrInvalid, isMissing: fs.ErrNotExist, isLoop: syscall.ELOOP, isNoDir: syscall.ENOTDIR,
	isLong: syscall.ENAMETOOLONG, isDir: openfile.ErrNotRegular, isSpecial: openfile.ErrNotRegular,
	isOutside: ErrOutside, isNUL: syscall.EINVAL,
}

// way is a possible way out of a root: links, and a name that leads there.
type way struct {
	what  string
	links layout // besides those that all layouts have
	name  string
	read  string // the content of the file, or an answer
	host  string // the same with host links, "" if it is that
	dir   string // the directory that is opened for writing, or an answer
	made  string // the same where directories are made, "" if it is that
}

// common is in all layouts.
func common() layout {
	return layout{
		"root/file": "in", "root/dir/file": "in dir", "root/out/file": "in out", "out/file": "out",
		"out/sub/file":  "out sub",
		"root/etc/keep": "in etc", "file": "above",
	}
}

var long = strings.Repeat("n", 255)

var ways = []way{
	{"plain", nil, "dir/file", "in dir", "", isNoDir, ""},
	{"root", nil, ".", isDir, "", ".", ""},
	{"missing", nil, "none/sub", isMissing, "", isMissing, "none/sub"},

	// Names.
	{"up", nil, "..", isInvalid, "", isOutside, ""},
	{"up and down", nil, "../out/file", isInvalid, "", isOutside, ""},
	{"up within", nil, "dir/../file", isInvalid, "", isOutside, ""},
	{"up over", nil, "dir/../../out/file", isInvalid, "", isOutside, ""},
	{"absolute", nil, "/file", isInvalid, "", isOutside, ""},
	{"top", nil, "/", isInvalid, "", isOutside, ""},
	{"empty", nil, "", isInvalid, "", isOutside, ""},
	{"empty element", nil, "dir//file", isInvalid, "", isOutside, ""},
	{"slash behind", nil, "dir/", isInvalid, "", isOutside, ""},
	{"dot", nil, "./file", isInvalid, "", isOutside, ""},
	{"dot behind", nil, "dir/.", isInvalid, "", isOutside, ""},
	{"NUL", nil, "dir\x00/../../out/file", isInvalid, "", isOutside, ""},
	{"NUL in the last", nil, "file\x00", isNUL, "", isNUL, ""},
	{"file as a directory", nil, "file/x", isNoDir, "", isNoDir, ""},
	{"255 bytes", layout{"root/" + long: "long"}, long, "long", "", isNoDir, ""},
	{"256 bytes", nil, long + "n", isLong, "", isLong, ""},
	{"many elements", nil, strings.Repeat("dir/", 1100) + "x", isLong, "", isLong, ""},

	// Absolute links.
	{"link to the root", layout{"root/l": "-> /"}, "l/file", "in", isMissing, isOutside, ""},
	{"link to a file", layout{"root/l": "-> /file"}, "l", "in", "", isNoDir, ""},
	{"link to a directory", layout{"root/l": "-> /dir"}, "l", isDir, "", "dir", ""},
	{"link out", layout{"root/l": "-> @/out/file"}, "l", isMissing, "out", isOutside, ""},
	{"link to a directory outside", layout{"root/l": "-> @/out"}, "l/file", isMissing, "out", isOutside, ""},
	{"link to what is in both", layout{"root/l": "-> @/out", "root/@/out/file": "both"}, "l/file", "both", "",
		isNoDir, ""},
	{"link to the root by its path", layout{"root/l": "-> @/root"}, "l/file", isMissing, "in", isOutside, ""},
	{"empty elements", layout{"root/l": "-> //dir///file"}, "l", "in dir", "", isNoDir, ""},
	{"slashes behind", layout{"root/l": "-> /dir//"}, "l/file", "in dir", "", isNoDir, ""},
	{"slash after a file", layout{"root/l": "-> /file/"}, "l", isNoDir, isMissing, isOutside, ""},
	{"dot after a file", layout{"root/l": "-> file/."}, "l", isNoDir, "", isNoDir, ""},
	{"up after a file", layout{"root/l": "-> file/.."}, "l", isNoDir, "", isNoDir, ""},
	{"dots", layout{"root/l": "-> /./dir/./file"}, "l", "in dir", "", isNoDir, ""},

	// Links that climb.
	{"link up within", layout{"root/dir/l": "-> ../file"}, "dir/l", "in", "", isNoDir, ""},
	{"link up to the root", layout{"root/dir/l": "-> .."}, "dir/l/file", "in", "", isNoDir, ""},
	{"link up over the root", layout{"root/l": "-> ../file"}, "l", "in", "", isNoDir, ""},
	{"link up far over it", layout{"root/l": "-> ../../../../../../../../dir/file"}, "l", "in dir", "", isNoDir, ""},
	{"link up, out", layout{"root/l": "-> ../out/sub/file"}, "l", isMissing, "out sub", isOutside, ""},
	{"link up, and to what is in both", layout{"root/l": "-> ../out/file"}, "l", "in out", "", isNoDir, ""},
	{"link down and up", layout{"root/l": "-> dir/../../out/sub"}, "l/file", isMissing, "out sub", isOutside, ""},
	{"link down and up within", layout{"root/l": "-> dir/../out"}, "l", isDir, "", "out", ""},
	{"up through what is not there", layout{"root/l": "-> none/../file"}, "l", isMissing, "", isMissing, ""},
	{"absolute and up", layout{"root/l": "-> /dir/../../out/sub/file"}, "l", isMissing, "", isOutside, ""},
	{"up after a link", layout{"root/a/b/file": "in b", "root/l": "-> /a/b", "root/m": "-> l/../../file"},
		"m", "in", "", isNoDir, ""},
	{"up after a link out", layout{"root/l": "-> @/out/sub", "root/m": "-> l/../file"}, "m", isMissing, "out",
		isOutside, ""},

	// Chains and loops.
	{"chain", layout{"root/l": "-> m", "root/m": "-> /dir/n", "root/dir/n": "-> ../out/file"}, "l", "in out",
		"", isNoDir, ""},
	{"chain out", layout{"root/l": "-> m", "root/m": "-> /dir/n", "root/dir/n": "-> @/out/file"}, "l",
		isMissing, "out", isOutside, ""},
	{"to itself", layout{"root/l": "-> l"}, "l", isLoop, "", isLoop, ""},
	{"absolute, to itself", layout{"root/l": "-> /l"}, "l", isLoop, isMissing, isOutside, ""},
	{"loop of two", layout{"root/l": "-> dir/m", "root/dir/m": "-> ../l"}, "l", isLoop, "", isLoop, ""},
	{"to what is below itself", layout{"root/l": "-> l/file"}, "l", isLoop, "", isLoop, ""},
	{"to its directory", layout{"root/dir/l": "-> ."}, "dir/l/l/l/file", "in dir", "", isNoDir, ""},
	{"absolute, to its directory", layout{"root/dir/l": "-> /dir"}, "dir/l/l/file", "in dir", isMissing,
		isOutside, ""},
	{"to the directory above", layout{"root/dir/l": "-> .."}, "dir/l/dir/l/file", "in", "", isNoDir, ""},
	{"on the host, to its directory", layout{"root/@/out/host": "-> @/out"}, "@/out/host/file", isMissing,
		"out", isOutside, "@/out/file"},
	{"nowhere", layout{"root/l": "-> none"}, "l", isMissing, "", isMissing, ""},
	{"absolute, nowhere", layout{"root/l": "-> /none"}, "l", isMissing, "", isOutside, ""},

	// Files of the system.
	{"the root of a process", layout{"root/l": "-> /proc/self/root"}, "l/etc/passwd", isMissing, "*", isOutside, ""},
	{"a descriptor", layout{"root/l": "-> /proc/self/fd/0"}, "l", isMissing, "*", isOutside, ""},
	{"a device", layout{"root/l": "-> /dev/null"}, "l", isMissing, isSpecial, isOutside, ""},
	{"a long name", layout{"root/l": "-> " + long + "n"}, "l", isLong, "", isLong, ""},
	{"a long path", layout{"root/l": "-> " + strings.Repeat("../", 1300) + "dir/file"}, "l", "in dir", "",
		isNoDir, ""},
}

// TestWays tries every way, in each kind of tree, for reading and for writing.
func TestWays(t *testing.T) {
	for _, w := range ways {
		t.Run(w.what, func(t *testing.T) {
			l := common()
			maps.Copy(l, w.links)
			root := l.write(t)
			for _, hostLinks := range []bool{false, true} {
				for form, tree := range forms(t, root, hostLinks) {
					t.Run(fmt.Sprint("host links ", hostLinks, " ", form), func(t *testing.T) {
						w.try(t, tree, root, hostLinks)
					})
				}
			}
		})
	}
}

func (w *way) try(t *testing.T, tree *Tree, root string, hostLinks bool) {
	base := filepath.Dir(root)
	name := strings.ReplaceAll(w.name, "@", base[1:])
	before := listOutside(t, base)

	want := w.read
	if hostLinks && w.host != "" {
		want = w.host
	}
	w.tryRead(t, tree, name, want)
	if !hostLinks {
		staysIn(t, tree, root, name)
	}
	w.tryDir(t, tree, root, name, w.dir, tree.OpenDir)
	made := w.dir
	if w.made != "" {
		made = w.made
		defer os.RemoveAll(filepath.Join(root, strings.ReplaceAll(made, "@", base)))
	}
	w.tryDir(t, tree, root, name, made, tree.MakeDir)
	if after := listOutside(t, base); !slices.Equal(before, after) {
		t.Errorf("outside there is %q, before %q", after, before)
	}
}

// tryRead opens and examines the target of a name.
func (w *way) tryRead(t *testing.T, tree *Tree, name, want string) {
	t.Helper()
	if want == "*" {
		return // inherited by the test
	}
	f, _, err := tree.OpenFile(name)
	var got string
	if f != nil {
		data, readErr := fs.ReadFile(tree.FS, name)
		if got = string(data); readErr != nil {
			t.Errorf("%s: %v", name, readErr)
		}
		f.Close()
	}
	if wrong := answers[want]; wrong != nil && !errors.Is(err, wrong) || wrong == nil && (err != nil || got != want) {
		t.Errorf("reading %.99s: %q, %v, want %s", name, got, err, want)
	}
	info, err := fs.Stat(tree.FS, name)
	switch {
	case want == isDir && (err != nil || !info.IsDir()), want == isSpecial && (err != nil || info.Mode().IsRegular()),
		answers[want] == nil && (err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(want))),
		answers[want] != nil && want != isDir && want != isSpecial && !errors.Is(err, answers[want]):
		t.Errorf("looking at %.99s: %v, %v, want %s", name, info, err, want)
	}
	mode, modeErr := openfile.Mode(tree.FS, name)
	if (err == nil) != (modeErr == nil) || err == nil && mode.IsRegular() != info.Mode().IsRegular() ||
		answers[want] != nil && want != isDir && want != isSpecial && !errors.Is(modeErr, answers[want]) {
		t.Errorf("the type of %.99s: %v, %v, want %s", name, mode, modeErr, want)
	}
	if isDirectory := tree.IsDir(name); isDirectory != (want == isDir) {
		t.Errorf("%.99s is a directory: %v, want %s", name, isDirectory, want)
	}
}

// tryDir opens, or makes, the directory that a name leads to, and writes into it.
func (w *way) tryDir(t *testing.T, tree *Tree, root, name, want string, open func(string) (*os.Root, error)) {
	t.Helper()
	dir, err := open(name)
	if wrong := answers[want]; wrong != nil {
		if !errors.Is(err, wrong) || dir != nil {
			t.Errorf("the directory %.99s: %v, %v, want %s", name, dir, err, want)
		}
		return
	}
	if err != nil {
		t.Errorf("the directory %s: %v, want %s", name, err, want)
		return
	}
	sameDir(t, dir, filepath.Join(root, strings.ReplaceAll(want, "@", filepath.Dir(root))))
}

// listOutside lists files, with contents, outside the root.
func listOutside(t *testing.T, base string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(base, func(name string, d fs.DirEntry, err error) error {
		if name == base+"/root" {
			return fs.SkipDir
		}
		text, _ := os.ReadFile(name)
		list = append(list, name+": "+string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// staysIn checks by identity that the target of a name, whatever the operation,
// is a file of the root.
func staysIn(t *testing.T, tree *Tree, root, name string) {
	t.Helper()
	var inside []fs.FileInfo
	err := filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		info, infoErr := d.Info()
		inside = append(inside, info)
		return errors.Join(err, infoErr)
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, info fs.FileInfo, err error) {
		t.Helper()
		if err == nil && !slices.ContainsFunc(inside, func(i fs.FileInfo) bool { return os.SameFile(i, info) }) {
			t.Errorf("%s %.99s leads out of the root", what, name)
		}
	}
	info, err := fs.Stat(tree.FS, name)
	check("looking at", info, err)
	info, err = fs.Lstat(tree.FS, name)
	check("looking at the link", info, err)
	if f, err := tree.FS.Open(name); err == nil {
		info, err := f.Stat()
		check("opening", info, err)
		f.Close()
	}
	if dir, err := tree.OpenDir(name); err == nil {
		info, err := dir.Stat(".")
		check("writing into", info, err)
		dir.Close()
	}
	if real, err := tree.Real(name); err == nil && fs.ValidPath(name) {
		info, err := os.Lstat(real)
		check("the path of", info, err)
	}
	if at, outside := tree.Outside(name); outside {
		t.Errorf("%.99s leads out of the root, to %s", name, at)
	}
}
