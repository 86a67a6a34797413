package vm

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// libDirs are the directories that the dynamic loaders of common distributions
// search without a cache file.
var libDirs = [...]string{
	"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
	"/lib64", "/usr/lib64", "/lib", "/usr/lib",
}

// addProgram puts a file into the image and, if it is a dynamically linked
// program, the dynamic loader and the shared libraries that it needs, at their
// paths on the host.
func (m *image) addProgram(f File) error {
	if err := m.add(f); err != nil {
		return err
	}
	if f.Host == "" {
		return nil
	}
	libs, err := sharedLibs(f.Host)
	if err != nil {
		return fmt.Errorf("vm: find the shared libraries of %s: %w", f.Host, err)
	}
	for _, lib := range libs {
		if err := m.add(File{Guest: lib, Host: lib}); err != nil {
			return err
		}
	}
	return nil
}

// sharedLibs lists the dynamic loader of an ELF program and all libraries that
// it needs, directly or not. A static program or another kind of file needs
// none.
func sharedLibs(program string) ([]string, error) {
	interp, needed, err := elfNeeds(program)
	if err != nil || interp == "" {
		return nil, err
	}
	seen := map[string]bool{interp: true}
	libs := []string{interp}
	for len(needed) > 0 {
		name := needed[0]
		needed = needed[1:]
		if seen[name] || name == filepath.Base(interp) {
			continue
		}
		seen[name] = true
		lib, err := findLib(name)
		if err != nil {
			return nil, err
		}
		libs = append(libs, lib)
		_, more, err := elfNeeds(lib)
		if err != nil {
			return nil, err
		}
		needed = append(needed, more...)
	}
	return libs, nil
}

// findLib finds a library by its bare name in the default directories.
func findLib(name string) (string, error) {
	for _, dir := range libDirs {
		lib := filepath.Join(dir, name)
		if _, err := os.Stat(lib); err == nil {
			return lib, nil
		}
	}
	return "", fmt.Errorf("no %s in the default library directories", name)
}

// elfNeeds returns the dynamic loader that an ELF file names and the libraries
// that it lists itself; nothing for a file that is not ELF.
func elfNeeds(name string) (interp string, needed []string, err error) {
	file, err := os.Open(name)
	if err != nil {
		return "", nil, err
	}
	defer file.Close()
	magic := make([]byte, len(elf.ELFMAG))
	if _, err := file.ReadAt(magic, 0); err != nil || string(magic) != elf.ELFMAG {
		return "", nil, nil
	}
	f, err := elf.NewFile(file)
	if err != nil {
		return "", nil, err
	}
	if interp, err = interpreter(f); err != nil {
		return "", nil, err
	}
	needed, err = f.ImportedLibraries()
	return interp, needed, err
}

// interpreter returns the dynamic loader that an ELF program names.
func interpreter(f *elf.File) (string, error) {
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(p.Open(), 4096))
		return strings.TrimRight(string(b), "\x00"), err
	}
	return "", nil
}
