package depmod

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/modinfo"
)

// Bounds for the files that the kernel's build provides: the size of each and the
// lines of modules.builtin. Real ones have some hundreds of kilobytes and lines. For
// modules.builtin.modinfo they are those of a single .modinfo section.
const (
	maxInput   = elfmod.MaxModinfo
	maxEntries = elfmod.MaxFields
)

// errEntries is the error for a file of the kernel's build with more than maxEntries.
var errEntries = errors.New("it has more than 1048576 entries")

// builtins reads what the kernel's build says about built-in modules:
// modules.builtin and modules.builtin.modinfo.
func (s *scanner) builtins() error {
	if err := s.builtinList(); err != nil {
		return err
	}
	if err := s.builtinFields(); err != nil {
		return err
	}
	return s.ctx.Err()
}

// builtinList reads the names in modules.builtin, one path a line.
func (s *scanner) builtinList() error {
	list, err := s.text(moddir.Builtin)
	if err != nil {
		return err
	}
	if strings.Count(list, "\n") > maxEntries {
		s.index.Report.unreadable(s.tree.Show(path.Join(s.dir, moddir.Builtin)), errEntries)
		return nil
	}
	for line := range strings.Lines(list) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name := modname.FromPath(line)
		if err := checkName(name); err != nil {
			s.index.Report.badField(BadField{name, "", "name", line, err})
			continue
		}
		s.index.builtinNames = append(s.index.builtinNames, name)
	}
	return nil
}

// builtinFields reads the aliases in modules.builtin.modinfo, grouped by
// module, with the modules in the order in which the file first names them.
func (s *scanner) builtinFields() error {
	text, err := s.text(moddir.BuiltinModinfo)
	if err != nil {
		return err
	}
	numbers := map[string]int{}
	var stated [][]alias // for each module
	n := 0
	for module, field := range modinfo.BuiltinFields([]byte(text)) {
		if n++; n > maxEntries {
			s.index.Report.unreadable(s.tree.Show(path.Join(s.dir, moddir.BuiltinModinfo)), errEntries)
			return nil
		}
		number, known := numbers[module]
		if !known {
			number = len(stated)
			numbers[module], stated = number, append(stated, nil)
		}
		if field.Key == "alias" {
			stated[number] = append(stated[number], alias{field.Value, module})
		}
	}
	for _, a := range slices.Concat(stated...) {
		if err := checkAlias(a.pattern); err != nil {
			s.index.Report.badField(BadField{a.module, "", "alias", a.pattern, err})
			continue
		}
		s.index.builtinAliases = append(s.index.builtinAliases, a)
	}
	return nil
}

// text reads a file that the kernel's build provides. If it is missing or left
// out, it counts as empty.
func (s *scanner) text(name string) (string, error) {
	dir := moddir.Dir{Tree: s.tree, Name: s.dir}
	data, err := dir.ReadFile(name, maxInput)
	if err == nil {
		if host, outside := s.tree.Outside(dir.File(name)); outside {
			s.index.Report.HostFiles = append(s.index.Report.HostFiles, HostFile{name, host})
		}
		return string(data), nil
	}
	at, err := dir.Show(name), openfile.Cause(err)
	if errors.Is(err, fs.ErrNotExist) {
		s.index.Report.Missing = append(s.index.Report.Missing, FileError{at, err})
		return "", nil
	}
	return "", s.index.Report.leaveOut(at, err)
}
