package kmodtest

import (
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/devname"
	"github.com/gokmod/gokmod/internal/index"
)

// indexes collects what depmod makes of the modules of a tree, and what the
// kernel's build says about the built-in ones.
type indexes struct {
	deps, aliases, symbols, builtins, builtinAliases []index.Entry

	softdeps, weakdeps, devnames, builtinPaths, builtinInfo strings.Builder
}

// addIndexes writes the indexes of the modules.
func addIndexes(files fstest.MapFS, dir string, g *graph) error {
	var x indexes
	for i, m := range g.modules {
		patterns, err := m.aliases()
		switch {
		case err != nil:
			return fmt.Errorf("module %s: %w", m.Name, err)
		case m.Builtin:
			x.addBuiltin(m, patterns)
		default:
			x.add(m, g.line(m), patterns, uint32(i))
		}
	}
	for name, entries := range map[string][]index.Entry{
		"modules.dep.bin": x.deps, "modules.alias.bin": x.aliases, "modules.symbols.bin": x.symbols,
		"modules.builtin.bin": x.builtins, "modules.builtin.alias.bin": x.builtinAliases,
	} {
		index.Sort(entries)
		file, err := index.Encode(entries)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		files[dir+name] = textFile(file)
	}
	for name, text := range map[string]*strings.Builder{
		"modules.softdep": &x.softdeps, "modules.weakdep": &x.weakdeps, "modules.devname": &x.devnames,
		"modules.builtin": &x.builtinPaths, "modules.builtin.modinfo": &x.builtinInfo,
	} {
		files[dir+name] = textFile([]byte(text.String()))
	}
	return nil
}

func (x *indexes) add(m *Module, line string, patterns []string, at uint32) {
	x.deps = append(x.deps, index.Entry{Key: m.file(), Value: line, Priority: at})
	for _, pattern := range patterns {
		x.aliases = append(x.aliases, index.Entry{Key: pattern, Value: m.file(), Priority: at})
	}
	for _, symbol := range m.exports() {
		x.symbols = append(x.symbols, index.Entry{Key: "symbol:" + symbol, Value: m.file(), Priority: at})
	}
	for _, line := range m.Softdeps {
		fmt.Fprintf(&x.softdeps, "softdep %s %s\n", m.file(), line)
	}
	for _, line := range m.Weakdeps {
		fmt.Fprintf(&x.weakdeps, "weakdep %s %s\n", m.file(), line)
	}
	if node, complete := devname.Of(m.file(), m.Aliases); complete {
		if x.devnames.Len() == 0 {
			x.devnames.WriteString(devname.Header)
		}
		fmt.Fprintln(&x.devnames, node)
	}
}

func (x *indexes) addBuiltin(m *Module, patterns []string) {
	x.builtins = append(x.builtins, index.Entry{Key: m.name()})
	for _, pattern := range patterns {
		x.builtinAliases = append(x.builtinAliases, index.Entry{Key: pattern, Value: m.name()})
	}
	fmt.Fprintf(&x.builtinPaths, "%s\n", m.path())
	for _, field := range m.fields(nil) {
		fmt.Fprintf(&x.builtinInfo, "%s.%s\x00", m.name(), field)
	}
}
