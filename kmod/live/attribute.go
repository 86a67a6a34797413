package live

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"syscall"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/kernfs"
)

// Initstate tells whether the module is ready, being loaded or being removed. It is
// 0 for a built-in.
func (m *Module) Initstate() (Initstate, error) {
	status, err := statusOf(m.kernel, m.Name)
	if err != nil {
		return 0, m.failed("read", "initstate", err)
	}
	switch status {
	case StatusLive:
		return StateLive, nil
	case StatusComing:
		return StateComing, nil
	case StatusGoing:
		return StateGoing, nil
	case StatusBuiltin:
		return 0, nil
	}
	return 0, m.failed("read", "initstate", ErrNotLoaded)
}

// Refcount is the number of users: modules that need it, and other uses such as
// open devices. It is -1 for a built-in, in kernels that cannot unload modules,
// and for a module that is being removed.
func (m *Module) Refcount() (int, error) {
	text, found, err := m.attribute("refcnt", func(r LoadedModule) string { return strconv.Itoa(r.Refcount) })
	if err != nil || !found {
		return -1, err
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 0 {
		count = -1
	}
	return count, nil
}

// Coresize is the memory that the module takes for as long as it is loaded, in
// bytes; 0 for a built-in.
func (m *Module) Coresize() (uint64, error) {
	return m.size("coresize", func(r LoadedModule) string { return strconv.FormatUint(r.Size, 10) })
}

// Initsize is the memory that the module takes for its initialisation, in
// bytes. Most kernels report 0 as soon as the module is live.
func (m *Module) Initsize() (uint64, error) { return m.size("initsize", nil) }

// Taint returns the letters of the taints that the module causes, such as "OE" for
// an unsigned one built outside the kernel's tree; usually "".
func (m *Module) Taint() (string, error) {
	text, _, err := m.attribute("taint", func(r LoadedModule) string { return r.Taint })
	return text, err
}

// Srcversion is the hash of the module's source files, "" when it has none.
func (m *Module) Srcversion() (string, error) {
	text, _, err := m.attribute("srcversion", nil)
	return text, err
}

// BuildID is the linker's build id, which tells whether a file is the one that the
// module was loaded from; nil when it has none or the kernel does not show it.
func (m *Module) BuildID() ([]byte, error) {
	const name = "notes/.note.gnu.build-id"
	text, err := kernfs.ReadText(m.sys(), m.path(name))
	if err != nil {
		return nil, m.missing(name, err)
	}
	return elfmod.NoteBuildID(binary.NativeEndian, []byte(text)), nil
}

// Version is the module's own version, usually "".
func (m *Module) Version() (string, error) {
	text, _, err := m.attribute("version", nil)
	return text, err
}

// Holders returns the names of the modules that use it.
func (m *Module) Holders() ([]string, error) {
	entries, err := m.readDir("holders")
	if errors.Is(err, errNoSysfs) {
		row, err := m.listedRow("holders")
		return row.Holders, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names, err
}

func (m *Module) size(name string, inRow func(LoadedModule) string) (uint64, error) {
	text, found, err := m.attribute(name, inRow)
	if err != nil || !found {
		return 0, err
	}
	size, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, m.failed("read", name, errors.New("the kernel's answer is not a size"))
	}
	return size, nil
}

// attribute reads a one-line file of the module. It reports false when the
// module is there but has no such file. Without sysfs it takes the value from the
// module's row in /proc/modules, by inRow.
func (m *Module) attribute(name string, inRow func(LoadedModule) string) (string, bool, error) {
	text, err := kernfs.Read(m.sys(), m.path(name))
	if err == nil {
		return text, true, nil
	}
	err = m.missing(name, err)
	if errors.Is(err, errNoSysfs) && inRow != nil {
		row, err := m.listedRow(name)
		return inRow(row), err == nil, err
	}
	return "", false, err
}

// readDir lists a directory of the module; one that a module in the kernel does not
// have counts as empty.
func (m *Module) readDir(name string) ([]fs.DirEntry, error) {
	entries, err := kernfs.ReadDir(m.sys(), m.path(name))
	if err == nil {
		return entries, nil
	}
	return nil, m.missing(name, err)
}

// missing says why a file could not be read: nil when the module is there and has
// no such file.
func (m *Module) missing(name string, err error) error {
	switch {
	case errors.Is(err, syscall.ENODEV):
		err = ErrNotLoaded // it is being torn down
	case !kernfs.Gone(err):
	case kernfs.Exists(m.sys(), "module/"+m.Name):
		return nil
	case kernfs.Exists(m.sys(), "module"):
		err = ErrNotLoaded
	default:
		err = errNoSysfs
	}
	return m.failed("read", name, err)
}

// listedRow finds the module in /proc/modules.
func (m *Module) listedRow(name string) (LoadedModule, error) {
	row, err := findRow(m.kernel, m.Name)
	switch {
	case kernfs.Gone(err):
		return row, m.failed("read", name, ErrNotLoaded)
	case err != nil:
		return row, m.failed("read", name, err)
	}
	return row, nil
}

// row reads what /proc/modules would say about the module.
func (m *Module) row() (LoadedModule, error) {
	row := LoadedModule{Name: m.Name}
	var errs [5]error
	row.State, errs[0] = m.Initstate()
	row.Size, errs[1] = m.Coresize()
	row.Refcount, errs[2] = m.Refcount()
	row.Holders, errs[3] = m.Holders()
	row.Taint, errs[4] = m.Taint()
	for _, err := range errs {
		if err != nil {
			return row, err
		}
	}
	return row, nil
}

func (m *Module) sys() fs.FS { return m.kernel.Sys() }

func (m *Module) path(name string) string { return "module/" + m.Name + "/" + name }
