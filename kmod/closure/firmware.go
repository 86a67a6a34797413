package closure

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/tree"
)

// Firmware is a file that drivers may ask the kernel for.
type Firmware struct {
	// Name is what the drivers ask for, relative to the firmware directories and
	// without the extension of a compressed file. For missing firmware that a driver
	// names by a pattern it is the pattern.
	Name string `json:"name"`

	// Path is the file, with the root it lies under, or its name in
	// Options.Firmware; "" if it is missing.
	Path string `json:"path,omitempty"`

	// Size is that of the file, as it lies on the disk.
	Size int64 `json:"size,omitempty"`

	// Modules are the names of the modules that name it, sorted.
	Modules []string `json:"modules"`

	tree   *tree.Tree // that has the file, nil for that of the DB
	suffix string     // "", ".zst", ".xz"
}

// firmwareSuffixes are the forms of a firmware file in the order in which the
// kernel tries them, each in all directories.
var firmwareSuffixes = [...]string{"", ".zst", ".xz"}

// maxFirmware bounds how many names of firmware a closure looks for. All modules
// of a distribution's kernel together name about three thousand.
const maxFirmware = 1 << 17

// Bounds in bytes for the memory that firmware names of modules take, and for that
// of the directory entries and the matches. perName is what a name takes besides its
// text.
const (
	maxFirmwareText   = 64 << 20
	maxFirmwareMemory = 256 << 20
	perName           = 64
)

var errFirmware = errors.New("the modules name too many firmware files")

// Reasons why a firmware name is refused.
var (
	errFirmwareEmpty    = errors.New("it is empty")
	errFirmwareAbsolute = errors.New("it is an absolute path")
	errFirmwareUp       = errors.New("it leads out of the firmware directories")
	errFirmwareBytes    = errors.New("it has bytes that do not belong in a name")
)

// checkFirmware returns why a name that a module gives cannot be a file in a firmware
// directory.
func checkFirmware(name string) error {
	switch {
	case name == "":
		return errFirmwareEmpty
	case name[0] == '/':
		return errFirmwareAbsolute
	case slices.Contains(strings.Split(name, "/"), ".."):
		return errFirmwareUp
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) || !fs.ValidPath(path.Clean(name)):
		return errFirmwareBytes
	case path.Clean(name) == ".":
		return errFirmwareEmpty
	}
	return nil
}

// firmwareDir is a directory with firmware.
type firmwareDir struct {
	tree *tree.Tree
	dir  string
}

// firmwareFinder resolves names of firmware.
type firmwareFinder struct {
	dirs   []firmwareDir // those that exist
	left   int           // names that may still be looked up
	lister firmwareLister
}

// newFirmwareFinder determines the directories: all of those given, or the existing
// ones of those where the kernel looks.
func newFirmwareFinder(t *tree.Tree, release string, opts *Options) (*firmwareFinder, error) {
	f := &firmwareFinder{left: maxFirmware}
	f.lister = firmwareLister{dirs: map[firmwareDir][]fs.DirEntry{},
		left: maxFirmwareEntries, steps: glob.Steps(maxFirmwareSteps), room: maxFirmwareMemory}
	if opts.NoFirmware {
		return f, nil
	}
	if opts.Firmware != nil {
		f.dirs = append(f.dirs, firmwareDir{tree.New(opts.Firmware), "."})
	}
	for _, path := range opts.FirmwareDirs {
		dir, err := givenDir(t, path)
		if err != nil {
			return nil, err
		}
		f.dirs = append(f.dirs, firmwareDir{t, dir})
	}
	if opts.FirmwareDirs == nil {
		for _, dir := range firmwareDirs(t, release) {
			if t.IsDir(dir) {
				f.dirs = append(f.dirs, firmwareDir{t, dir})
			}
		}
	}
	return f, nil
}

// givenDir is the name of a directory that the caller gave.
func givenDir(t *tree.Tree, path string) (string, error) {
	dir := tree.Names([]string{path})[0]
	if dir == "" {
		dir = "." // the root itself
	}
	if !fs.ValidPath(dir) {
		return "", fmt.Errorf("firmware directory %s: %w", plain.Name(path), tree.ErrOutside)
	}
	info, err := fs.Stat(t.FS, dir)
	if err == nil && !info.IsDir() {
		err = openfile.ErrNotDir
	}
	if err != nil {
		return "", &fs.PathError{Op: "open firmware directory", Path: t.Show(dir), Err: openfile.Cause(err)}
	}
	return dir, nil
}

