package depmod

import (
	"io/fs"
	"os"
	"sync"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/sys"
)

// stamper finds out the stamps of module files while others are still looked
// for. Without a cache there is none, a nil pointer.
type stamper struct {
	parcels chan []stampJob
	parcel  []stampJob // not on its way yet
	workers sync.WaitGroup
}

// stampJob is an open folder with module files.
type stampJob struct {
	folder  fs.File
	entries []fs.DirEntry
	stamps  []sys.Stamp // by entry
}

// A worker gets several folders at a time, since waking it costs more than one
// folder does. All folders that wait are open.
const (
	parcelSize = 16
	parcels    = 2
)

func newStamper(parallel int) *stamper {
	s := &stamper{parcels: make(chan []stampJob, parcels)}
	for range parallel {
		s.workers.Go(func() {
			for parcel := range s.parcels {
				for i := range parcel {
					parcel[i].do()
				}
			}
		})
	}
	return s
}

// take closes a folder, once it has the stamps of the module files in it. They
// must not be looked at before wait returns. Those of symbolic links stay zero.
func (s *stamper) take(folder fs.File, entries []fs.DirEntry) []sys.Stamp {
	stamps := make([]sys.Stamp, len(entries))
	if s == nil {
		folder.Close()
		return stamps
	}
	if s.parcel = append(s.parcel, stampJob{folder, entries, stamps}); len(s.parcel) == parcelSize {
		s.parcels <- s.parcel
		s.parcel = nil
	}
	return stamps
}

// wait returns when all stamps are there.
func (s *stamper) wait() {
	if s != nil {
		s.parcels <- s.parcel
		close(s.parcels)
		s.workers.Wait()
	}
}

func (j *stampJob) do() {
	defer j.folder.Close()
	var names []string
	var places []int
	for i, e := range j.entries {
		if e.Type().IsRegular() && modname.IsModuleFile(e.Name()) {
			names, places = append(names, e.Name()), append(places, i)
		}
	}
	if dir, ok := j.folder.(*os.File); ok {
		for i, stamp := range sys.StampsIn(dir, names) {
			j.stamps[places[i]] = stamp
		}
		return
	}
	for _, i := range places {
		if info, err := j.entries[i].Info(); err == nil {
			j.stamps[i], _ = sys.StampOf(info)
		}
	}
}
