package main

import (
	"cmp"
	"io"
	"os"
	"strings"

	"github.com/gokmod/gokmod/internal/tree"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

const diagnoseUsage = `Usage:
	kmod NAME [options] <modulename|alias|filename> ...
Says what would keep modules from being loaded, and what to do about it.
Options:
	-p, --params=PARAMS         Parameters that the modules would be given
	-b, --use-blacklist         Apply blacklist to module names too
	-k, --kernel=IMAGE          A kernel that need not be here: a vmlinuz or vmlinux
	    --symvers=FILE          Module.symvers of the kernel's build, instead of
	                            the one in the module directory's link "build"
	    --system-map=FILE       System.map of the kernel, or of the image
	    --offline               Do not ask the running kernel
	-C, --config=FILE           Use FILE instead of default search paths
	-d, --dirname=DIR           Use DIR as filesystem root for /lib/modules
	-S, --set-version=VERSION   Use VERSION instead of ` + "`uname -r`" + `
	-v, --verbose               Print all findings, also of modules without any
	    --json                  Print JSON, an object for each argument
	-V, --version               Show version
	-h, --help                  Show this help

The exit status is 1 when one of the modules would not load.
`

// Keys of options of diagnose and check that have no short form.
const (
	keySymvers rune = iota + 3000
	keySystemMap
	keyOffline
	keyVermagic
	keyRequireSignature
)

var diagnoseOptions = []longOption{
	{"params", true, 'p'},
	{"use-blacklist", false, 'b'},
	{"kernel", true, 'k'},
	{"symvers", true, keySymvers},
	{"system-map", true, keySystemMap},
	{"offline", false, keyOffline},
	{"config", true, 'C'},
	{"dirname", true, 'd'},
	{"set-version", true, 'S'},
	{"verbose", false, 'v'},
	{"json", false, keyJSON},
	{"version", false, 'V'},
	{"help", false, 'h'},
}

// diagnoser is a call of diagnose or of check.
type diagnoser struct {
	c         *command
	db        *kmod.DB // nil for none
	opts      diagnose.Options
	image     string // of the kernel
	symvers   string
	systemMap string
	root      string
	release   string
	configs   configPlaces
	params    string
	offline   bool
	json      bool
	verbose   bool
}

// diagnose says what would keep modules from being loaded.
func (c *command) diagnose() int {
	d := &diagnoser{c: c}
	rest, status, ok := c.options("p:bk:C:d:S:vVh", diagnoseOptions, diagnoseUsage, d.set)
	if !ok {
		return status
	}
	if len(rest) == 0 {
		c.say(levelError, "missing module or filename.")
		return failure
	}
	return d.diagnoseAll(rest)
}

// set takes an option.
func (d *diagnoser) set(key rune, value string) bool {
	switch key {
	case 'p':
		d.params = value
	case 'b':
		d.opts.UseBlacklist = true
	case 'k':
		d.image = value
		return d.c.named(value)
	case keySymvers:
		d.symvers = value
	case keySystemMap:
		d.systemMap = value
	case keyVermagic:
		d.opts.Vermagic = value
	case keyRequireSignature:
		d.opts.RequireSignature = true
	case keyOffline:
		d.offline = true
	case 'C':
		return d.configs.add(d.c, value)
	case 'd':
		d.root = value
	case 'S':
		d.release = releaseName(value)
	case 'v':
		d.verbose = true
	case keyJSON:
		d.json = true
	default:
		return false
	}
	return true
}

// diagnoseAll diagnoses the modules that the arguments stand for.
func (d *diagnoser) diagnoseAll(args []string) int {
	if !d.openImage() {
		return failure
	}
	db, err := d.c.openDB(d.root, d.release, d.configs)
	if err != nil {
		d.c.say(levelError, "could not open the modules: %s", err)
		return failure
	}
	defer db.Close()
	d.db = db
	if !d.offline && d.root == "" && runs(d.c.kernel, db.Release()) {
		d.opts.Kernel = d.c.kernel
	}
	if d.symvers == "" && d.image == "" {
		d.symvers = d.c.symversOf(d.root, db)
	}
	made, err := d.make(db)
	if err != nil {
		d.c.say(levelError, "%s", err)
		return failure
	}
	status := success
	for _, arg := range args {
		status = max(status, d.show(made, arg))
	}
	return status
}

// symversOf is the Module.symvers that packages with the kernel's headers
// install behind the link "build" of the module directory, "" if there is none.
func (c *command) symversOf(root string, db *kmod.DB) string {
	if root = cmp.Or(root, "/"); root != "/" {
		root = c.path(root)
	}
	t, err := tree.Open(root, true)
	if err != nil {
		return ""
	}
	defer t.Close()
	name, _ := tree.Below(strings.TrimPrefix(db.Dir(), root) + "/build/Module.symvers")
	if real, err := t.Real(name); err == nil && isFile(real) {
		return real
	}
	return ""
}

// make makes the library's Diagnoser with the files that were named. It has what it needs of
// the kernel's image then.
func (d *diagnoser) make(db *kmod.DB) (*diagnose.Diagnoser, error) {
	defer d.closeImage()
	for _, file := range []struct {
		name string
		to   *io.Reader
	}{{d.symvers, &d.opts.Symvers}, {d.systemMap, &d.opts.SystemMap}} {
		if file.name == "" {
			continue
		}
		f, err := os.Open(d.c.path(file.name))
		if err != nil {
			return nil, err
		}
		defer f.Close()
		*file.to = f
	}
	return diagnose.New(db, &d.opts)
}

// show prints the diagnosis of one argument.
func (d *diagnoser) show(made *diagnose.Diagnoser, arg string) int {
	request := kmod.Request{Name: arg, Params: d.params}
	if path := d.c.path(arg); isPath(arg) || modinfo.IsModuleFile(arg) && isFile(path) {
		request = kmod.Request{Path: path, Params: d.params}
	}
	found, err := d.ask(made, request)
	if err != nil {
		d.fail(arg, err, d.c.similarTo(d.db, arg, err))
		return failure
	}
	if d.json {
		d.c.stdout.Write(jsonLine(newDiagnosisJSON(arg, found)))
	} else {
		d.c.stdout.Write(appendDiagnosis(nil, arg, found, d.verbose))
	}
	if found.Loads() {
		return success
	}
	return failure
}

// ask diagnoses a module. What findings are taken from is called as the user calls it.
func (d *diagnoser) ask(made *diagnose.Diagnoser, r kmod.Request) (*diagnose.Diagnosis, error) {
	found, err := made.Diagnose(r)
	if err != nil {
		return nil, err
	}
	for i := range found.Findings {
		switch f := &found.Findings[i]; f.Source {
		case "Module.symvers":
			f.Source = d.symvers
		case "System.map":
			f.Source = d.systemMap
		}
	}
	return found, nil
}

// fail reports an argument that cannot be diagnosed, and what may have been meant.
func (d *diagnoser) fail(arg string, err error, meant []string) {
	if d.json {
		none := &diagnosisJSON{Argument: arg, Findings: []diagnose.Finding{}, Error: err.Error(), Suggestions: meant}
		d.c.stdout.Write(jsonLine(none))
		return
	}
	d.c.say(levelError, "%s", err)
	d.c.suggest(meant)
}

// runs reports whether the kernel of that release is the one that runs.
func runs(kernel live.Kernel, release string) bool {
	f, err := kernel.Proc().Open("sys/kernel/osrelease")
	if err != nil {
		return false
	}
	defer f.Close()
	text := make([]byte, len(release)+2)
	n, _ := io.ReadFull(f, text)
	return string(text[:n]) == release+"\n"
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