// firmwareDirs are the directories where the kernel looks, as
// Documentation/driver-api/firmware/fw_search_paths.rst has them.
func firmwareDirs(t *tree.Tree, release string) []string {
	top := moddir.Merged(t, "lib/firmware")
	return []string{top + "/updates/" + release, top + "/updates", top + "/" + release, top}
}

// find returns what a name stands for: a file, or all files that match it if it is a
// pattern.
func (f *firmwareFinder) find(name string) ([]Firmware, error) {
	name = path.Clean(name)
	if f.left--; f.left < 0 {
		return nil, errFirmware
	}
	if found, ok, err := f.file(name); err != nil {
		return nil, err
	} else if ok {
		return []Firmware{found}, nil
	}
	if !strings.ContainsAny(name, "*?[") {
		return nil, nil
	}
	var all []Firmware
	matches, err := f.matches(name)
	for _, match := range matches {
		found, ok, err := f.file(match)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, found)
		}
	}
	return all, err
}

// file finds a file as the kernel does. An error means that the machine failed.
func (f *firmwareFinder) file(name string) (Firmware, bool, error) {
	for _, suffix := range firmwareSuffixes {
		for _, d := range f.dirs {
			file := path.Join(d.dir, name) + suffix
			opened, info, err := d.tree.OpenFile(file)
			if openfile.MachineFailed(err) {
				return Firmware{}, false, &fs.PathError{Op: "open", Path: d.tree.Show(file), Err: err}
			}
			if err != nil {
				continue
			}
			opened.Close()
			found := Firmware{Name: name, Path: d.tree.Show(file), Size: info.Size(), tree: d.tree, suffix: suffix}
			return found, true, nil
		}
	}
	return Firmware{}, false, nil
}

// findFirmware finds the firmware that the modules name (names has it at the module's
// index), and removes the modules that cannot be read.
func (b *builder) findFirmware(ctx context.Context, modules []Module, names [][]string) error {
	if b.firmwareText.Load() > maxFirmwareText {
		return fmt.Errorf("find the firmware of the modules: %w", errFirmware)
	}
	users := map[string][]string{} // the modules that name it
	for i := range modules {
		if b.dropped[modules[i].Name] {
			continue
		}
		for _, name := range names[i] {
			if err := checkFirmware(name); err != nil {
				b.warn(Warning{Kind: WarnFirmware, Module: modules[i].Name,
					Text: fmt.Sprintf("the firmware name %q is refused: %v", name, err)})
				continue
			}
			users[name] = append(users[name], modules[i].Name)
		}
	}
	b.keepReadable()
	finder := b.finder
	found := map[string]*Firmware{}
	for _, name := range slices.Sorted(maps.Keys(users)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		files, err := finder.find(name)
		if err != nil {
			return fmt.Errorf("find the firmware %s: %w", plain.Name(name), err)
		}
		if len(files) == 0 {
			b.addFirmware(&b.closure.MissingFirmware, Firmware{Name: name, Modules: users[name]})
		}
		if err := finder.lister.take(int64(len(files)) * int64(len(users[name])) * perName); err != nil {
			return fmt.Errorf("find the firmware %s: %w", plain.Name(name), err)
		}
		for _, f := range files {
			if found[f.Name] == nil {
				found[f.Name] = &f
			}
			found[f.Name].Modules = append(found[f.Name].Modules, users[name]...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		b.addFirmware(&b.closure.Firmware, *found[name])
	}
	return nil
}

// addFirmware adds firmware to a list, unless the caller leaves it out.
func (b *builder) addFirmware(list *[]Firmware, f Firmware) {
	f.Modules = inOrder(f.Modules)
	if b.opts.KeepFirmware == nil || b.opts.KeepFirmware(f) {
		*list = append(*list, f)
	}
}

// inOrder sorts names and removes repetitions.
func inOrder(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
