package depmod

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/modinfo"
)

// maxInput bounds the files that the kernel's build leaves. Real ones have some
// hundreds of kilobytes.
const maxInput = 64 << 20

// builtins reads what the kernel's build left about the modules that it linked
// in: modules.builtin and modules.builtin.modinfo.
func (s *scanner) builtins() error {
	list, err := s.text("modules.builtin")
	if err != nil {
		return err
	}
	for line := range strings.Lines(list) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name := modname.FromPath(line)
		if err := checkName(name); err != nil {
			s.index.Report.BadFields = append(s.index.Report.BadFields, BadField{name, "", "name", line, err})
			continue
		}
		s.index.builtinNames = append(s.index.builtinNames, name)
	}
	fields, err := s.text("modules.builtin.modinfo")
	if err != nil {
		return err
	}
	for name, info := range modinfo.Builtins([]byte(fields)) {
		for _, pattern := range s.valid(name, "", "alias", info.Aliases(), checkAlias) {
			s.index.builtinAliases = append(s.index.builtinAliases, alias{pattern, name})
		}
	}
	return s.ctx.Err()
}

// text reads a file that the kernel's build left. One that is not there, or is
// left out, is empty.
func (s *scanner) text(name string) (string, error) {
	file := path.Join(s.dir, name)
	data, err := s.readFile(file)
	if err == nil {
		if host, outside := s.tree.Outside(file); outside {
			s.index.Report.HostFiles = append(s.index.Report.HostFiles, HostFile{name, host})
		}
		return string(data), nil
	}
	at := s.tree.Show(path.Join(s.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		s.index.Report.Missing = append(s.index.Report.Missing, FileError{at, err})
		return "", nil
	}
	return "", s.index.Report.leaveOut(at, err)
}

func (s *scanner) readFile(name string) ([]byte, error) {
	f, info, err := s.tree.OpenFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return openfile.ReadAll(nil, f, info.Size(), maxInput)
}
