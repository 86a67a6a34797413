package depmod

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/tree"
	"github.com/gokmod/gokmod/modinfo"
)

// reading is the reading of module files.
type reading struct {
	ctx     context.Context
	end     context.CancelCauseFunc // of ctx
	cfg     *Config
	files   *tree.Tree
	modules []Module
	pending []int   // the modules to read
	workers int     // how many take them
	errs    []error // by module
	budget  *budget

	mu   sync.Mutex
	next int // in pending
	done int
}

// maxWorkers is how many modules are read at a time, on however many processors, since
// each worker has an open file and a symbol table of its own.
const maxWorkers = 16

// readAll reads the modules that have no record yet, with the symbols of all in
// one table. The error is that of the context, or of a machine that cannot read
// on; what is wrong with single modules is in errs.
func readAll(ctx context.Context, cfg *Config, t *tree.Tree, modules []Module, table *symbols) (errs []error, read int, err error) {
	r := &reading{cfg: cfg, files: t, modules: modules, errs: make([]error, len(modules)),
		budget: newBudget(cfg.maxBytes())}
	r.ctx, r.end = context.WithCancelCause(ctx)
	defer r.end(nil)
	for i := range modules {
		if modules[i].record == nil {
			r.pending = append(r.pending, i)
		}
	}
	workers := make([]worker, min(cfg.parallel(), maxWorkers, len(r.pending)))
	r.workers = len(workers)
	tree := newAllowance(treeAllowance)
	r.progress(len(modules) - len(r.pending))
	var wg sync.WaitGroup
	for i := range workers {
		w := &workers[i]
		w.reading, w.table, w.purse.tree = r, &symbols{}, tree
		w.keep = min(keepBuffer, cfg.maxBytes()/int64(4*len(workers)))
		wg.Go(w.work)
	}
	wg.Wait()
	for i := range workers {
		workers[i].renumber(table)
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	return r.errs, len(r.pending), context.Cause(r.ctx)
}

// batch is how many modules a worker takes at most at a time.
const batch = 8

// take gives a worker modules that no other has taken: fewer towards the end, so that
// all workers end at about the same time.
func (r *reading) take() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	rest, most := r.pending[r.next:], batch
	if r.workers > 1 {
		most = min(most, 1+len(rest)/(4*r.workers))
	}
	share := rest[:min(most, len(rest))]
	r.next += len(share)
	return share
}

func (r *reading) progress(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done += n
	if r.cfg.Progress != nil && n > 0 {
		r.cfg.Progress(r.done, len(r.modules))
	}
}

// worker reads modules one after the other into the same memory.
type worker struct {
	*reading
	parser
	read   []int  // the modules that it read
	packed []byte // the file
	image  []byte // what it holds, if that is compressed
	keep   int64  // how large a buffer may be that is kept for the next module
	share  int64  // of the budget, while a module is read
}

func (w *worker) work() {
	for w.ctx.Err() == nil {
		share := w.take()
		if len(share) == 0 {
			return
		}
		for _, i := range share {
			m := &w.modules[i]
			m.record, m.stamp, w.errs[i] = w.readFile(m.file)
			switch err := w.errs[i]; {
			case err == nil:
				w.read = append(w.read, i)
			case openfile.MachineFailed(err):
				w.end(&FileError{w.files.Show(m.file), err})
				return
			case errors.Is(err, ErrBudget):
				w.end(err)
				return
			}
		}
		w.progress(len(share))
	}
}

// renumber turns the symbols of the modules that the worker read into those of
// the table for all.
func (w *worker) renumber(table *symbols) {
	ids := table.add(w.table)
	for _, i := range w.read {
		for _, list := range [][]uint32{w.modules[i].record.exports, w.modules[i].record.needs} {
			for k, id := range list {
				list[k] = ids[id]
			}
		}
	}
}

// keepBuffer bounds the buffers that are kept: few modules need larger ones.
const keepBuffer = 8 << 20

// readFile reads a module. The stamp is zero when the file changed meanwhile,
// or nothing is known of such changes.
func (w *worker) readFile(name string) (*record, sys.Stamp, error) {
	defer w.finish()
	f, info, err := w.files.OpenFile(name)
	if err != nil {
		return nil, sys.Stamp{}, err
	}
	defer f.Close()
	if info.Size() > w.cfg.maxModuleSize() {
		return nil, sys.Stamp{}, modinfo.ErrTooLarge
	}
	w.charge(info.Size())
	r, err := w.parseFile(f, info.Size())
	if err != nil {
		return nil, sys.Stamp{}, openfile.Cause(err)
	}
	stamp, err := w.stamp(f, info)
	if err != nil {
		return nil, sys.Stamp{}, err
	}
	return r, stamp, nil
}

// parseFile parses the module in a file: parts of one that is not compressed and can be
// read anywhere, otherwise all of it.
func (w *worker) parseFile(f fs.File, size int64) (*record, error) {
	if at, ok := f.(io.ReaderAt); ok {
		elf, err := w.reader.Open(at, size, wanted)
		if err == nil {
			return w.parseELF(elf)
		}
		if !errors.Is(err, elfmod.ErrNotELF) {
			return nil, err
		}
	}
	var err error
	if w.packed, err = modfile.ReadPacked(w.packed, f, size); err != nil {
		return nil, err
	}
	return w.parsePacked()
}

// stamp returns the stamp of a file that has been read, zero if it changed meanwhile
// or nobody asks for it.
func (w *worker) stamp(f fs.File, before fs.FileInfo) (sys.Stamp, error) {
	if w.cfg.Cache == "" {
		return sys.Stamp{}, nil
	}
	after, err := f.Stat()
	switch {
	case openfile.MachineFailed(err):
		return sys.Stamp{}, openfile.Cause(err)
	case err != nil:
		return sys.Stamp{}, nil
	}
	was, _ := sys.StampOf(before)
	if now, _ := sys.StampOf(after); now != was {
		return sys.Stamp{}, nil
	}
	return was, nil
}

// charge makes the worker's share of the budget n bytes, or all there is.
func (w *worker) charge(n int64) {
	w.budget.release(w.share)
	w.share = 0
	w.share = w.budget.acquire(n)
}

// finish gives back what a module took. Large buffers go too.
func (w *worker) finish() {
	w.budget.release(w.share)
	w.share = 0
	w.reader.Shrink(w.keep)
	if int64(cap(w.packed)) > w.keep {
		w.packed = nil
	}
	if int64(cap(w.image)) > w.keep {
		w.image = nil
	}
}

// parsePacked parses the module in packed.
func (w *worker) parsePacked() (*record, error) {
	if !modfile.IsPacked(w.packed) {
		return w.parse(w.packed)
	}
	size, limit := int64(len(w.packed)), w.cfg.maxModuleSize()
	for expected := modfile.ExpectedSize(w.packed); ; expected = limit {
		w.charge(size + min(expected, limit))
		room := min(limit, w.share-size)
		if w.share == w.budget.all {
			room = limit // it is alone
		}
		image, err := w.unpack(room)
		if errors.Is(err, modinfo.ErrTooLarge) && room < limit {
			continue // the file did not say it, or not truly
		}
		if err != nil {
			return nil, err
		}
		return w.parse(image)
	}
}

// unpack unpacks the module into memory that serves the next one too.
func (w *worker) unpack(limit int64) ([]byte, error) {
	image, err := modfile.Unpack(w.image[:0], w.packed, limit)
	if cap(image) > cap(w.image) { // otherwise it is part of that
		w.image = image
	}
	return image, err
}
