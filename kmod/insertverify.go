package kmod

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// Reasons why a module is not inserted although LoaderConfig.Verify accepts it.
var (
	errForced = errors.New("forcing it would change what was verified")
	errNoName = errors.New("the file does not say what the module is called")
)

// insertVerified inserts a module if LoaderConfig.Verify accepts it. The kernel gets
// the bytes that were verified, so it does not matter what happens to the file
// meanwhile.
func (l *Loader) insertVerified(m Module, file *modfile.File, params string, flags live.InsertFlags) error {
	image, err := l.verifiedImage(m, file, flags)
	if err != nil {
		return err
	}
	defer image.Release()
	log := l.openLog()
	defer log.close()
	answer := l.kernel.InitModule(image.Bytes, params)
	if answer == nil {
		return nil
	}
	file.Replace(image.Bytes)
	e := &Error{Op: "insert", Module: m.Name, Path: m.Path, Params: params}
	l.explainInsert(e, m, file, 0, answer, log)
	return e
}

// verifiedImage reads a module and has it verified.
func (l *Loader) verifiedImage(m Module, file *modfile.File, flags live.InsertFlags) (modfile.Image, error) {
	if flags&live.ForceInsert != 0 {
		return modfile.Image{}, m.forbidden(errForced)
	}
	image, err := file.Image()
	if err != nil {
		return image, m.failed("insert", openfile.Cause(err))
	}
	err = l.cfg.Verify(m.Name, image.Bytes)
	if err == nil {
		err = l.checkName(m.Name, image.Bytes)
	}
	if err != nil {
		image.Release()
		return image, m.forbidden(err)
	}
	return image, nil
}

// verifyOnly verifies the module of a step in a dry run.
func (l *Loader) verifyOnly(s *Step, flags live.InsertFlags, room *modfile.Room) error {
	if l.cfg.Verify == nil {
		return nil
	}
	m := s.Module
	file, err := openModule(l.db, m)
	if err != nil {
		return &Error{Op: "insert", Module: m.Name, Path: m.Path, Params: s.Params, Err: err}
	}
	defer file.Close()
	file.Within(room)
	image, err := l.verifiedImage(m, file, flags)
	if err == nil {
		image.Release()
	}
	return err
}

// checkName makes sure that the kernel will know a module by the name of its file, or
// by one that LoaderConfig.VerifyName accepts: a file that passes verification may have
// replaced another one.
func (l *Loader) checkName(file string, image []byte) error {
	f, err := modinfo.NewFile(bytes.NewReader(image), int64(len(image)), nil)
	if err != nil {
		return err
	}
	defer f.Close()
	own, err := f.ModuleName()
	switch {
	case err != nil:
		return err
	case own == "":
		return errNoName
	case own == file:
		return nil
	case l.cfg.VerifyName != nil:
		return l.cfg.VerifyName(file, own)
	}
	return fmt.Errorf("the file holds the module %s", plain.Name(own))
}
