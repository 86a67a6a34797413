package textindex

import (
	"strings"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/modname"
)

// Aliases reads modules.alias. The name is for errors. The modules have priorities in
// the order in which the file first names them.
func Aliases(name string, data []byte) ([]index.Entry, error) {
	return aliases(name, data, modname.NormalizeAlias)
}

// Symbols reads modules.symbols as Aliases reads modules.alias.
func Symbols(name string, data []byte) ([]index.Entry, error) {
	return aliases(name, data, func(symbol string) (string, error) { return symbol, nil })
}

func aliases(name string, data []byte, key func(string) (string, error)) ([]index.Entry, error) {
	entries := make([]index.Entry, 0, count(data))
	priorities := map[string]uint32{}
	f := file{name: name}
	for line, err := range f.lines(data) {
		if err != nil {
			return nil, err
		}
		pattern, module, ok := cutAlias(line)
		if !ok {
			return nil, f.fails(`is not "alias PATTERN MODULE"`)
		}
		module = modname.Normalize(module)
		priority, known := priorities[module]
		if !known {
			priority = uint32(len(priorities))
			priorities[module] = priority
		}
		if pattern, err = key(pattern); err != nil {
			continue
		}
		e := index.Entry{Key: pattern, Value: module, Priority: priority}
		if index.Check(e) == nil {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// cutAlias returns the pattern and the module of a line. A pattern may have spaces.
func cutAlias(line string) (pattern, module string, ok bool) {
	rest, ok := strings.CutPrefix(line, "alias ")
	at := strings.LastIndexAny(rest, " \t")
	if !ok || at < 0 {
		return "", "", false
	}
	pattern = strings.Trim(rest[:at], " \t")
	return pattern, rest[at+1:], pattern != ""
}

// Builtin reads modules.builtin: the names of the modules whose paths it lists.
func Builtin(name string, data []byte) ([]index.Entry, error) {
	entries := make([]index.Entry, 0, count(data))
	f := file{name: name}
	for line, err := range f.lines(data) {
		if err != nil {
			return nil, err
		}
		if !modname.IsModuleFile(line) {
			return nil, f.fails("is not the path of a module")
		}
		e := index.Entry{Key: modname.FromPath(line)}
		if e.Key != "" && index.Check(e) == nil {
			entries = append(entries, e)
		}
	}
	return entries, nil
}
