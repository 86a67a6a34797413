package depmod

import (
	"fmt"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
)

// MaxFindings is how many findings of a kind a Report lists. Further ones are counted.
const MaxFindings = 1000

// Report lists the problems in a tree. Only cycles keep the rest of the tree from
// being indexed. It lists the first MaxFindings of each kind, and all of HostFiles.
type Report struct {
	// Unlisted are the numbers of further findings.
	Unlisted Unlisted

	// Unreadable are files and directories that could not be read, or are not
	// modules. They are left out.
	Unreadable []FileError

	// BadVersions are modules whose symbol versions cannot be read. They are
	// indexed, but the versions that they need are not checked.
	BadVersions []FileError

	// Missing are the files that a kernel's build provides and that are missing
	// from the module directory: modules.order, modules.builtin,
	// modules.builtin.modinfo. They count as empty.
	Missing []FileError

	// Externals are the external directories of depmod.d that do not exist. They
	// are not an error, even with Strict.
	Externals []FileError

	// HostFiles are the files that symbolic links out of the root led to: modules,
	// in the order of the index, and files of the kernel's build. They are not an
	// error, even with Strict. There are none without Config.HostLinks.
	HostFiles []HostFile

	// Config are the lines of depmod.d that are ignored.
	Config []ConfigWarning

	// Replaced are module files for which another one of the same name is
	// preferred.
	Replaced []Replaced

	// Unresolved are symbols that neither a module nor the kernel exports, as
	// far as the kernel's exports are known.
	Unresolved []Unresolved

	// Mismatched are symbols whose version differs from that of the exporter.
	Mismatched []Mismatch

	// Duplicates are symbols that several modules export.
	Duplicates []Duplicate

	// Cycles are modules that need each other, each cycle as the names along
	// it, without repeating the first at the end.
	Cycles [][]string

	// Devnames are device nodes without numbers. They are left out.
	Devnames []Devname

	// BadFields are aliases, dependencies and exported symbols of modules, and
	// names of built-ins, that no index can hold. They are left out.
	BadFields []BadField
}

// ConfigWarning is a line of configuration that is ignored.
type ConfigWarning struct {
	File string
	Line int // from 1; 0 for a whole file
	Text string
}

// FileError is a file or directory that could not be read.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("read %s: %v", plain.Line(e.Path), e.Err) }

// Unwrap returns the reason.
func (e *FileError) Unwrap() error { return e.Err }

// HostFile is a file that was read outside the root.
type HostFile struct {
	Path   string // as in Module.Path, or in the module directory
	Target string // where it is, a path of this machine
}

// Replaced is a module file that is not used.
type Replaced struct {
	Module string
	Path   string // of the file
	By     string // path of the one that is used
}

// Unresolved is a symbol that a module needs and nothing exports.
type Unresolved struct {
	Module string
	Path   string
	Symbol string
	At     int // the symbol's index among those that the module needs
}

// Mismatch is a symbol that a module needs in another version.
type Mismatch struct {
	Module string
	Path   string
	Symbol string
	By     string // the module that exports it, "" for the kernel
	Want   uint32 // CRC that the module was built with, 0 if none
	Have   uint32 // CRC of the exporter, 0 if none
	At     int    // the symbol's index among those that the module needs
}

// Duplicate is a symbol with several exporters; the last one counts.
type Duplicate struct {
	Symbol  string
	Modules []string
}

// Devname is a device node for which a module states no numbers.
type Devname struct{ Module, Name string }

// BadField is a field of a module that was left out.
type BadField struct {
	Module string
	Path   string // of the file, "" for a built-in
	Field  string // "alias", "softdep", "weakdep", "symbol", "name"
	Value  string // its first 256 bytes, with "…" if it is longer
	Err    error
}

// Unlisted has, for each list of a Report, the number of findings of its kind that
// are not listed.
type Unlisted struct {
	Unreadable, BadVersions, Externals, Config, Replaced, Unresolved, Mismatched, Duplicates, Devnames, BadFields int
}

// note adds a finding to its list, or counts it.
func note[F any](list *[]F, unlisted *int, finding F) {
	if len(*list) < MaxFindings {
		*list = append(*list, finding)
	} else {
		*unlisted++
	}
}

func (r *Report) unreadable(path string, err error) {
	note(&r.Unreadable, &r.Unlisted.Unreadable, FileError{path, err})
}

func (r *Report) badField(f BadField) {
	f.Module, f.Value = shown(f.Module, maxValue), shown(f.Value, maxValue)
	note(&r.BadFields, &r.Unlisted.BadFields, f)
}

// Bounds for texts in a Report, in bytes.
const (
	maxValue  = 256 // of a BadField
	maxSymbol = 512 // as KSYM_NAME_LEN, which bounds the kernel's own symbols
)

// shown cuts a text that is longer than most bytes, so that it is not kept as a
// whole.
func shown(s string, most int) string {
	if len(s) > most {
		return strings.Clone(strings.ToValidUTF8(s[:most], "")) + "…"
	}
	return s
}

func (r *Report) replaced(f Replaced) { note(&r.Replaced, &r.Unlisted.Replaced, f) }

// leaveOut reports a file or directory that cannot be read. It returns an error
// if the file is not at fault: then it must not be left out.
func (r *Report) leaveOut(path string, err error) error {
	if openfile.MachineFailed(err) {
		return &FileError{path, err}
	}
	r.unreadable(path, err)
	return nil
}
