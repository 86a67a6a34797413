package sys

import (
	"cmp"
	"errors"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// DeviceText is the text of one directory of a device tree.
type DeviceText struct {
	// Dir is the directory relative to the top, with a leading "/"; "" for the
	// top.
	Dir  string
	Text string
}

// ErrTooMany means that a device tree has more or deeper directories than any
// real machine's.
var ErrTooMany = errors.New("the tree has more or deeper directories than any machine's")

// Bounds for a device tree. Large machines have some ten thousand directories,
// and a device behind many bridges is some twenty levels deep.
const (
	maxDeviceDirs  = 1 << 20
	maxDeviceDepth = 64
)

// maxDeviceThreads bounds the threads, each of which holds the directories on
// its path open.
const maxDeviceThreads = 8

// maxDeviceFile is the largest size of a device's files: those of sysfs are at
// most a page of memory, which is 64 KiB on some machines, but these have only
// a line or a few.
const maxDeviceFile = 4096

// ReadDevices walks a tree such as /sys/devices, with several threads. In each
// directory it reads the file "modalias" or, if there is none, the file
// "uevent", and keeps the result of text for its content unless that is empty.
// The results are sorted by directory. text may be called concurrently, and
// must not keep the slice. Symbolic links are not followed, and a file or
// directory that vanishes meanwhile is not an error.
func ReadDevices(top string, text func(file string, content []byte) string) ([]DeviceText, error) {
	fd, err := openDir(unix.AT_FDCWD, top)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: top, Err: err}
	}
	w := &deviceWalk{text: text, jobs: make(chan deviceJob)}
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), maxDeviceThreads) - 1 {
		workers.Go(func() {
			v := newDeviceVisit(w)
			for job := range w.jobs {
				v.below(job)
				w.pending.Done()
			}
			w.add(v.found)
		})
	}
	v := newDeviceVisit(w)
	v.walk(fd, "", 0)
	w.pending.Wait()
	close(w.jobs)
	workers.Wait()
	w.add(v.found)
	if w.err != nil {
		return nil, &os.PathError{Op: "walk", Path: top, Err: w.err}
	}
	slices.SortFunc(w.found, func(a, b DeviceText) int { return cmp.Compare(a.Dir, b.Dir) })
	return w.found, nil
}

// deviceWalk is shared by the goroutines.
type deviceWalk struct {
	text    func(file string, content []byte) string
	jobs    chan deviceJob // for idle goroutines
	pending sync.WaitGroup // jobs in progress
	dirs    atomic.Int64

	mu    sync.Mutex
	found []DeviceText
	err   error
}

func (w *deviceWalk) add(found []DeviceText) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = append(w.found, found...)
}

func (w *deviceWalk) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
	w.dirs.Store(maxDeviceDirs) // so that no goroutine goes on
}

// deviceDir is an open directory. Its last user closes it.
type deviceDir struct {
	fd    int
	name  string // relative to the top
	depth int
	users atomic.Int32
}

func (d *deviceDir) release() {
	if d.users.Add(-1) == 0 {
		unix.Close(d.fd)
	}
}

// deviceJob is a number of subdirectories to walk.
type deviceJob struct {
	in    *deviceDir
	names []string
}

// deviceVisit is one goroutine's state.
type deviceVisit struct {
	w       *deviceWalk
	found   []DeviceText
	entries []byte
	content []byte
}

func newDeviceVisit(w *deviceWalk) *deviceVisit {
	return &deviceVisit{w: w, entries: make([]byte, 32<<10), content: make([]byte, maxDeviceFile+1)}
}

// walk walks an open directory and closes it.
func (v *deviceVisit) walk(fd int, name string, depth int) {
	dir := &deviceDir{fd: fd, name: name, depth: depth}
	dir.users.Store(1)
	if v.w.dirs.Add(1) > maxDeviceDirs || depth > maxDeviceDepth {
		v.w.fail(ErrTooMany)
		dir.release()
		return
	}
	list, err := v.list(fd)
	if err != nil {
		v.skip(err)
		dir.release()
		return
	}
	v.look(dir, list)
	if list.uevent {
		// The settings of a device.
		list.dirs = slices.DeleteFunc(list.dirs, func(name string) bool { return name == "power" })
	}
	v.below(deviceJob{dir, list.dirs})
}

// below walks subdirectories, and releases their directory. It offers half of
// those left to idle goroutines.
func (v *deviceVisit) below(job deviceJob) {
	defer job.in.release()
	for len(job.names) > 0 {
		half := (len(job.names) + 1) / 2
		if half < len(job.names) && v.share(deviceJob{job.in, job.names[half:]}) {
			job.names = job.names[:half]
		}
		name := job.names[0]
		job.names = job.names[1:]
		fd, err := openDir(job.in.fd, name)
		if err != nil {
			v.skip(err)
			continue
		}
		v.walk(fd, job.in.name+"/"+name, job.in.depth+1)
	}
}

// share gives a job to an idle goroutine, if there is one.
func (v *deviceVisit) share(job deviceJob) bool {
	job.in.users.Add(1)
	v.w.pending.Add(1)
	select {
	case v.w.jobs <- job:
		return true
	default:
		v.w.pending.Done()
		job.in.users.Add(-1)
		return false
	}
}

// look reads the file that identifies the device of a directory.
func (v *deviceVisit) look(dir *deviceDir, list deviceEntries) {
	file := ""
	switch {
	case list.modalias:
		file = "modalias"
	case list.uevent:
		file = "uevent"
	default:
		return
	}
	content, err := v.read(dir.fd, file)
	if err != nil {
		v.skip(err)
		return
	}
	if text := v.w.text(file, content); text != "" {
		v.found = append(v.found, DeviceText{dir.name, text})
	}
}

// read reads a small file. A file that is too large counts as empty.
func (v *deviceVisit) read(at int, name string) ([]byte, error) {
	fd, err := openAt(at, name, unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	n := 0
	for n < len(v.content) {
		var more int
		err := retry(func() (err error) { more, err = unix.Read(fd, v.content[n:]); return err })
		if err != nil {
			return nil, err
		}
		if more == 0 {
			return v.content[:n], nil
		}
		// The files end with a newline: recognizing it spares a call.
		if n += more; n < len(v.content) && v.content[n-1] == '\n' {
			return v.content[:n], nil
		}
	}
	return nil, nil
}

// skip ignores a file or directory that cannot be read because it vanished, or
// for a reason of its own, but not because this process is out of resources.
func (v *deviceVisit) skip(err error) {
	if Exhausted(err) {
		v.w.fail(err)
	}
}

func openDir(at int, name string) (int, error) { return openAt(at, name, unix.O_DIRECTORY) }

func openAt(at int, name string, flags int) (fd int, err error) {
	err = retry(func() error {
		fd, err = unix.Openat(at, name, flags|unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_LARGEFILE, 0)
		return err
	})
	return fd, err
}
