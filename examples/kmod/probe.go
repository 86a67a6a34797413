package main

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// probe loads what an argument stands for, or answers the query about it.
func (p *prober) probe(arg, params string) int {
	p.arg = arg
	if p.query == 'R' {
		return p.resolve(arg)
	}
	plan, err := p.plan(arg, params)
	switch {
	case err != nil:
		return p.unknown(arg, err)
	case p.query == 'D':
		p.c.stdout.WriteString(plan.String())
		return success
	}
	return p.load(plan)
}

// resolve prints the names of the modules that an argument stands for.
func (p *prober) resolve(arg string) int {
	modules, err := p.lookup(arg)
	if err != nil {
		return p.unknown(arg, err)
	}
	for _, m := range modules {
		p.c.printLine(m.Name)
	}
	return success
}

// plan plans the load of what an argument stands for. The error is ErrNotFound
// if that is unknown.
func (p *prober) plan(arg, params string) (*kmod.Plan, error) {
	if p.db == nil {
		return nil, kmod.ErrNotFound
	}
	if isPath(arg) {
		if _, err := p.lookupFile(arg); err != nil {
			return nil, err
		}
	}
	plan, err := p.db.PlanRequests(&p.plans, p.request(arg, params))
	return plan, notFound(err)
}

// notFound turns the error of a lookup into ErrNotFound: to kmod, an impossible
// name is unknown like any other.
func notFound(err error) error {
	if lookup := (*kmod.LookupError)(nil); errors.As(err, &lookup) {
		return kmod.ErrNotFound
	}
	return err
}

// lookup finds the modules of an argument: a name, an alias, or a file.
func (p *prober) lookup(arg string) ([]kmod.Module, error) {
	if p.db == nil {
		return nil, kmod.ErrNotFound
	}
	if isPath(arg) {
		return p.lookupFile(arg)
	}
	modules, err := p.db.Lookup(arg)
	return modules, notFound(err)
}

// isPath reports whether an argument can only be a file's name.
func isPath(arg string) bool {
	return strings.HasPrefix(arg, "/") || strings.HasPrefix(arg, "./")
}

func (p *prober) lookupFile(arg string) ([]kmod.Module, error) {
	path := p.c.path(arg)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, syscall.EISDIR
	case !info.Mode().IsRegular():
		return nil, openfile.ErrNotRegular
	}
	return []kmod.Module{{Name: modinfo.NameFromPath(path), Path: path}}, nil
}

// unknown complains about an argument that could not be looked up, unless it is
// the name of a module in the kernel.
func (p *prober) unknown(arg string, err error) int {
	if isPath(arg) {
		if _, pathErr := p.lookupFile(arg); pathErr != nil {
			p.c.say(p.fatalLevel(), "Failed to get module from path %s: %s", arg, reason(pathErr))
			return failure
		}
	}
	if !errors.Is(err, kmod.ErrNotFound) {
		return p.notLookedUp(arg, err)
	}
	if name := modinfo.NormalizeName(arg); p.query == 0 && p.live(name) {
		return p.alreadyThere(name)
	}
	p.c.say(p.fatalLevel(), "Module %s not found in directory %s", arg, p.dir)
	return failure
}

// notLookedUp complains about an argument that could not be looked up.
func (p *prober) notLookedUp(arg string, err error) int {
	p.c.say(levelError, "could not look up '%s': %s", arg, err)
	return failure
}

// live reports whether a module is in the kernel and ready, by the name of its
// file or by its own.
func (p *prober) live(name string) bool {
	status, _ := p.loader().Status(name)
	return status == kmod.StatusLive
}

// present reports whether a module is in the kernel, ready or not.
func (p *prober) present(name string) bool {
	_, err := p.loader().Live(name)
	return err == nil
}

// loader is for questions about the kernel's state.
func (p *prober) loader() *kmod.Loader {
	return kmod.NewLoader(p.db, &kmod.LoaderConfig{Kernel: p.c.kernel})
}

// request asks the library for an argument.
func (p *prober) request(arg, params string) kmod.Request {
	if isPath(arg) {
		return kmod.Request{Path: p.c.path(arg), Params: params}
	}
	return kmod.Request{Name: arg, Params: params}
}

// alreadyThere complains about a module that was loaded already, if requested.
func (p *prober) alreadyThere(name string) int {
	if !p.firstTime {
		return success
	}
	p.c.say(levelError, "could not insert '%s': Module already in kernel", name)
	return failure
}

// notInserted complains. kmod names the requested module even if another one
// failed.
func (p *prober) notInserted(name string, err error) int {
	if !slices.Contains(p.refused, p.arg) {
		p.refused = append(p.refused, p.arg)
	}
	p.c.say(levelError, "could not insert '%s': %s", name, insertReason(err))
	return failure
}

// insertReason gives the reason in modprobe's words.
func insertReason(err error) string {
	var failed *kmod.Error
	if errors.As(err, &failed) {
		failed = failed.Root()
	}
	switch {
	case failed != nil && failed.Command != nil:
		return strerror(syscall.EINVAL)
	case errors.Is(err, kmod.ErrNotFound):
		return unknownSymbol
	case failed == nil || failed.Errno == 0:
		return reason(err)
	case failed.Errno == syscall.ENOENT:
		return unknownSymbol
	}
	return strerror(failed.Errno)
}

// unknownSymbol is modprobe's message for ENOENT.
const unknownSymbol = "Unknown symbol in module, or unknown parameter (see dmesg)"
