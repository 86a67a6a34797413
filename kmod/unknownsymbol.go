package kmod

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/modinfo"
)

// findUnknownSymbol tells what ENOENT means: a symbol that is not there, which
// it names, or an init function that returned ENOENT itself, as some do that
// look for another module.
func (l *Loader) findUnknownSymbol(e *InsertError, file *moduleFile) {
	needed, err := neededSymbols(file)
	if err != nil {
		return
	}
	exported, err := l.exportedOf(needed)
	if err != nil {
		return
	}
	var missing []string
	for name := range needed {
		if !exported[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		e.Err = ErrInit
		return
	}
	e.Detail = "missing: " + listSome(missing)
}

// errProprietary: which symbols a module may use depends on its license too.
var errProprietary = errors.New("the license is not the GPL")

// neededSymbols are the names of the symbols that must exist.
func neededSymbols(file *moduleFile) (map[string]bool, error) {
	image, err := file.image()
	if err != nil {
		return nil, err
	}
	f, err := modinfo.NewFile(bytes.NewReader(image), int64(len(image)), nil)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Info()
	if err != nil {
		return nil, err
	}
	if license := info.License(); !strings.HasPrefix(license, "GPL") && !strings.HasPrefix(license, "Dual ") {
		return nil, errProprietary
	}
	list, err := f.Needed()
	if err != nil {
		return nil, err
	}
	needed := make(map[string]bool, len(list))
	for _, n := range list {
		if name := strings.TrimPrefix(n.Name, "."); !n.Weak && name != "module_layout" {
			needed[name] = true
		}
	}
	return needed, nil
}

// exportedOf finds those of the names that /proc/kallsyms says are exported.
// Its lines are "ADDRESS TYPE NAME [MODULE]"; names are shown to everyone. For
// what the kernel image exports there are lines of __ksymtab_NAME, in most
// kernels; of a module's symbols any may be exported.
func (l *Loader) exportedOf(names map[string]bool) (map[string]bool, error) {
	f, err := l.kernel.Proc().Open("kallsyms")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	present, exported := map[string]bool{}, map[string]bool{}
	hasTable := false
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := bytes.Fields(lines.Bytes())
		if len(words) < 3 {
			continue
		}
		name, inTable := bytes.CutPrefix(words[2], []byte("__ksymtab_"))
		hasTable = hasTable || inTable
		switch {
		case !names[string(name)]:
		case inTable || len(words) > 3:
			exported[string(name)] = true
		default:
			present[string(name)] = true
		}
	}
	if !hasTable {
		maps.Copy(exported, present)
	}
	return exported, lines.Err()
}

// maxListed is how many names an error lists.
const maxListed = 5

// listSome joins the first names in alphabetic order.
func listSome(names []string) string {
	slices.Sort(names)
	if len(names) <= maxListed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), len(names)-maxListed)
}
