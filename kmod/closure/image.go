package closure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/memfs"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/tree"
	"github.com/gokmod/gokmod/kmod"
)

// TreeOptions are the options of [Closure.FS] and [Closure.CopyTo]. The zero
// value, or nil, means the defaults.
type TreeOptions struct {
	// Uncompressed unpacks compressed modules, as is better for an image that is
	// compressed as a whole, and for one whose kernel or tools cannot. Firmware
	// stays as it is.
	Uncompressed bool

	// NoConfig leaves the configuration out.
	NoConfig bool

	// BinaryIndexes leaves out the text files that modprobe(8), udev and a DB do not
	// read where the binary indexes are: modules.dep, .alias, .symbols, .builtin and
	// .order. modules.softdep, .weakdep and .devname, which have no binary form, and
	// modules.builtin.modinfo, from which modinfo(8) answers for built-ins, are there.
	// A later run of depmod(8) in the image would lack modules.builtin and .order.
	BinaryIndexes bool

	// Sync makes CopyTo flush everything to the disk, by fsync(2), before it
	// returns, and each file before it is moved into place, so that even a power
	// failure does not leave half of the tree.
	Sync bool
}

// Places in an image.
const (
	imageFirmware = "lib/firmware/"
	imageExternal = "external/" // modules from outside the module directory
	imageConfig   = "etc/modprobe.d/modules.conf"
)

// FS returns the closure as a file system, with everything that modprobe(8), udev
// and a [kmod.DB] need:
//
//	lib/modules/RELEASE/...       the modules, in their directories
//	lib/modules/RELEASE/modules.* indexes of just these modules, made anew, and
//	                              what the kernel's build left (modules.builtin)
//	lib/firmware/...              the firmware
//	etc/modprobe.d/modules.conf   the lines of configuration, if there are any
//
// Modules from outside the module directory are in lib/modules/RELEASE/external.
// Module and firmware files are read from the disk when they are opened; the others
// are in memory. All have the mode 0644 and no modification time. The file system is
// safe for concurrent use.
//
// The error says which module cannot be indexed.
func (c *Closure) FS(ctx context.Context, opts *TreeOptions) (fs.FS, error) {
	image, err := c.image(ctx, opts)
	if err != nil {
		return nil, err
	}
	return image, nil
}

func (c *Closure) image(ctx context.Context, opts *TreeOptions) (*memfs.FS, error) {
	if opts == nil {
		opts = &TreeOptions{}
	}
	if c.db == nil {
		return nil, errNoClosure
	}
	b := imageBuilder{closure: c, opts: opts, dir: moddir.Of(c.db.Release()) + "/", image: memfs.New()}
	for _, step := range []func() error{b.addModules, b.addFirmware, b.addBuildFiles, b.addConfig} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := b.addIndexes(ctx); err != nil {
		return nil, err
	}
	if opts.BinaryIndexes {
		for _, name := range textIndexes {
			b.image.Remove(b.dir + name)
		}
	}
	return b.image, nil
}

// textIndexes are the files that have a binary form, and the one that only depmod(8)
// reads.
var textIndexes = [...]string{moddir.Dep, moddir.Alias, moddir.Symbols, moddir.Builtin, moddir.Order}

// errNoClosure is the error for a Closure that Collect did not make.
var errNoClosure = errors.New("the closure was not made by a DB")

// imageBuilder collects the files of an image.
type imageBuilder struct {
	closure *Closure
	opts    *TreeOptions
	dir     string // of the modules, with a slash behind it
	image   *memfs.FS
}

// addModules adds the module files.
func (b *imageBuilder) addModules() error {
	for i := range b.closure.Modules {
		m := &b.closure.Modules[i].Module
		if m.Path == "" || m.Builtin {
			continue
		}
		name := b.moduleName(m)
		source := b.source(treeOf(b.closure.db), m.Path, b.opts.Uncompressed)
		if err := b.add(b.dir+name, memfs.File{Source: source}); err != nil {
			return fmt.Errorf("put module %s into the image: %w", plain.Name(m.Name), err)
		}
	}
	return nil
}

// moduleName is the place of a module below the module directory of the image.
func (b *imageBuilder) moduleName(m *kmod.Module) string {
	name := b.closure.db.Rel(*m)
	if strings.HasPrefix(name, "/") {
		name = imageExternal + path.Base(name)
	}
	if ext := modname.Ext(name); b.opts.Uncompressed && ext != "" {
		name = strings.TrimSuffix(name, ext) + ".ko"
	}
	return name
}

