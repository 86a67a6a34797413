package main

import (
	"errors"
	"io"
	"os"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/modinfo"
)

// loadKernel reads the kernel's exports. It reports false if it cannot.
func (d *indexer) loadKernel(cfg *depmod.Config) bool {
	var name string
	var kernel *depmod.KernelSymbols
	var err error
	switch {
	case d.symvers != "":
		d.versions, name = true, d.symvers
		kernel, err = d.readSymbols(name, depmod.ReadSymvers)
	case d.image != "":
		name = d.image
		kernel, err = d.readImage()
	case d.systemMap != "":
		name = d.systemMap
		kernel, err = d.readSymbols(name, depmod.ReadSystemMap)
	case d.checkSymbols:
		d.c.say(levelWarning, "-e needs -E or -F")
	}
	if err != nil {
		d.c.say(levelFatal, "could not load %s: %s", name, reason(err))
		return false
	}
	if d.checkSymbols {
		cfg.Kernel = kernel
	}
	return true
}

// readSymbols reads the kernel's exports from a file of its build.
func (d *indexer) readSymbols(
	name string, read func(io.Reader, byte) (*depmod.KernelSymbols, error),
) (*depmod.KernelSymbols, error) {
	f, err := os.Open(d.c.path(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f, d.prefix)
}

// readImage reads the kernel's exports from its image.
func (d *indexer) readImage() (*depmod.KernelSymbols, error) {
	kernel, err := d.c.openKernel(d.image, "")
	if err != nil {
		return nil, imageCause(err)
	}
	defer kernel.Close()
	d.versions = kernel.Modversions()
	symbols, err := depmod.KernelSymbolsOf(kernel, d.prefix)
	return symbols, imageCause(err)
}

// imageCause is an error about an image without its name, which the message has.
func imageCause(err error) error {
	if e := (*modinfo.Error)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
