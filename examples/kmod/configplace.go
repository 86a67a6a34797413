package main

import (
	"io/fs"
	"os"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/kmod"
)

// configPlaces are the places named by options --config, in order. The zero
// value stands for the standard directories.
type configPlaces struct {
	dirs  []string          // directories and files; not nil if anything is named
	files []kmod.ConfigFile // read from pipes
}

// add takes the value of an option. It reports false if the tool cannot
// continue.
//
// A pipe is read here, since the library opens regular files only: "<(command)"
// in a shell makes one. As in kmod, an empty name is that of no file.
func (p *configPlaces) add(c *command, name string) bool {
	if p.dirs == nil {
		p.dirs = []string{}
	}
	if name == "" {
		return true
	}
	file := c.path(name)
	if info, err := os.Stat(file); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		p.dirs = append(p.dirs, file)
		return true
	}
	text, err := readPipe(file)
	if err != nil {
		c.say(levelError, "could not read %s: %s", name, reason(err))
		return false
	}
	p.files = append(p.files, kmod.ConfigFile{Name: file, Text: text})
	return true
}

// maxPipe is how much is read from a pipe, in bytes: as much as all configuration
// together may have.
const maxPipe = 16 << 20

// readPipe reads a pipe to its end.
func readPipe(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := openfile.ReadAll(nil, f, 0, maxPipe)
	return string(data), err
}
