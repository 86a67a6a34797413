package kmod

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"syscall"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// Insert inserts one module file, without its dependencies and without configuration,
// as insmod(8) does. path is a path of this machine, whatever the DB's root is. A module
// that is in the kernel already is an error, and nothing is tried again. The end of the
// context is noticed before the kernel is asked, whose answer no context can hasten. The
// error is an *[Error] of "insert" or "load", or that of the context.
func (l *Loader) Insert(ctx context.Context, path, params string, flags live.InsertFlags) error {
	m := Module{Name: modname.FromPath(path), Path: path, Local: true}
	if err := l.mayInsert(ctx, m, params); err != nil {
		return err
	}
	file, err := openModule(l.db, m)
	return ofInitAlone(l.insertOpened(m, params, flags, nil, file, err))
}

// InsertFile is [Loader.Insert] for an open file, which is read from its beginning, may be
// compressed, and need not have a name any more: one that was deleted, or made by
// memfd_create(2). It stays open, and its offset as it is. Its Name is for errors, and is
// the module's file name for LoaderConfig.Verify.
func (l *Loader) InsertFile(ctx context.Context, f *os.File, params string, flags live.InsertFlags) error {
	if f == nil {
		return &Error{Op: "insert", Params: params, Err: os.ErrInvalid}
	}
	m := Module{Name: modname.FromPath(f.Name()), Path: f.Name(), Local: true}
	if err := l.mayInsert(ctx, m, params); err != nil {
		return err
	}
	file, err := modfile.Lend(f, l.db.limit())
	return ofInitAlone(l.insertOpened(m, params, flags, nil, file, err))
}

// InsertImage is [Loader.Insert] for a module in memory, which may be compressed. It must
// not change until the call returns. Errors, Policy and Verify have the module's own name,
// and no path; VerifyName is not asked, as there is no other name.
func (l *Loader) InsertImage(ctx context.Context, image []byte, params string, flags live.InsertFlags) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	file := modfile.NewBytes(image, l.db.limit())
	defer file.Close()
	m := Module{Name: nameWithin(file), Local: true}
	if err := l.mayInsert(ctx, m, params); err != nil {
		return err
	}
	return ofInitAlone(l.insertOpened(m, params, flags, nil, file, nil))
}

// nameWithin returns the name that stands in a module, "" if it has none.
func nameWithin(file *modfile.File) (name string) {
	_ = inspect(file, func(f *modinfo.File) error {
		name = kernfs.OwnName(f)
		return nil
	})
	return name
}

// mayInsert asks the context and Policy about a module that the caller has.
func (l *Loader) mayInsert(ctx context.Context, m Module, params string) error {
	if err := ctx.Err(); err != nil || l.cfg.Policy == nil {
		return err
	}
	of := cmp.Or(m.Path, m.Name)
	err := l.cfg.Policy(&Step{Module: m, Params: params, Reasons: []Reason{{Kind: ReasonRequested, Of: of}}})
	if err != nil {
		return m.forbidden(err)
	}
	return nil
}

// insertModule inserts a module of the DB, or one that the caller named by its
// path. It is unpacked in the room, if there is one.
func (l *Loader) insertModule(m Module, params string, flags live.InsertFlags, room *modfile.Room) error {
	file, err := openModule(l.db, m)
	return l.insertOpened(m, params, flags, room, file, err)
}

// insertOpened inserts a module from its file and closes that, unless it could not be
// opened.
func (l *Loader) insertOpened(
	m Module, params string, flags live.InsertFlags, room *modfile.Room, file *modfile.File, err error,
) error {
	if err != nil {
		return &Error{Op: "insert", Module: m.Name, Path: m.Path, Params: params, Err: err}
	}
	defer file.Close()
	file.Within(room)
	if l.cfg.Verify != nil {
		return l.insertVerified(m, file, params, flags)
	}
	return l.insertFile(m, file, params, flags)
}

