// Package kallsyms reads /proc/kallsyms, the list of symbols of the running kernel.
package kallsyms

import (
	"bufio"
	"bytes"
	"io/fs"
)

// Listing is how much /proc/kallsyms lists. That a name is missing means
// something only if all are listed.
type Listing uint8

const (
	ListsNothing   Listing = iota // it is empty, as when it is hidden from a container
	ListsFunctions                // the kernel is built without KALLSYMS_ALL
	ListsAll
)

// Why completes the sentence that something is not known.
func (l Listing) Why() string {
	if l == ListsNothing {
		return "the kernel that runs lists no symbols in /proc/kallsyms"
	}
	return "the kernel that runs lists only functions in /proc/kallsyms"
}

// Ksymtab begins the names of the entries that stand for exported symbols.
const Ksymtab = "__ksymtab_"

// Symbol is a line of /proc/kallsyms.
type Symbol struct {
	Address []byte // in hexadecimal, as it is listed: zeros for users who may not see it
	Kind    byte   // as in nm(1)
	Name    []byte
	Module  string // the symbol's module, "" for the kernel image
}

// Each calls yield for each line of /proc/kallsyms until it returns false. The
// lines are "ADDRESS TYPE NAME", followed by a tab and "[MODULE]" for a symbol
// of a module; those come after all of the kernel image. Names are visible to
// everyone.
func Each(proc fs.FS, yield func(y Symbol) bool) error {
	f, err := proc.Open("kallsyms")
	if err != nil {
		return err
	}
	defer f.Close()
	var y Symbol
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		address, rest, _ := bytes.Cut(lines.Bytes(), []byte(" "))
		kind, name, ok := bytes.Cut(rest, []byte(" "))
		if !ok || len(kind) != 1 {
			continue
		}
		name, module, _ := bytes.Cut(name, []byte("\t"))
		y.Address, y.Kind, y.Name = address, kind[0], name
		if module = bytes.Trim(module, "[]"); string(module) != y.Module {
			y.Module = string(module)
		}
		if !yield(y) {
			break
		}
	}
	return lines.Err()
}
