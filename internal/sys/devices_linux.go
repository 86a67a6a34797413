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

// DeviceText is what one folder of a tree of devices has to say.
type DeviceText struct {
	// Dir is the folder, below the top and with "/" before it; "" for the top.
	Dir  string
	Text string
}

// ErrTooMany means that a tree of devices has more or deeper folders than any
// machine's.
var ErrTooMany = errors.New("there are more or deeper folders than are looked into")

// Bounds for a tree of devices. Large machines have some ten thousand folders,
// and a device behind many bridges lies some twenty deep.
const (
	maxDeviceDirs  = 1 << 20
	maxDeviceDepth = 64
)

// maxDeviceThreads bounds the threads, each of which has the directories open on
// its way down.
const maxDeviceThreads = 8

// maxDeviceFile is the size that the files of a device have at most: those of
// sysfs are no larger than a page of memory, which is 64 KiB on some machines,
// but these have one line or a few.
const maxDeviceFile = 4096

// ReadDevices goes through a tree such as /sys/devices, with several threads.
// Of each folder it reads the file "modalias", or without one the file
// "uevent", and keeps what text makes of its content, unless that is empty. The
// answers are sorted by folder. text may be called by several goroutines at
// once, and must not keep the slice. Symbolic links are not followed, and what
// vanishes meanwhile is no error.
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

// deviceWalk is what the goroutines share.
type deviceWalk struct {
	text    func(file string, content []byte) string
	jobs    chan deviceJob // for whoever has nothing to do
	pending sync.WaitGroup // jobs under way
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
	w.dirs.Store(maxDeviceDirs) // so that nobody goes on
}

// deviceDir is an open folder. It is closed when nobody needs it any more.
type deviceDir struct {
	fd    int
	name  string // below the top
	depth int
	users atomic.Int32
}

func (d *deviceDir) release() {
	if d.users.Add(-1) == 0 {
		unix.Close(d.fd)
	}
}

// deviceJob are folders within a folder that are to be gone through.
type deviceJob struct {
	in    *deviceDir
	names []string
}

// deviceVisit is one goroutine's part.
type deviceVisit struct {
	w       *deviceWalk
	found   []DeviceText
	entries []byte
	content []byte
}

func newDeviceVisit(w *deviceWalk) *deviceVisit {
	return &deviceVisit{w: w, entries: make([]byte, 32<<10), content: make([]byte, maxDeviceFile+1)}
}

// walk goes through an open folder and closes it.
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
		// The settings that a device has.
		list.folders = slices.DeleteFunc(list.folders, func(name string) bool { return name == "power" })
	}
	v.below(deviceJob{dir, list.folders})
}

// below goes through folders within a folder, and releases it. Half of those
// that are left are for others that have nothing to do.
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

// share gives a job away, if somebody has nothing to do.
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

// look reads the file of a folder that names the device.
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

// read reads a small file. One that is too large counts as empty.
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
		// The files end with the end of a line: that spares a call.
		if n += more; n < len(v.content) && v.content[n-1] == '\n' {
			return v.content[:n], nil
		}
	}
	return nil, nil
}

// skip passes over what could not be read, because it vanished or for a reason
// of its own, but not because this process could not.
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
