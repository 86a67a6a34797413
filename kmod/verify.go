package kmod

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
)

// Reasons for which a module is not inserted although LoaderConfig.Verify
// accepts it.
var (
	errForced = errors.New("to force it would change what was verified")
	errNoName = errors.New("the file does not say what the module is called")
)

// insertVerified inserts a module if LoaderConfig.Verify accepts it. The kernel
// gets the bytes that were verified, and whatever happens to the file meanwhile
// does not matter.
func (l *Loader) insertVerified(m Module, file *moduleFile, params string, flags InsertFlags) error {
	image, err := l.verifiedImage(m, file, flags)
	if err != nil {
		return err
	}
	defer recycle(image)
	log := l.openLog()
	defer log.close()
	answer := l.kernel.InitModule(image, params)
	if answer == nil {
		return nil
	}
	file.verified = image
	e := &InsertError{Module: m.Name, Path: m.Path, Params: params}
	l.explainInsert(e, m, file, 0, answer, log)
	return e
}

// verifiedImage reads a module and has it verified. Its memory can go to
// recycle.
func (l *Loader) verifiedImage(m Module, file *moduleFile, flags InsertFlags) ([]byte, error) {
	if flags&ForceInsert != 0 {
		return nil, &PolicyError{Module: m.Name, Path: m.Path, Err: errForced}
	}
	image, err := file.image()
	if err != nil {
		return nil, &InsertError{Module: m.Name, Path: m.Path, Err: openfile.Cause(err)}
	}
	err = l.cfg.Verify(m.Name, image)
	if err == nil {
		err = checkName(m.Name, image)
	}
	if err != nil {
		recycle(image)
		return nil, &PolicyError{Module: m.Name, Path: m.Path, Err: err}
	}
	return image, nil
}

// verifyOnly does what comes before the insert of a step in a dry run.
func (l *Loader) verifyOnly(s *Step, flags InsertFlags) error {
	if l.cfg.Verify == nil {
		return nil
	}
	m := s.Module
	file, err := l.openModule(m)
	if err != nil {
		return &InsertError{Module: m.Name, Path: m.Path, Params: s.Params, Err: err}
	}
	defer file.Close()
	image, err := l.verifiedImage(m, file, flags)
	if err == nil {
		recycle(image)
	}
	return err
}

// checkName makes sure that the kernel will know a module by the name under
// which it was asked for: a file that was verified may have been put in the
// place of another one.
func checkName(name string, image []byte) error {
	f, err := elfmod.NewBytes(image)
	if err != nil {
		return err
	}
	said := false
	for _, check := range []func(*elfmod.File, string) (string, error){nameInModinfo, nameInStruct} {
		other, err := check(f, name)
		switch {
		case err != nil:
			return err
		case other == "":
		case modname.Normalize(other) != name:
			return fmt.Errorf("the file holds the module %s", printable(other))
		default:
			said = true
		}
	}
	if !said {
		return errNoName
	}
	return nil
}

// nameInModinfo is the name that the field "name" gives, "" for none.
func nameInModinfo(f *elfmod.File, _ string) (string, error) {
	data, err := f.NamedData(".modinfo")
	if err != nil {
		return "", err
	}
	for field := range bytes.SplitSeq(data, []byte{0}) {
		if name, ok := bytes.CutPrefix(field, []byte("name=")); ok {
			return string(name), nil
		}
	}
	return "", nil
}

// nameInStruct is the name in the module's struct module, the one that the
// kernel takes. Where it stands there depends on the kernel: the rest of the
// structure is zero as a rule, so that it is name if that is there, and else the
// first string.
func nameInStruct(f *elfmod.File, name string) (string, error) {
	data, err := f.NamedData(".gnu.linkonce.this_module")
	if err != nil {
		return "", err
	}
	if bytes.Contains(data, []byte("\x00"+name+"\x00")) {
		return name, nil
	}
	first, _, _ := bytes.Cut(bytes.TrimLeft(data, "\x00"), []byte{0})
	return string(first), nil
}
