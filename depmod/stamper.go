package depmod

import (
	"io/fs"
	"os"
	"sync"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
)

// stamper gets the stamps of module files while the search for others
// continues. Without a cache it is a nil pointer.
type stamper struct {
	parcels chan []stampJob
	parcel  []stampJob // not sent yet
	workers sync.WaitGroup
	show    func(name string) string // a directory's path as in messages

	mu  sync.Mutex
	err error // why some stamps are missing
}

// stampJob is an open directory with module files.
type stampJob struct {
	dir     string // its name in the tree
	file    fs.File
	entries []fs.DirEntry
	stamps  []sys.Stamp // by entry
}

// A worker gets several directories at a time, since waking it costs more than a
// single directory. All waiting directories are open: those of the parcel being
// made, a parcel that was sent, and one for each worker. Machines with more
// processors do not get more workers.
const (
	parcelSize   = 8
	parcels      = 1
	stampWorkers = 2
)

func newStamper(show func(name string) string) *stamper {
	s := &stamper{parcels: make(chan []stampJob, parcels), show: show}
	for range stampWorkers {
		s.workers.Go(func() {
			for parcel := range s.parcels {
				for i := range parcel {
					s.do(&parcel[i])
				}
			}
		})
	}
	return s
}

// take takes over a directory, and closes it once the stamps of its module
// files are known. They must not be used before wait returns. Those of symbolic
// links stay zero.
func (s *stamper) take(dir string, f fs.File, entries []fs.DirEntry) []sys.Stamp {
	stamps := make([]sys.Stamp, len(entries))
	if s == nil {
		f.Close()
		return stamps
	}
	if s.parcel = append(s.parcel, stampJob{dir, f, entries, stamps}); len(s.parcel) == parcelSize {
		s.parcels <- s.parcel
		s.parcel = nil
	}
	return stamps
}

// wait returns once all stamps are there. The error is one that ends a scan.
func (s *stamper) wait() error {
	if s == nil {
		return nil
	}
	s.parcels <- s.parcel
	close(s.parcels)
	s.workers.Wait()
	return s.err
}

func (s *stamper) do(j *stampJob) {
	defer j.file.Close()
	var names []string
	var places []int
	for i, e := range j.entries {
		if e.Type().IsRegular() && modname.IsModuleFile(e.Name()) {
			names, places = append(names, e.Name()), append(places, i)
		}
	}
	err := j.each(names, places, func(i int, stamp sys.Stamp, err error) error {
		if openfile.MachineFailed(err) {
			return &FileError{s.show(join(j.dir, names[i])), openfile.Cause(err)}
		}
		j.stamps[places[i]] = stamp // zero for a file that vanished
		return nil
	})
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

// each gets the stamps of the entries at the given indexes.
func (j *stampJob) each(names []string, places []int, found func(i int, s sys.Stamp, err error) error) error {
	if dir, ok := j.file.(*os.File); ok {
		return sys.StampsIn(dir, names, found)
	}
	for i, place := range places {
		var stamp sys.Stamp
		info, err := j.entries[place].Info()
		if err == nil {
			stamp, _ = sys.StampOf(info)
		}
		if err := found(i, stamp, err); err != nil {
			return err
		}
	}
	return nil
}
