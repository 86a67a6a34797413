package main

import (
	"os"
	"strconv"
	"syscall"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// showModversions prints the versions of the symbols that a module needs.
func (p *prober) showModversions(arg string) int {
	f, status := p.openModule(arg, "modversions")
	if f == nil {
		return status
	}
	defer f.Close()
	versions, err := f.Versions()
	if err == nil && len(versions) == 0 {
		err = errNoData
	}
	if err != nil {
		return p.unreadable("modversions", arg, err)
	}
	for _, v := range versions {
		p.symbol(v.Name, v.CRC)
	}
	return success
}

// showExports prints the symbols that a module exports, with their versions.
func (p *prober) showExports(arg string) int {
	f, status := p.openModule(arg, "symbols")
	if f == nil {
		return status
	}
	defer f.Close()
	exports, err := f.Exports()
	if err == nil && len(exports) == 0 {
		err = errNoData
	}
	if err != nil {
		return p.unreadable("symbols", arg, err)
	}
	for _, e := range exports {
		p.symbol(e.Name, e.CRC)
	}
	return success
}

// symbol prints a version and its symbol.
func (p *prober) symbol(name string, crc uint32) {
	hex := strconv.FormatUint(uint64(crc), 16)
	p.c.stdout.WriteString("0x" + "00000000"[len(hex):] + hex + "\t" + name + "\n")
}

// openModule opens the file of that name or, if there is none, the module.
func (p *prober) openModule(arg, what string) (*modinfo.File, int) {
	path := p.c.path(arg)
	info, err := os.Stat(path)
	if err != nil {
		m, err := p.findModule(arg)
		if err != nil || m.Path == "" {
			p.c.say(levelFatal, "Module %s not found.", arg)
			return nil, failure
		}
		path = m.Path
	} else if info.IsDir() {
		return nil, p.unreadable(what, arg, syscall.EISDIR)
	}
	f, err := modinfo.Open(path, nil)
	if err != nil {
		return nil, p.unreadable(what, arg, err)
	}
	return f, success
}

// findModule finds a module by its name.
func (p *prober) findModule(name string) (kmod.Module, error) {
	if p.db == nil {
		return kmod.Module{}, kmod.ErrNotFound
	}
	return p.db.Module(name)
}

func (p *prober) unreadable(what, arg string, err error) int {
	p.c.say(levelFatal, "could not get %s of %s: %s", what, arg, fileReason(p.c.path(arg), err))
	return failure
}
