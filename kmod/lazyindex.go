package kmod

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/textindex"
	"github.com/gokmod/gokmod/modinfo"
)

// maxIndex bounds an index file that cannot be mapped. The largest of real kernels
// take a few megabytes.
const maxIndex = 1 << 30

// lazyIndex is an index file that is opened when first needed. Where it does not exist,
// the text file that says the same takes its place. If there is neither, it is an index
// without entries; callers that only it could answer call DB.require first.
type lazyIndex struct {
	dir      moddir.Dir
	name     string
	text     textFile
	optional bool // the file may be missing

	cur atomic.Pointer[openIndex] // set once, until close

	mu     sync.Mutex // guards what follows, and setting cur
	absent bool
	err    error // that of a damaged file, which stays
	closed bool
}

// openIndex is an open index file, or what was made of a text file. Its memory is
// released when the DB is closed and the last call that reads it has ended.
type openIndex struct {
	name    string // of the file, in its directory
	reader  *index.Reader
	mapping *sys.Mapping // nil for a copy in memory
	refs    atomic.Int32 // one for the DB, one for each call
}

// acquire opens the index if need be and takes a reference to it, which the
// caller releases. It is nil when there is no such file.
func (l *lazyIndex) acquire() (*openIndex, error) {
	if o := l.cur.Load(); o != nil && o.retain() {
		return o, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch o := l.cur.Load(); {
	case l.closed:
		return nil, fmt.Errorf("look into %s: the DB is closed: %w", l.dir.Show(l.name), os.ErrClosed)
	case l.absent || l.err != nil:
		return nil, l.err
	case o != nil && o.retain():
		return o, nil
	}
	o, err := openIndexFile(l.dir, l.name)
	if errors.Is(err, fs.ErrNotExist) {
		o, err = l.text.open()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.absent = true
		return nil, nil
	case errors.Is(err, ErrCorrupt):
		l.err = err
		return nil, err
	case err != nil:
		return nil, err // it may work the next time
	}
	o.refs.Store(2)
	l.cur.Store(o)
	return o, nil
}

// close releases the index. Calls under way can still finish.
func (l *lazyIndex) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if o := l.cur.Swap(nil); o != nil {
		return o.release()
	}
	return nil
}

// retain takes a reference, unless the last one is gone.
func (o *openIndex) retain() bool {
	for {
		refs := o.refs.Load()
		if refs == 0 {
			return false
		}
		if o.refs.CompareAndSwap(refs, refs+1) {
			return true
		}
	}
}

func (o *openIndex) release() error {
	if o.refs.Add(-1) == 0 && o.mapping != nil {
		return o.mapping.Close()
	}
	return nil
}

// guard runs f, which reads the index, so that a file truncated meanwhile is an error
// and does not crash the program.
func (o *openIndex) guard(f func() error) error {
	if o.mapping == nil {
		return f()
	}
	return o.mapping.Guard(f)
}

// openIndexFile opens an index file of the module directory.
func openIndexFile(dir moddir.Dir, name string) (*openIndex, error) {
	data, mapping, err := readIndex(dir, name)
	if err != nil {
		return nil, fmt.Errorf("open index %s: %w", dir.Show(name), err)
	}
	o := &openIndex{name: name, mapping: mapping}
	err = o.guard(func() (err error) {
		o.reader, err = index.New(dir.Show(name), data)
		return err
	})
	if err != nil {
		if mapping != nil {
			mapping.Close()
		}
		return nil, err
	}
	return o, nil
}

// readIndex makes the contents of the file available, mapped where possible. An empty
// index of built-ins counts as missing: depmod(8) writes one if the kernel's build
// left no list of them.
func readIndex(dir moddir.Dir, name string) ([]byte, *sys.Mapping, error) {
	f, info, err := dir.Tree.OpenFile(dir.File(name))
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if info.Size() == 0 && strings.HasPrefix(name, "modules.builtin.") {
		return nil, nil, fs.ErrNotExist
	}
	file, ok := f.(sys.HostFile)
	if !ok {
		data, err := openfile.ReadAll(nil, f, info.Size(), maxIndex)
		return data, nil, err
	}
	mapping, err := sys.MapFile(file, info.Size())
	if err != nil {
		return nil, nil, err
	}
	return mapping.Bytes(), mapping, nil
}

// get looks up the first value of a key. ok is false when there is none.
func (l *lazyIndex) get(key string) (value string, ok bool, err error) {
	o, err := l.acquire()
	if o == nil {
		return "", false, err
	}
	defer o.release()
	err = o.guard(func() error {
		value, _, ok, err = o.reader.Get(key)
		return err
	})
	return value, ok, err
}

// match returns the values of all patterns that match the query, by priority. The
// budget is one for several queries; it may be nil.
func (l *lazyIndex) match(budget *glob.Budget, query string) (values []index.Entry, err error) {
	o, err := l.acquire()
	if o == nil {
		return nil, err
	}
	defer o.release()
	err = o.guard(func() error {
		values, err = o.reader.MatchWithin(budget, nil, query)
		return err
	})
	return values, err
}

// all yields every entry in the order of keys. It ends after an error.
func (l *lazyIndex) all() iter.Seq2[index.Entry, error] {
	return func(yield func(index.Entry, error) bool) {
		o, err := l.acquire()
		if err != nil {
			yield(index.Entry{}, err)
		}
		if o == nil {
			return
		}
		defer o.release()
		stopped := false
		err = o.guard(func() error {
			for entry, err := range o.reader.All() {
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

// state reports whether the file can be searched (open), does not exist (absent), or
// cannot be opened (neither).
func (l *lazyIndex) state() (open, absent bool) {
	o, err := l.acquire()
	if o != nil {
		o.release()
	}
	return o != nil, o == nil && err == nil
}

// source is the name of the file that answers.
func (l *lazyIndex) source() string {
	if o := l.cur.Load(); o != nil {
		return o.name
	}
	return l.name
}

// textFile is a text file that says the same as an index file.
type textFile struct {
	dir  moddir.Dir
	name string
	read func(name string, data []byte) ([]index.Entry, error)
}

// open makes an index in memory of the file. The error wraps fs.ErrNotExist if there is
// no such file, and ErrCorrupt if it is damaged.
func (t textFile) open() (*openIndex, error) {
	data, err := t.dir.ReadFile(t.name, textindex.MaxSize)
	if err != nil {
		return nil, err
	}
	entries, err := t.read(t.dir.Show(t.name), data)
	if err != nil {
		return nil, err
	}
	index.Sort(entries)
	encoded, err := index.Encode(entries)
	if err != nil {
		return nil, fmt.Errorf("make an index of %s: %w", t.dir.Show(t.name), err)
	}
	reader, err := index.New(t.dir.Show(t.name), encoded)
	return &openIndex{name: t.name, reader: reader}, err
}

// readBuiltinAliases reads the aliases in modules.builtin.modinfo, as depmod(8) puts them
// into modules.builtin.alias.bin.
func readBuiltinAliases(name string, data []byte) ([]index.Entry, error) {
	if n := bytes.Count(data, []byte{0}); n > textindex.MaxEntries {
		return nil, fmt.Errorf("%s: %d fields: %w", name, n, ErrCorrupt)
	}
	var entries []index.Entry
	for module, info := range modinfo.Builtins(data) {
		for _, pattern := range info.Aliases() {
			key, err := modname.NormalizeAlias(pattern)
			e := index.Entry{Key: key, Value: module}
			if err == nil && index.Check(e) == nil {
				entries = append(entries, e)
			}
		}
	}
	return entries, nil
}
