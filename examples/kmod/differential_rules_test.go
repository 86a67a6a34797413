package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/kmod"
)

// rules correct the reference's answer where it is known to be wrong.
// Everything else must be equal.
type rules struct {
	db     *kmod.DB
	conf   *modconf.Config
	merged string                 // directory that has precedence, for the reference only
	starts map[string]map[int]int // by file: first line of a statement by its last
}

func newRules(t *testing.T, tree kernelTree, dirs ...string) *rules {
	t.Helper()
	db, err := kmod.Open(&kmod.Config{Root: tree.root, Release: tree.release, ConfigRoot: "/", ConfigDirs: dirs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	r := &rules{db: db, starts: map[string]map[int]int{}}
	sources := modconf.Sources{FS: os.DirFS("/")}
	sources.ModuleDir = strings.TrimPrefix(tree.dir(), "/")
	for _, dir := range dirs {
		sources.Dirs = append(sources.Dirs, strings.TrimPrefix(dir, "/"))
		r.readStarts(t, dir)
	}
	r.conf = modconf.Read(sources)
	r.mergeSoftdeps(t)
	return r
}

// mergeSoftdeps: of several softdep lines for one module the reference uses only
// the first. It gets all of them in one line, in a file that comes first.
func (r *rules) mergeSoftdeps(t *testing.T) {
	t.Helper()
	lines := map[string]int{}
	text := ""
	for _, dep := range r.conf.Softdeps {
		if lines[dep.Module]++; lines[dep.Module] != 2 {
			continue
		}
		one := modconf.Config{Softdeps: []modconf.Softdep{{Module: dep.Module}}}
		for _, line := range r.conf.SoftdepsOf(dep.Module) {
			one.Softdeps[0].Pre = append(one.Softdeps[0].Pre, line.Pre...)
			one.Softdeps[0].Post = append(one.Softdeps[0].Post, line.Post...)
		}
		var b strings.Builder
		if _, err := one.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		text += b.String()
	}
	if text == "" {
		return
	}
	r.merged = t.TempDir()
	if err := os.WriteFile(filepath.Join(r.merged, "!.conf"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// readStarts: the reference gives the number of a statement's last line.
func (r *rules) readStarts(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.conf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		r.starts[file] = statementStarts(string(text))
	}
}

// statementStarts maps the last line of each statement to its first.
func statementStarts(text string) map[int]int {
	starts := map[int]int{}
	first, line := 1, 1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i++; i < len(text) && text[i] == '\n' {
				line++
			}
		case '\n':
			starts[line] = first
			line++
			first = line
		}
	}
	starts[line] = first
	return starts
}

const (
	configMessage = "libkmod: ERROR: kmod_config_parse: "
	badWeakdep    = "ignoring bad line starting with 'weakdep'\n"
)

var (
	badLine     = regexp.MustCompile("^(" + configMessage + `(.*) line )(\d+)(: .*\n)$`)
	obsolete    = regexp.MustCompile(`(?m)^(` + configMessage + `.*) line \d+(: command \w+ is deprecated .*)$`)
	softdepPost = regexp.MustCompile(`(?m)^(softdep .*\S)post:`)
	softdepNone = regexp.MustCompile(`(?m)^(softdep \S+ )$`)
)

// stderr is the correct stderr. Versions later than kmod 30 complain about
// configuration when they show it, but not in queries and dry runs.
func (r *rules) stderr(theirs string, showconfig bool) string {
	var b strings.Builder
	for line := range strings.Lines(sourcePosition.ReplaceAllString(theirs, "$1: ")) {
		if strings.HasPrefix(line, configMessage) && !showconfig || strings.HasSuffix(line, badWeakdep) {
			continue // weakdep is unknown to kmod 30
		}
		if m := badLine.FindStringSubmatch(line); m != nil {
			last, _ := strconv.Atoi(m[3])
			line = m[1] + strconv.Itoa(r.starts[m[2]][last]) + m[4]
		}
		b.WriteString(line)
	}
	return b.String()
}

// stdout is the correct stdout.
func (r *rules) stdout(q *question, name, theirs, ours string) string {
	lines := r.distinct(q, name, theirs, ours)
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text)
	}
	if !q.has("-R") && r.withoutLost(ours) == b.String() {
		return ours
	}
	if !q.has("-D") && !q.has("-R") && r.moot(q, name) && subsequence(ours, b.String()) {
		return ours
	}
	return b.String()
}

