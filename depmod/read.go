package depmod

import (
	"context"
	"io"
	"io/fs"
	"sync"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/tree"
	"github.com/gokmod/gokmod/modinfo"
)

// reading is the reading of all module files.
type reading struct {
	ctx     context.Context
	cfg     *Config
	tree    *tree.Tree
	modules []Module
	errs    []error // by module
	budget  *budget

	mu   sync.Mutex
	next int
	done int
}

// readAll reads the modules. The error is that of the context; what is wrong
// with single modules is in errs.
func readAll(ctx context.Context, cfg *Config, t *tree.Tree, modules []Module) ([]error, error) {
	r := &reading{ctx: ctx, cfg: cfg, tree: t, modules: modules, errs: make([]error, len(modules)), budget: newBudget(cfg.maxBytes())}
	var wg sync.WaitGroup
	for range min(cfg.parallel(), len(modules)) {
		wg.Go(r.work)
	}
	wg.Wait()
	return r.errs, ctx.Err()
}

// batch is how many modules a worker takes at a time.
const batch = 8

func (r *reading) work() {
	w := worker{reading: r, names: newNames()}
	for r.ctx.Err() == nil {
		from, to := r.take()
		if from == to {
			return
		}
		for i := from; i < to; i++ {
			r.modules[i].record, r.errs[i] = w.read(r.modules[i].file)
		}
		r.progress(to - from)
	}
}

// take gives a worker modules that nobody has taken yet.
func (r *reading) take() (from, to int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	from = r.next
	r.next = min(from+batch, len(r.modules))
	return from, r.next
}

func (r *reading) progress(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done += n
	if r.cfg.Progress != nil {
		r.cfg.Progress(r.done, len(r.modules))
	}
}

// worker reads modules one after the other into the same memory.
type worker struct {
	*reading
	names  *names
	packed []byte // the file
	image  []byte // what it holds, if that is compressed
}

// keepBuffer is how large a buffer may be that is kept for the next module.
const keepBuffer = 8 << 20

func (w *worker) read(name string) (*record, error) {
	f, info, err := w.tree.OpenFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	limit := w.cfg.MaxModuleSize
	if limit == 0 {
		limit = modinfo.DefaultMaxSize
	}
	size := info.Size()
	if size > limit {
		return nil, modinfo.ErrTooLarge
	}
	// An uncompressed module is rarely more than six times as large.
	share := w.budget.acquire(8 * size)
	defer w.budget.release(share)
	if err := w.load(f, size); err != nil {
		return nil, err
	}
	image := w.packed
	if decompress.Detect(image) != decompress.None {
		w.image, err = decompress.Bytes(w.image[:0], w.packed, limit)
		if image = w.image; err != nil {
			return nil, err
		}
	}
	r, err := parse(image, w.names)
	if cap(w.packed) > keepBuffer {
		w.packed = nil
	}
	if cap(w.image) > keepBuffer {
		w.image = nil
	}
	return r, err
}

// load reads a whole file.
func (w *worker) load(f fs.File, size int64) error {
	if int64(cap(w.packed)) < size {
		w.packed = make([]byte, size+size/4)
	}
	w.packed = w.packed[:size]
	n, err := io.ReadFull(f, w.packed)
	w.packed = w.packed[:n]
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		err = nil // it became shorter, which the parser notices
	}
	return openfile.Cause(err)
}
