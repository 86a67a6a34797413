package diagnose

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"strings"
	"sync"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/modinfo"
)

// bootImage is what the image says from which a kernel is booted. It is unpacked when it
// is first needed, and released at once: what it exports is kept.
type bootImage struct {
	mu    sync.Mutex
	known bool
	word  kernelWord
}

// get returns what the image says, which d reads when it is first needed. If it cannot
// for want of descriptors or memory, the next call tries again.
func (b *bootImage) get(d *Diagnoser) *kernelWord {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.known {
		word, err := d.readBootImage()
		if err != nil {
			d.fail(err)
			return word
		}
		b.word, b.known = *word, true
	}
	return &b.word
}

// readBootImage reads the image of the kernel's release. The error is one of the machine.
func (d *Diagnoser) readBootImage() (*kernelWord, error) {
	release := d.release()
	if d.db == nil || !kernfs.IsElement(release) {
		return &kernelWord{why: "no kernel image"}, nil
	}
	_, prefix := d.db.FS()
	none := &kernelWord{why: "no kernel image of " + plain.Name(release) + " in " + plain.Line(prefix+"boot") +
		" or " + plain.Line(d.db.Dir())}
	for _, name := range d.imageNames(release, prefix) {
		word, why, err := d.readImage(name, release)
		switch {
		case err != nil:
			return none, err
		case word != nil:
			return word, nil
		case why != "":
			none.why = "the kernel image " + plain.Line(prefix+name) + " " + why
		}
	}
	return none, nil
}

// readImage reads an image of that name, or says why it does not count, "" if there is
// none. The error is one of the machine.
func (d *Diagnoser) readImage(name, release string) (word *kernelWord, why string, err error) {
	fsys, prefix := d.db.FS()
	k, err := modinfo.OpenKernelFS(fsys, name, nil)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", nil
	case sys.Exhausted(err):
		return nil, "", &fs.PathError{Op: "read", Path: prefix + name, Err: openfile.Cause(moduleCause(err))}
	case err != nil:
		return nil, "cannot be read: " + openfile.Cause(moduleCause(err)).Error(), nil
	}
	defer k.Close()
	if why = d.unfit(k, release); why != "" {
		return nil, why, nil
	}
	if word, err = wordOf(k, prefix+name); err != nil {
		return nil, "does not show what it exports: " + moduleCause(err).Error(), nil
	}
	return word, "", nil
}

// imageNames are the names that the image of a kernel may have below the root: those of
// the distributions and of the kernel's own installation.
func (d *Diagnoser) imageNames(release, prefix string) []string {
	dir := strings.TrimPrefix(d.db.Dir(), prefix)
	var names []string
	for _, kind := range []string{"vmlinuz", "vmlinux", "Image", "kernel"} {
		names = append(names, "boot/"+kind+"-"+release)
	}
	for _, kind := range []string{"vmlinuz", "vmlinux", "Image"} {
		names = append(names, dir+"/"+kind)
	}
	return names
}

// unfit says why an image is not that of the kernel, "" if it is.
func (d *Diagnoser) unfit(k *modinfo.Kernel, release string) string {
	if k.Release() != release {
		return "is of release " + plain.Name(k.Release())
	}
	if d.opts.Kernel == nil {
		return ""
	}
	runs, built := runningBuild(d.opts.Kernel.Sys()), k.BuildID()
	if runs != nil && built != nil && !bytes.Equal(runs, built) {
		return "is another build than the kernel that runs"
	}
	return ""
}

// runningBuild is the build id of the running kernel, nil if it is not known.
func runningBuild(sysfs fs.FS) []byte {
	notes, err := kernfs.ReadText(sysfs, "kernel/notes")
	if err != nil {
		return nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if id := elfmod.NoteBuildID(order, []byte(notes)); id != nil {
			return id
		}
	}
	return nil
}
