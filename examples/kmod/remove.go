package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gokmod/gokmod/kmod"
)

// removeAll removes the modules that the names stand for. Without -a the first
// failure is the last.
func (p *prober) removeAll(names []string) int {
	status := success
	for _, name := range names {
		status = max(status, p.removeName(name))
		if status != success && !p.all {
			break
		}
	}
	return status
}

func (p *prober) removeName(name string) int {
	modules, err := p.lookup(name)
	if err != nil {
		p.c.say(p.fatalLevel(), "Module %s not found.", name)
		return failure
	}
	for _, m := range modules {
		if status := p.removeModule(m); status != success {
			return status
		}
	}
	return success
}

// removeModule removes a module and what became unused by that.
func (p *prober) removeModule(m kmod.Module) int {
	if m.Builtin {
		p.c.say(p.fatalLevel(), "Module %s is builtin.", m.Name)
		return failure
	}
	loaded, ok := loadedModule(p.loader, m.Name)
	if !ok {
		return p.notInKernel(m.Name)
	}
	if p.holders {
		for _, holder := range p.users(m.Name) {
			p.c.show("rmmod " + holder)
			if err := p.remover(holder); err != nil {
				return p.notRemoved(holder, err)
			}
		}
	} else if loaded.Refcount > 0 && p.wait == 0 {
		p.c.say(p.fatalLevel(), "Module %s is in use.", m.Name)
		return failure
	}
	return p.unload(m.Name)
}

func (p *prober) notInKernel(name string) int {
	if !p.firstTime {
		return success
	}
	p.c.say(p.fatalLevel(), "Module %s is not in kernel.", name)
	return failure
}

// users lists the modules that use the named one, directly or not, each before
// those that it uses itself.
func (p *prober) users(name string) []string {
	holders := map[string][]string{}
	for m, err := range p.loader.Loaded() {
		if err == nil {
			holders[m.Name] = m.Holders
		}
	}
	var list []string
	seen := map[string]bool{name: true}
	var visit func(string)
	visit = func(name string) {
		for _, user := range holders[name] {
			if !seen[user] {
				seen[user] = true
				visit(user)
				list = append(list, user)
			}
		}
	}
	visit(name)
	return list
}

// remover removes one module and nothing else.
func (p *prober) remover(name string) error {
	return p.patiently(func() error { return p.loader.Remove(name, p.removeFlags()) })
}

// unload removes a module and its dependencies as far as they became unused.
func (p *prober) unload(name string) int {
	p.c.show("rmmod " + name)
	result, err := p.loader.Unload(context.Background(), &kmod.UnloadOptions{Flags: p.removeFlags(), Wait: p.wait}, name)
	if err != nil {
		return p.notRemoved(name, err)
	}
	for _, dep := range slices.DeleteFunc(result.Removed(), func(s string) bool { return s == name }) {
		p.c.show("rmmod " + dep)
	}
	return success
}

func (p *prober) removeFlags() kmod.RemoveFlags {
	if p.force {
		return kmod.ForceRemove
	}
	return 0
}

// The pauses between two tries to remove a module that is in use.
const (
	firstPause = time.Millisecond
	pauseRatio = 2
)

// patiently tries again for as long as the module is in use and the user wants
// to wait.
func (p *prober) patiently(remove func() error) error {
	left := p.wait
	for pause := firstPause; ; pause *= pauseRatio {
		err := remove()
		if left <= 0 || !errors.Is(err, kmod.ErrInUse) {
			return err
		}
		pause = min(pause, left)
		left -= pause
		p.c.sleep(pause)
	}
}

func (p *prober) notRemoved(name string, err error) int {
	p.c.say(levelError, "could not remove '%s': %s", name, removeReason(err))
	return failure
}

// removeReason says why a module was not removed.
func removeReason(err error) string {
	var remove *kmod.RemoveError
	if !errors.As(err, &remove) || remove.Errno == 0 {
		return reason(err)
	}
	return strerror(remove.Errno)
}
