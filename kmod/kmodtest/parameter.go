package kmodtest

import (
	"io/fs"
	"syscall"

	"github.com/gokmod/gokmod/internal/modparam"
	"github.com/gokmod/gokmod/modinfo"
)

// parameter is a parameter of a module in the kernel, with its value as shown.
type parameter struct {
	name, typ, value string
}

// parametersOf makes the parameters that a module file states, with the values
// that they have unless the module's code says otherwise.
func parametersOf(info *modinfo.Info) []*parameter {
	var all []*parameter
	for _, p := range info.Params() {
		all = append(all, &parameter{p.Name, p.Type, zeroOf(p.Type)})
	}
	return all
}

// zeroOf is how an unset value of a type is shown.
func zeroOf(typ string) string {
	switch typ {
	case "bool":
		return "N"
	case "invbool":
		return "Y"
	case "charp":
		return "(null)"
	case "hexint":
		return "0x000000"
	}
	if modparam.IsInteger(typ) {
		return "0"
	}
	return ""
}

// setParameters gives a module its parameters, as the kernel does before init:
// an unknown one is ignored with a line in the log, a value that the type does
// not accept refuses the module. The lock is held.
func (k *Kernel) setParameters(m *module) error {
	for _, arg := range modparam.Split(m.params) {
		p := m.parameter(arg.Name)
		if p == nil {
			k.printf("%s: unknown parameter '%s' ignored", m.name, arg.Name)
			continue
		}
		value, err := modparam.Convert(p.typ, arg.Value, arg.HasValue)
		if err != nil {
			k.printf("%s: `%s' invalid for parameter `%s'", m.name, arg.Value, arg.Name)
			return err
		}
		p.value = value
	}
	return nil
}

// parameter finds a parameter by name; dashes count as underscores.
func (m *module) parameter(name string) *parameter {
	name = modparam.Normalize(name)
	for _, p := range m.parameters {
		if modparam.Normalize(p.name) == name {
			return p
		}
	}
	return nil
}

// paramMode returns the permission bits of a parameter's file.
func (k *Kernel) paramMode(m *module, p *parameter) fs.FileMode {
	if mode, ok := k.ParamModes[m.name+"."+p.name]; ok {
		return mode
	}
	return 0o644
}

// WriteParameter implements live.ParameterWriter: it changes a parameter of a
// module in the kernel, if the value is one of its type.
func (k *Kernel) WriteParameter(module, parameter, value string) error {
	c := &call{Call: Call{Name: "write", Module: module, Params: parameter + "=" + value}}
	if err := k.ask(c.Call); err != nil {
		return k.answer(c, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.end(c, k.write(module, parameter, value))
	return c.Err
}

// write sets a parameter. The lock is held.
func (k *Kernel) write(module, parameter, value string) error {
	m := k.byName[module]
	if m == nil {
		return syscall.ENOENT
	}
	p := m.parameter(parameter)
	switch {
	case p == nil || p.name != parameter || k.paramMode(m, p) == 0:
		return syscall.ENOENT
	case k.paramMode(m, p)&0o222 == 0:
		return syscall.EACCES
	}
	shown, err := modparam.Convert(p.typ, value, true)
	if err == nil {
		p.value = shown
	}
	return err
}
