package kmod

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"sync"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/sys"
)

// maxIndex bounds an index file that cannot be mapped. The largest of real
// kernels have a few megabytes.
const maxIndex = 1 << 30

// lazyIndex is an index file that is opened when first needed. A file that
// does not exist is an index without entries.
type lazyIndex struct {
	name string

	once    sync.Once
	reader  *index.Reader
	mapping *sys.Mapping
	err     error
}

// open returns the reader, nil when there is no such file.
func (l *lazyIndex) open(db *DB) (*index.Reader, error) {
	l.once.Do(func() {
		data, err := l.read(db)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			l.err = fmt.Errorf("open index %s: %w", db.file(l.name), err)
		default:
			l.err = l.guard(func() error {
				l.reader, err = index.New(db.file(l.name), data)
				return err
			})
		}
	})
	return l.reader, l.err
}

// read makes the contents of the file available, mapped where possible.
func (l *lazyIndex) read(db *DB) ([]byte, error) {
	f, info, err := db.tree.open(db.dir + "/" + l.name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	osFile, ok := f.(*os.File)
	if !ok {
		return readBounded(f, info.Size())
	}
	if l.mapping, err = sys.MapFile(osFile, info.Size()); err != nil {
		return nil, err
	}
	return l.mapping.Bytes(), nil
}

func readBounded(r io.Reader, size int64) ([]byte, error) {
	if size > maxIndex {
		return nil, fmt.Errorf("%d bytes are too much for an index", size)
	}
	return io.ReadAll(io.LimitReader(r, maxIndex))
}

// guard runs f, which reads the index, so that a file cut off by somebody else
// meanwhile is an error and not the end of the program.
func (l *lazyIndex) guard(f func() error) error {
	if l.mapping == nil {
		return f()
	}
	return l.mapping.Guard(f)
}

// get looks up the first value of a key. ok is false when there is none.
func (l *lazyIndex) get(db *DB, key string) (value string, ok bool, err error) {
	reader, err := l.open(db)
	if reader == nil {
		return "", false, err
	}
	err = l.guard(func() error {
		value, _, ok, err = reader.Get(key)
		return err
	})
	return value, ok, err
}

// match returns the values of all patterns that match the query, by priority.
func (l *lazyIndex) match(db *DB, query string) (values []index.Entry, err error) {
	reader, err := l.open(db)
	if reader == nil {
		return nil, err
	}
	err = l.guard(func() error {
		values, err = reader.Match(nil, query)
		return err
	})
	return values, err
}

// all yields every entry in the order of keys. It ends after an error.
func (l *lazyIndex) all(db *DB) iter.Seq2[index.Entry, error] {
	return func(yield func(index.Entry, error) bool) {
		reader, err := l.open(db)
		if err != nil {
			yield(index.Entry{}, err)
		}
		if reader == nil {
			return
		}
		stopped := false
		err = l.guard(func() error {
			for entry, err := range reader.All() {
				if stopped = !yield(entry, err) || err != nil; stopped {
					break
				}
			}
			return nil
		})
		if err != nil && !stopped {
			yield(index.Entry{}, err)
		}
	}
}

func (l *lazyIndex) close() error {
	l.once.Do(func() {}) // from now on it cannot be opened any more
	if l.mapping == nil {
		return nil
	}
	return l.mapping.Close()
}
