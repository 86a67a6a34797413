package main

import (
	"os"
	"strings"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// optionValues says what the value of an option can be: names of files, a release, or one
// of some words. An option has the same kind of value in all tools.
func optionValues() map[string]string {
	return map[string]string{
		"config": anyFile, "filesyms": anyFile, "symvers": anyFile, "system-map": anyFile, "cache": anyFile,
		"key": anyFile, "cert": anyFile, "kernel": anyFile, "output": anyFile,
		"dirname": directories, "basedir": directories, "outdir": directories, "moduledir": directories,
		"modules": directories,
		"share":   directories, "man": directories, "bash": directories, "zsh": directories, "fish": directories,
		"set-version": releases, "release": releases,
		"field": "alias author build_id depends description filename firmware import_ns intree license name parm " +
			"retpoline rhelversion scmversion sig_hashalgo sig_id sig_key signature signer softdep srcversion staging " +
			"vermagic version weakdep",
		"hash":   "sha256 sha384 sha512 sha224 sha1 sha3-256 sha3-384 sha3-512",
		"format": "human tmpfiles devname",
		"wait":   "", "symbol-prefix": "", "params": "", "vermagic": "",
	}
}

// releases stands for the names of the module directories.
const releases = "releases"

// maxCompletionModule bounds the modules that are read for their parameters, in bytes
// when unpacked: the user waits.
const maxCompletionModule = 64 << 20

// optionValue adds what the value of an option can be.
func (q *completion) optionValue(name string) {
	q.word = strings.TrimPrefix(q.word, q.line.before)
	switch values := optionValues()[name]; values {
	case anyFile, directories:
		q.files = values
	case releases:
		q.addReleases()
	default:
		for value := range strings.FieldsSeq(values) {
			q.add(value, "")
		}
	}
}

// value is the value of an option that has one of these names, "" if it is not given.
func (q *completion) value(names ...string) string {
	for key, value := range q.line.values {
		for _, name := range names {
			if q.table.name(key) == name {
				return value
			}
		}
	}
	return ""
}

// root is the root that the line names, "" for the machine's own.
func (q *completion) root() string { return atHome(q.c, q.value("dirname", "basedir")) }

// atHome replaces the tilde for the home directory, as the shell will.
func atHome(c *command, path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return c.getenv("HOME") + "/" + rest
	}
	return path
}

// db opens the indexes that the line is about.
func (q *completion) db() (*kmod.DB, error) {
	q.c.config.NoConfig, q.c.config.MaxModuleSize = true, maxCompletionModule
	release := q.value("set-version", "release")
	if release != "" {
		release = releaseName(release)
	}
	return q.c.openDB(q.root(), release, configPlaces{})
}

// addModules adds the modules of the indexes, also built-in ones if that is wanted.
func (q *completion) addModules(builtins bool) {
	db, err := q.db()
	if err != nil {
		return
	}
	defer db.Close()
	for m, err := range db.Modules() {
		if err != nil {
			break
		}
		q.addModule(m.Name, "")
	}
	if !builtins {
		return
	}
	for m, err := range db.Builtins() {
		if err != nil {
			break
		}
		q.addModule(m.Name, "built in")
	}
}

// addModule adds a module, spelled as the word begins: "-" is the same as "_".
func (q *completion) addModule(name, text string) {
	if strings.HasPrefix(name, strings.ReplaceAll(q.word, "-", "_")) {
		q.add(q.word+name[len(q.word):], text)
	}
}

// addLoaded adds the modules in the kernel.
func (q *completion) addLoaded() {
	for m, err := range live.Loaded(q.c.kernel) {
		if err != nil {
			return
		}
		text := "unused"
		if len(m.Holders) > 0 {
			text = "used by " + strings.Join(m.Holders, ", ")
		} else if m.Refcount != 0 {
			text = "in use"
		}
		q.addModule(m.Name, text)
	}
}

// addReleases adds the kernel releases that have a module directory.
func (q *completion) addReleases() {
	root := q.root()
	if root == "" {
		root = q.c.config.Root
	}
	dir := "/lib/modules"
	if root != "" {
		dir = q.c.path(root) + dir
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := os.Stat(dir + "/" + e.Name()); err == nil && info.IsDir() {
			q.add(e.Name(), "")
		}
	}
}

// addParams adds the parameters of a module that are not given yet, or the values of one.
func (q *completion) addParams(module string, given []string) {
	param, _, hasValue := strings.Cut(q.word, "=")
	for _, p := range q.params(module) {
		switch {
		case hasValue && p.Name == param && p.Type == "bool":
			q.add(p.Name+"=Y", p.Desc)
			q.add(p.Name+"=N", p.Desc)
		case !hasValue && !sets(given, p.Name):
			q.add(p.Name+"=", paramText(p))
		}
	}
}

// sets reports whether one of the arguments sets a parameter.
func sets(args []string, param string) bool {
	for _, arg := range args {
		if name, _, _ := strings.Cut(arg, "="); name == param {
			return true
		}
	}
	return false
}

func paramText(p modinfo.Param) string {
	if p.Type == "" {
		return p.Desc
	}
	return strings.TrimSpace(p.Desc + " (" + p.Type + ")")
}

// params are the parameters of the modules that an argument stands for.
func (q *completion) params(module string) (all []modinfo.Param) {
	module = atHome(q.c, module)
	if q.tool == "insmod" || isPath(module) {
		if info, err := readInfo(q.c.path(module), maxCompletionModule); err == nil {
			return info.Params()
		}
		return nil
	}
	db, err := q.db()
	if err != nil {
		return nil
	}
	defer db.Close()
	modules, err := db.Lookup(module)
	if err != nil || len(modules) == 0 {
		return nil
	}
	if info, err := db.Info(modules[0].Name); err == nil {
		return info.Params()
	}
	return nil
}