// line is a line of an answer.
type line struct {
	text   string
	module string // "" if unknown
	kind   string // insmod, install or builtin
	params string
	unsaid bool // the parameters are not known
}

func (r *rules) parse(text string) line {
	l := line{text: text}
	kind, rest, _ := strings.Cut(strings.TrimSuffix(text, "\n"), " ")
	switch kind {
	case "insmod":
		l.module, l.params, _ = inserted(text)
	case "builtin":
		l.module = rest
	case "install":
		for _, install := range r.conf.Installs {
			if params, ok := strings.CutPrefix(rest, install.Text+" "); ok {
				l.module, l.params = install.Module, params
			}
		}
	default:
		l.module = kind // the answer to -R
	}
	l.kind = kind
	return l
}

// distinct: the reference lists a module twice if two others name it as a soft
// dependency, although it inserts it only once; and it answers -R with a module
// as often as it has matching aliases. If a module is requested by an alias or
// with parameters only the second time, the reference omits these the first time,
// which is the one that counts. Ours has the options of all. With -i, the
// reference runs the command of the module if it is a dependency of another one.
func (r *rules) distinct(q *question, name, theirs, ours string) []line {
	var kept []line
	variants := map[string][]string{}
	for text := range strings.Lines(theirs) {
		l := r.corrected(q, name, r.parse(text))
		variants[l.module] = append(variants[l.module], l.params)
		if !slices.ContainsFunc(kept, func(k line) bool { return k.module == l.module }) {
			kept = append(kept, l)
		}
	}
	for text := range strings.Lines(ours) {
		l := r.parse(text)
		i := slices.IndexFunc(kept, func(k line) bool { return k.module == l.module && k.kind == l.kind })
		if i >= 0 && (kept[i].unsaid || joins(l.params, variants[l.module])) {
			kept[i] = l
		}
	}
	return kept
}

// corrected has the missing install commands: a module with soft dependencies
// loses its command in the reference; with -i, requested modules do.
func (r *rules) corrected(q *question, name string, l line) line {
	install, yes := r.conf.Install(l.module)
	if q.has("-R") || !yes {
		return l
	}
	ignored := q.has("-i") && r.names(name, l.module)
	switch m, err := r.db.Module(l.module); {
	case ignored && l.kind == "install" && err == nil:
		l.kind, l.text = "insmod", "insmod "+m.Path+" "+l.params+"\n"
	case ignored && l.kind == "install":
		l.text = "" // there is no such module
	case !ignored && l.kind != "install" && r.hasSoftdep(l.module):
		l.unsaid = l.kind == "builtin"
		l.kind, l.text = "install", "install "+install.Text+" "+l.params+"\n"
	}
	return l
}

// joins reports whether parameters consist of all variants, each in order.
func joins(params string, variants []string) bool {
	words := strings.Fields(params)
	covered := make([]bool, len(words))
	for _, variant := range variants {
		at := 0
		for _, word := range strings.Fields(variant) {
			i := slices.Index(words[at:], word)
			if i < 0 {
				return false
			}
			at += i + 1
			covered[at-1] = true
		}
	}
	return len(variants) > 1 && !slices.Contains(covered, false)
}

