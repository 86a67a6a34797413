package diagnose

import (
	"context"
	"errors"

	"github.com/gokmod/gokmod/internal/parallel"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// together are module files that are to be loaded together. If several have the same
// name, or export the same symbol, the first one counts.
type together struct {
	byName  map[string]*subject // by module name
	exports map[string]*subject // by the symbols that those export
	unread  []*subject          // those that cannot be read, but may be modules
}

// readTogether reads files, on all processors. A file that cannot be read is not an
// error, unless descriptors or memory ran out.
func readTogether(db *kmod.DB, files []*subject) (together, error) {
	parallel.Each(context.Background(), len(files), func(i int) { files[i].read(db) })
	t := together{byName: map[string]*subject{}, exports: map[string]*subject{}}
	for _, s := range files {
		if err := s.exhaustion(); err != nil {
			return t, err
		}
		t.add(s)
	}
	return t, nil
}

// add adds a file that was read.
func (t *together) add(s *subject) {
	switch {
	case s.err != nil && !errors.Is(s.err, modinfo.ErrFormat):
		t.unread = append(t.unread, s)
	case s.err != nil || t.byName[s.name] != nil:
	default:
		t.byName[s.name] = s
		for symbol := range s.exports {
			if t.exports[symbol] == nil {
				t.exports[symbol] = s
			}
		}
	}
}
