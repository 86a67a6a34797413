package kmod

import (
	"errors"
	"syscall"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
)

// Insert inserts one module file, with nothing that it depends on, as
// insmod(8) does. path is a path of this machine, whatever the DB's root is.
// The error is an *[InsertError].
func (l *Loader) Insert(path, params string, flags InsertFlags) error {
	m := Module{Name: modname.FromPath(path), Path: path}
	f, info, err := openfile.Open(path)
	if err != nil {
		return &InsertError{Module: m.Name, Path: path, Params: params, Err: err}
	}
	defer f.Close()
	file, err := newModuleFile(f, info.Size(), 0)
	if err != nil {
		return &InsertError{Module: m.Name, Path: path, Params: params, Err: err}
	}
	return l.insertFile(m, file, params, flags)
}

// insertModule inserts a module of the DB.
func (l *Loader) insertModule(m Module, params string, flags InsertFlags) error {
	f, info, err := l.db.tree.open(m.file)
	if err != nil {
		return &InsertError{Module: m.Name, Path: m.Path, Params: params, Err: err}
	}
	defer f.Close()
	file, err := newModuleFile(f, info.Size(), l.db.maxModuleSize)
	if err != nil {
		return &InsertError{Module: m.Name, Path: m.Path, Params: params, Err: err}
	}
	return l.insertFile(m, file, params, flags)
}

// insertFile hands the file to the kernel and explains a refusal.
func (l *Loader) insertFile(m Module, file *moduleFile, params string, flags InsertFlags) error {
	e := &InsertError{Module: m.Name, Path: m.Path, Params: params}
	answer, err := l.hand(file, params, flags&ForceInsert)
	switch {
	case err != nil:
		e.Err = openfile.Cause(err)
	case answer != nil:
		l.explainInsert(e, file, answer)
	default:
		return nil
	}
	return e
}

// hand gives the file to the kernel in the form that suits both: by descriptor
// as it is, by descriptor for the kernel to unpack, or as an image in memory.
// It returns the kernel's answer, or why the kernel was not asked.
func (l *Loader) hand(file *moduleFile, params string, flags InsertFlags) (answer, err error) {
	if f := file.osFile(); f != nil {
		asIs := flags
		if file.codec != decompress.None {
			asIs |= CompressedFile
		}
		if asIs&CompressedFile == 0 || file.kernelUnpacks(l.compression()) {
			if answer := l.kernel.FinitModule(f, params, asIs); !refusedForm(answer, asIs) {
				return answer, nil
			}
		}
	}
	image, err := file.image()
	if err == nil && flags != 0 {
		image, err = forceImage(image, flags)
	}
	if err != nil {
		return nil, err
	}
	return l.kernel.InitModule(image, params), nil
}

// refusedForm reports whether the kernel refused the way in which the file was
// handed over, so that another one is worth a try: it lacks the system call,
// or cannot unpack files.
func refusedForm(err error, flags InsertFlags) bool {
	return errors.Is(err, syscall.ENOSYS) ||
		flags&CompressedFile != 0 && errors.Is(err, syscall.EOPNOTSUPP)
}

// forceImage does to the image what the flags ask for: init_module takes none.
// The signature goes too; it is not valid for a changed module, and the kernel
// would rather take an unsigned one than one with a false signature.
func forceImage(image []byte, flags InsertFlags) ([]byte, error) {
	if flags&IgnoreVermagic != 0 {
		if err := elfmod.HideVermagic(image); err != nil {
			return nil, err
		}
	}
	if flags&IgnoreModversions != 0 {
		if err := elfmod.HideVersions(image); err != nil {
			return nil, err
		}
	}
	return image[:unsignedSize(image)], nil
}
