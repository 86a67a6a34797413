package kmodtest

import (
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// Module describes a module of a [Tree]. Only the name is needed. The file that
// is made of it has all that tools read and no code: no real kernel takes it.
type Module struct {
	// Name is the module's own name, by which the kernel and Depends know it.
	Name string

	// Path is the file below the module directory. "" means kernel/NAME.ko. Its
	// last element, without the extension, is the name by which indexes and
	// configuration know the module: the kernel has "nvidia" from a module of
	// that Name with the Path "updates/nvidia-current.ko".
	Path string

	// Builtin modules are a part of the kernel and have no file.
	Builtin bool

	// Depends are the modules that it needs directly, by name: it uses a
	// symbol that each of them exports for that purpose.
	Depends []string

	// Exports and Needs are further symbols. A needed symbol that no module of
	// the tree exports is one of the kernel.
	Exports, Needs []string

	// Aliases are patterns that stand for the module, such as "pci:v00008086*".
	Aliases []string

	// Softdeps are lines such as "pre: a b post: c"; Weakdeps are such as
	// "a b".
	Softdeps, Weakdeps []string

	// Params are its parameters. Their types decide which values the [Kernel]
	// accepts.
	Params []modinfo.Param

	// Fields are further "key=value" fields, such as "version=1.0". One with
	// the key "license", "vermagic", "intree" or "name" takes the place of the usual.
	Fields []string
}

func (m *Module) name() string { return modname.Normalize(m.Name) }

// file is the name of the module's file.
func (m *Module) file() string { return modname.FromPath(m.path()) }

func (m *Module) path() string {
	if m.Path == "" {
		return "kernel/" + m.Name + ".ko"
	}
	return m.Path
}

// symbol is what modules use that depend on this one.
func (m *Module) symbol() string { return m.name() + "_symbol" }

func (m *Module) exports() []string { return append([]string{m.symbol()}, m.Exports...) }

// aliases returns the patterns as the index has them.
func (m *Module) aliases() ([]string, error) {
	var patterns []string
	for _, alias := range m.Aliases {
		pattern, err := modname.NormalizeAlias(alias)
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, pattern)
	}
	return patterns, nil
}

// fields are the module's fields without those that only a file has.
func (m *Module) fields(more []string) []string {
	fields := append(more, "license=GPL", "intree=Y")
	for _, alias := range m.Aliases {
		fields = append(fields, "alias="+alias)
	}
	for _, line := range m.Softdeps {
		fields = append(fields, "softdep="+line)
	}
	for _, line := range m.Weakdeps {
		fields = append(fields, "weakdep="+line)
	}
	for _, p := range m.Params {
		if p.Type != "" {
			fields = append(fields, "parmtype="+p.Name+":"+p.Type)
		}
		if p.Desc != "" || p.Type == "" {
			fields = append(fields, "parm="+p.Name+":"+p.Desc)
		}
	}
	return override(fields, m.Fields)
}

// override puts fields in the place of those that there can be only one of.
func override(fields, by []string) []string {
	for _, field := range by {
		key, _, _ := strings.Cut(field, "=")
		at := -1
		for i, old := range fields {
			if single(key) && strings.HasPrefix(old, key+"=") {
				at = i
			}
		}
		if at >= 0 {
			fields[at] = field
		} else {
			fields = append(fields, field)
		}
	}
	return fields
}

func single(key string) bool {
	return key == "license" || key == "vermagic" || key == "intree" || key == "name"
}

// build makes the module's file.
func (m *Module) build(g *graph, vermagic string) []byte {
	var names, needs []string
	for _, other := range g.needs[m.name()] {
		names = append(names, other.name())
	}
	for _, name := range m.Depends {
		if other := g.byName[modname.Normalize(name)]; !other.Builtin {
			needs = append(needs, other.symbol())
		}
	}
	built := modtest.Named(m.name(), m.exports(), append(needs, m.Needs...))
	built.Modinfo = m.fields([]string{"name=" + m.name(), "vermagic=" + vermagic, "depends=" + strings.Join(names, ",")})
	built.Versions = nil // the kernel in memory does not compare them
	return built.Build()
}
