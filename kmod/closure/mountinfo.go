package closure

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
)

// mount is a line of /proc/PID/mountinfo, proc_pid_mountinfo(5):
//
//	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
//
// There may be any number of fields before the dash.
type mount struct {
	dev    string // major:minor
	point  string
	fstype string
	source string // the device, for file systems that have one
}

// maxLong bounds the long files of /proc: a machine may have thousands of mounts.
const maxLong = 16 << 20

// readLong reads a file of /proc that may be long.
func readLong(proc fs.FS, name string) (string, error) {
	f, _, err := openfile.OpenFS(proc, name)
	if err != nil {
		return "", &fs.PathError{Op: "open", Path: name, Err: openfile.Cause(err)}
	}
	defer f.Close()
	data, err := openfile.ReadAll(nil, f, 0, maxLong)
	if err != nil {
		return "", &fs.PathError{Op: "read", Path: name, Err: openfile.Cause(err)}
	}
	return string(data), nil
}

// readMounts reads the mounts of a process, in order.
func readMounts(proc fs.FS, name string) ([]mount, error) {
	text, err := readLong(proc, name)
	if err != nil {
		return nil, err
	}
	mounts, err := parseMounts(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return mounts, nil
}

var errMount = errors.New("not a line about a mount")

// parseMounts reads the text of mountinfo.
func parseMounts(text string) ([]mount, error) {
	var mounts []mount
	number := 0
	for line := range strings.Lines(text) {
		number++
		before, after, dash := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		front, back := strings.Split(before, " "), strings.Split(after, " ")
		if !dash || len(front) < 6 || len(back) < 2 {
			return nil, fmt.Errorf("line %d: %w", number, errMount)
		}
		mounts = append(mounts, mount{
			dev: front[2], point: unescapeMount(front[4]), fstype: back[0], source: unescapeMount(back[1]),
		})
	}
	return mounts, nil
}

// unescapeMount undoes what the kernel does to white space and backslashes, which it
// writes as three octal digits.
func unescapeMount(s string) string {
	head, rest, found := strings.Cut(s, "\\")
	if !found {
		return s
	}
	var b strings.Builder
	for b.WriteString(head); found; b.WriteString(head) {
		var c byte
		digits := 0
		for ; digits < 3 && digits < len(rest) && rest[digits]-'0' < 8; digits++ {
			c = c<<3 | (rest[digits] - '0')
		}
		if digits < 3 {
			c, digits = '\\', 0
		}
		b.WriteByte(c)
		head, rest, found = strings.Cut(rest[digits:], "\\")
	}
	return b.String()
}

// mountAt returns the mount with the file system that a directory is in, nil for none:
// the deepest one, and of those at the same place the last, which hides the others.
func mountAt(mounts []mount, dir string) *mount {
	dir = path.Clean("/" + dir)
	var at *mount
	for i := range mounts {
		m := &mounts[i]
		inside := m.point == dir || m.point == "/" || strings.HasPrefix(dir, m.point+"/")
		if inside && (at == nil || len(m.point) >= len(at.point)) {
			at = m
		}
	}
	return at
}