// insertFile hands the file to the kernel and explains a refusal.
func (l *Loader) insertFile(m Module, file *modfile.File, params string, flags live.InsertFlags) error {
	flags &= live.ForceInsert
	log := l.openLog()
	defer log.close()
	answer, err := l.hand(file, params, flags)
	if answer == nil && err == nil {
		return nil
	}
	e := &Error{Op: "insert", Module: m.Name, Path: m.Path, Params: params}
	if err != nil {
		e.Err = openfile.Cause(err)
	} else {
		l.explainInsert(e, m, file, flags, answer, log)
	}
	return e
}

// hand gives the file to the kernel in a form that suits both: by descriptor as it
// is, by descriptor for the kernel to unpack, or as an image in memory. It returns
// the kernel's answer, or why the kernel was not asked.
func (l *Loader) hand(file *modfile.File, params string, flags live.InsertFlags) (answer, err error) {
	packed, err := file.Packed()
	if err != nil {
		return nil, err
	}
	var f *os.File
	kernelFirst := packed && l.cfg.Unpack == UnpackKernel && l.kernelUnpacks(file)
	if !packed || kernelFirst {
		f = file.Descriptor()
	}
	if f != nil {
		asIs := flags
		if packed {
			asIs |= live.CompressedFile
		}
		answer := l.kernel.FinitModule(f, params, asIs)
		if !refusedForm(answer, asIs) && !(file.Lent() && errors.Is(answer, sys.TextBusy)) {
			return answer, nil
		}
	}
	unpacked, err := file.Image()
	if err != nil {
		return nil, err
	}
	defer unpacked.Release()
	image := unpacked.Bytes
	if flags != 0 {
		if image, err = forceImage(image, flags); err != nil {
			return nil, err
		}
	}
	answer = l.kernel.InitModule(image, params)
	if refusedImage(answer) && packed && !kernelFirst && l.kernelUnpacks(file) {
		answer = l.kernel.FinitModule(file.Descriptor(), params, flags|live.CompressedFile)
	}
	return answer, nil
}

// kernelUnpacks reports whether the kernel can take a compressed file as it is.
func (l *Loader) kernelUnpacks(file *modfile.File) bool {
	if file.Descriptor() == nil {
		return false
	}
	form, err := file.Form()
	return err == nil && form.KernelUnpacks(l.codec.get(l.kernel.Sys()))
}

// refusedImage reports whether the kernel may have refused a module because it did
// not come from a file, as LoadPin and IMA do.
func refusedImage(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES)
}

// refusedForm reports whether the kernel refused the way the file was handed over, so
// that another one is worth trying: it lacks the system call, or cannot unpack files.
func refusedForm(err error, flags live.InsertFlags) bool {
	return errors.Is(err, syscall.ENOSYS) ||
		flags&live.CompressedFile != 0 && errors.Is(err, syscall.EOPNOTSUPP)
}

// forceImage applies the flags to the image, as init_module takes none. It cuts off
// the signature, which is not valid for a changed module: a kernel may take an
// unsigned module, but not one with a wrong signature.
func forceImage(image []byte, flags live.InsertFlags) ([]byte, error) {
	if flags&live.IgnoreVermagic != 0 {
		if err := elfmod.HideVermagic(image); err != nil {
			return nil, err
		}
	}
	if flags&live.IgnoreModversions != 0 {
		if err := elfmod.HideVersions(image); err != nil {
			return nil, err
		}
	}
	return image[:unsignedSize(image)], nil
}

// kernelCodec is the codec of the modules that the kernel can unpack, from
// /sys/module/compression. It stays the same until the next boot, so it is read once.
// A missing file counts only once /sys is mounted. It is safe for concurrent use; its
// zero value is ready.
type kernelCodec struct {
	mu    sync.Mutex
	known bool
	name  string
}

// get returns the codec, "" if there is none or the kernel does not say.
func (c *kernelCodec) get(sys fs.FS) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		var err error
		c.name, err = kernfs.Read(sys, "module/compression")
		c.known = c.name != "" || errors.Is(err, fs.ErrNotExist) && kernfs.Exists(sys, "module")
	}
	return c.name
}