// source returns a file of a tree by its path as shown.
func (b *imageBuilder) source(t *tree.Tree, path string, unpack bool) *imageSource {
	return &imageSource{tree: t, file: strings.TrimPrefix(path, t.Prefix), shown: path, unpack: unpack,
		limit: b.closure.db.MaxModuleSize()}
}

func (b *imageBuilder) addFirmware() error {
	for i := range b.closure.Firmware {
		f := &b.closure.Firmware[i]
		from := f.tree
		if from == nil {
			from = treeOf(b.closure.db)
		}
		source := b.source(from, f.Path, false)
		if err := b.add(imageFirmware+f.Name+f.suffix, memfs.File{Source: source}); err != nil {
			return fmt.Errorf("put firmware %s into the image: %w", plain.Name(f.Name), err)
		}
	}
	return nil
}

// addBuildFiles adds the files that the kernel's build left in the module directory
// for depmod: those about built-ins, and the list of the closure's modules in link
// order.
func (b *imageBuilder) addBuildFiles() error {
	for _, name := range moddir.BuildFiles() {
		data, err := b.closure.db.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if name == moddir.Order {
			data = b.order(data)
		}
		if err := b.add(b.dir+name, memfs.File{Data: data}); err != nil {
			return err
		}
	}
	return nil
}

// order keeps the lines of modules.order that are about modules of the closure.
func (b *imageBuilder) order(all []byte) []byte {
	names := map[string]bool{}
	for i := range b.closure.Modules {
		names[b.closure.Modules[i].Name] = true
	}
	var kept []byte
	for line := range bytes.Lines(all) {
		if names[modname.FromPath(string(bytes.TrimSpace(line)))] {
			kept = append(kept, line...)
		}
	}
	return kept
}

func (b *imageBuilder) addConfig() error {
	text := b.closure.configText()
	if b.opts.NoConfig || len(text) == 0 {
		return nil
	}
	return b.add(imageConfig, memfs.File{Data: text})
}

// addIndexes indexes the modules that are in the image.
func (b *imageBuilder) addIndexes(ctx context.Context) error {
	dir := strings.TrimSuffix(b.dir, "/")
	if err := b.image.AddDir(dir); err != nil {
		return err
	}
	index, err := depmod.Scan(ctx, &depmod.Config{
		FS: b.image, Release: b.closure.db.Release(), ModuleDir: dir, NoConfig: true, MaxModuleSize: b.closure.db.MaxModuleSize(),
	})
	if err != nil {
		return fmt.Errorf("index the modules of the image: %w", err)
	}
	if unreadable := index.Report.Unreadable; len(unreadable) > 0 {
		return fmt.Errorf("index the modules of the image: %w", &unreadable[0])
	}
	files, err := index.Files()
	if err != nil {
		return fmt.Errorf("index the modules of the image: %w", err)
	}
	for _, f := range files {
		if err := b.add(b.dir+f.Name, memfs.File{Data: f.Data}); err != nil {
			return err
		}
	}
	return nil
}

// add adds a file to the image. The same file may be added twice.
func (b *imageBuilder) add(name string, f memfs.File) error {
	if err := checkImageName(name); err != nil {
		return err
	}
	err := b.image.Add(name, f)
	if errors.Is(err, memfs.ErrTaken) && b.isThere(name, f) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", plain.Name(name), err)
	}
	return nil
}

// isThere reports whether the image has the same file under that name.
func (b *imageBuilder) isThere(name string, f memfs.File) bool {
	old, _ := b.image.File(name)
	was, before := old.Source.(*imageSource)
	is, now := f.Source.(*imageSource)
	return before && now && was.file == is.file
}

// errNames is why a name cannot be in an image.
var errNames = errors.New("not a valid name for a file of an image")

// checkImageName refuses names that some system could take for anything other than
// one file below the image.
func checkImageName(name string) error {
	if _, ok := tree.Local(name); !ok || !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00") {
		return fmt.Errorf("%q: %w", name, errNames)
	}
	return nil
}

// configText is the configuration as one modprobe.d(5) file, without what depmod
// extracts from the modules.
func (c *Closure) configText() []byte {
	var text strings.Builder
	for _, line := range c.Config {
		if !line.Extracted {
			text.WriteString(line.Text + "\n")
		}
	}
	return []byte(text.String())
}
