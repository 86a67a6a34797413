package kmod

import (
	"bytes"
	"errors"
	"fmt"
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
	missing, err := l.unexported(needed)
	if err != nil {
		return
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
func neededSymbols(file *moduleFile) ([]string, error) {
	image, err := file.image()
	if err != nil {
		return nil, err
	}
	defer recycle(image)
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
	needed := make([]string, 0, len(list))
	for _, n := range list {
		if name := strings.TrimPrefix(n.Name, "."); !n.Weak && name != "module_layout" {
			needed = append(needed, name)
		}
	}
	return needed, nil
}

// maxListed is how many names an error lists.
const maxListed = 5

// listSome joins the first names in alphabetic order.
func listSome(names []string) string {
	slices.Sort(names)
	if len(names) <= maxListed {
		return printables(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", printables(names[:maxListed], ", "), len(names)-maxListed)
}