// inserted is the module that a line inserts.
func inserted(line string) (name, params string, ok bool) {
	file, ok := strings.CutPrefix(line, "insmod ")
	if !ok {
		return "", "", false
	}
	file, params, _ = strings.Cut(strings.TrimSuffix(file, "\n"), " ")
	name, _, _ = strings.Cut(filepath.Base(file), ".")
	return strings.ReplaceAll(name, "-", "_"), params, true
}

// withoutLost omits the install commands without a module that the reference
// omits because of soft dependencies.
func (r *rules) withoutLost(ours string) string {
	var b strings.Builder
	for text := range strings.Lines(ours) {
		l := r.parse(text)
		if m, err := r.db.Module(l.module); l.kind != "install" || !r.hasSoftdep(l.module) || err == nil && (m.Path != "" || m.Builtin) {
			b.WriteString(text)
		}
	}
	return b.String()
}

// names reports whether a name stands for a module that is not blacklisted.
func (r *rules) names(name, module string) bool {
	if _, blacklisted := r.conf.Blacklisted(module); blacklisted && strings.ReplaceAll(name, "-", "_") != module {
		return false
	}
	found, _ := r.db.Lookup(name)
	return slices.ContainsFunc(found, func(m kmod.Module) bool { return m.Name == module })
}

// softdepended reports whether one of the modules of a name has soft
// dependencies.
func (r *rules) softdepended(name string) bool {
	found, _ := r.db.Lookup(name)
	return slices.ContainsFunc(found, func(m kmod.Module) bool { return r.hasSoftdep(m.Name) })
}

// showconfig is the answer to -c. The reference does not know weakdep, omits the
// space before "post:" and everything after the module of an empty softdep, and
// does not escape backslashes, all of which changes the configuration.
func (r *rules) showconfig(ours, theirs string) (string, string) {
	var b strings.Builder
	for line := range strings.Lines(ours) {
		if !strings.HasPrefix(line, "weakdep ") {
			b.WriteString(line)
		}
	}
	config, indexes, _ := strings.Cut(theirs, endOfConfig)
	config = strings.ReplaceAll(config, `\`, `\\`)
	config = softdepPost.ReplaceAllString(config, "$1 post:")
	config = softdepNone.ReplaceAllString(config, "${1}pre:")
	return b.String(), config + endOfConfig + indexes
}

// endOfConfig separates configuration from indexes.
const endOfConfig = "\n# End of configuration files. Dumping indexes now:\n"

// hasSoftdep reports whether a module has soft dependencies. An empty list does
// not count.
func (r *rules) hasSoftdep(module string) bool {
	return slices.ContainsFunc(r.conf.SoftdepsOf(module), func(s modconf.Softdep) bool { return len(s.Pre)+len(s.Post) > 0 })
}

// leftAlone reports whether a name is the alias of a blacklisted built-in
// module. With --first-time, the reference says that it is loaded already; we
// ignore it.
func (r *rules) leftAlone(name string) bool {
	found, _ := r.db.Lookup(name)
	return slices.ContainsFunc(found, func(m kmod.Module) bool {
		_, blacklisted := r.conf.Blacklisted(m.Name)
		return m.Builtin && blacklisted
	})
}

// moot reports whether modules are in a plan because they would come after one
// that does not exist. The reference loads them nevertheless.
func (r *rules) moot(q *question, name string) bool {
	plan, err := r.db.PlanRequests(&kmod.PlanOptions{IgnoreCommands: q.has("-i")}, kmod.Request{Name: name})
	return err == nil && slices.ContainsFunc(plan.Steps, func(s kmod.Step) bool {
		return s.Action == kmod.ActionSkip && slices.ContainsFunc(r.conf.SoftdepsOf(s.Module.Name),
			func(line modconf.Softdep) bool { return len(line.Post) > 0 })
	})
}

// subsequence reports whether all lines are among the others, in that order.
func subsequence(lines, others string) bool {
	rest := slices.Collect(strings.Lines(others))
	for line := range strings.Lines(lines) {
		i := slices.Index(rest, line)
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}
