package diagnose

import (
	"cmp"
	"fmt"

	"github.com/gokmod/gokmod/internal/symtab"
	"github.com/gokmod/gokmod/modinfo"
)

// kernelWord is what a kernel says of itself, and where that was read.
type kernelWord struct {
	exports      *symtab.Exports // nil if they are not known
	source       string          // of the exports: a path, or the kind of file
	why          string          // why they are not known: "no kernel image", or a clause
	image        string          // of the rest: the path of a kernel image
	vermagic     string          // "" if it is not known
	architecture string          // "" if it is not known
}

// The sources of what is known of the kernel, where no path is known.
const (
	sourceSymvers   = "Module.symvers"
	sourceSystemMap = "System.map"
	sourceImage     = "the kernel image"
	sourceKallsyms  = "/proc/kallsyms"
	sourceLog       = "the kernel log"
)

// word returns what the files that were given say, or else the image of the kernel.
func (d *Diagnoser) word() *kernelWord {
	if d.given.exports != nil {
		return &d.given
	}
	return d.facts.boot.get(d)
}

// lookup finds an exported symbol.
func (w *kernelWord) lookup(name string) (symtab.Export, bool) {
	if w.exports == nil {
		return symtab.Export{}, false
	}
	return w.exports.Lookup(name)
}

// without says what else is missing that would tell something, beside the image.
func (w *kernelWord) without(other string) string {
	if w.why == "" {
		return other
	}
	return other + ", and " + w.why
}

// layout returns the version of module_layout.
func (w *kernelWord) layout() (version uint32, known bool) {
	e, ok := w.lookup(moduleLayout)
	return e.CRC, ok && w.exports.Versions
}

// readGiven reads what the caller has of the kernel.
func (d *Diagnoser) readGiven(opts *Options) error {
	if opts.Symvers != nil {
		exports, err := symtab.ReadExports(opts.Symvers)
		if err != nil {
			return fmt.Errorf("read Module.symvers: %w", err)
		}
		d.take(exports, sourceSymvers)
	}
	if opts.Image != nil {
		path := cmp.Or(opts.Image.Path(), sourceImage)
		d.given.image, d.given.vermagic, d.given.architecture = path, opts.Image.Vermagic(), opts.Image.Architecture()
		if d.given.exports == nil {
			exports, err := exportsOf(opts.Image)
			if err != nil {
				return err
			}
			d.take(exports, path)
		}
	}
	if d.given.exports == nil && opts.Symvers == nil && opts.SystemMap != nil {
		exports, err := symtab.ReadMapExports(opts.SystemMap)
		if err != nil {
			return fmt.Errorf("read System.map: %w", err)
		}
		d.take(exports, sourceSystemMap)
	}
	return nil
}

// take keeps the exports in a file, unless it lists none of the kernel.
func (d *Diagnoser) take(exports *symtab.Exports, source string) {
	if !exports.HasKernel() {
		d.stub = true
		return
	}
	d.given.exports, d.given.source = exports, source
}

// wordOf is what an image says.
func wordOf(k *modinfo.Kernel, path string) (*kernelWord, error) {
	exports, err := exportsOf(k)
	if err != nil {
		return nil, err
	}
	return &kernelWord{exports: exports, source: path, image: path,
		vermagic: k.Vermagic(), architecture: k.Architecture()}, nil
}

// exportsOf are the exports that an image shows. The image may be closed afterwards.
func exportsOf(k *modinfo.Kernel) (*symtab.Exports, error) {
	var failed error
	exports := symtab.NewExports(func(yield func(string, symtab.Export) bool) {
		for e, err := range k.Exports() {
			export := symtab.Export{CRC: e.CRC, GPLOnly: e.GPLOnly, Namespace: e.Namespace}
			if failed = err; err != nil || !yield(e.Name, export) {
				return
			}
		}
	})
	if failed != nil {
		return nil, failed
	}
	return exports, nil
}
