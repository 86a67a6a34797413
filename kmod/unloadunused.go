package kmod

import (
	"slices"

	"github.com/gokmod/gokmod/internal/modconf"
)

// dependencies lists what a module in the kernel may have been loaded with, users
// before what they use: its dependencies in modules.dep, and what it uses according to
// the kernel.
func (u *unloader) dependencies(module string) []string {
	var names []string
	if u.l.db != nil {
		deps, _, _ := u.l.db.dependencies(u.file(module))
		for _, dep := range slices.Backward(deps) {
			names = append(names, u.kernelName(dep))
		}
	}
	for at := -1; at < len(names); at++ {
		if at >= 0 {
			module = names[at]
		}
		for _, used := range u.uses[module] {
			if !slices.Contains(names, used) {
				names = append(names, used)
			}
		}
	}
	return names
}

// removeUnused removes those of the modules that nothing uses, until there are none
// left. Targets have their own turn.
func (u *unloader) removeUnused(modules []string, of string) {
	stays := map[string]bool{} // could not be removed
	for removed := true; removed; {
		removed = false
		for _, module := range modules {
			if u.turns[module] || stays[module] || u.ctx.Err() != nil || !u.unused(module) {
				continue
			}
			r := Removal{Module: module, Reason: RemoveUnused, Of: of, Command: u.command(module)}
			if err := u.remove(r); err == nil && u.live[module] == nil {
				removed = true
			} else {
				stays[module] = true
			}
		}
	}
}

// unused reports whether a module is in the kernel without any user.
func (u *unloader) unused(module string) bool {
	m := u.live[module]
	return m != nil && m.Refcount == 0 && !m.Permanent
}

// removeSoft removes soft dependencies of a module, the last one first, with everything
// that is removed along with them.
func (u *unloader) removeSoft(module string, side func(modconf.Softdep) []string) {
	if u.conf == nil || u.opts.KeepUnused {
		return
	}
	var names []string
	for _, line := range u.conf.SoftdepsOf(u.file(module)) {
		names = append(names, side(line)...)
	}
	for _, name := range slices.Backward(names) {
		if u.lookups -= lookupCost; u.lookups < 0 {
			return
		}
		found, _ := u.soft.known(name) // a damaged index is an error only if something else depends on it
		for _, m := range slices.Backward(found) {
			if u.ctx.Err() != nil {
				return
			}
			if soft := u.kernelName(m); !u.turns[soft] && u.unused(soft) {
				_ = u.removeWith(Removal{Module: soft, Reason: RemoveSoft, Of: module})
			}
		}
	}
}

// command returns the remove command for a module, nil when there is none that counts.
func (u *unloader) command(module string) *Command {
	if u.conf == nil {
		return nil
	}
	file := u.file(module)
	line, ok := u.conf.Remove(file)
	if _, asked := u.wanted[module]; !ok || asked && u.opts.IgnoreCommands {
		return nil
	}
	return &Command{Module: file, Text: line.Text, Remove: true, Origin: Origin(line.Origin)}
}
