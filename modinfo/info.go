package modinfo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
)

// Info is what a module says about itself: the contents of its .modinfo section
// with build id and signature. It is a plain value that keeps nothing open, and
// is safe for concurrent reading.
type Info struct {
	// Path is the name under which the file was opened, "" for a reader and
	// for built-ins.
	Path string

	// Machine is the ELF machine (EM_ number) the module is built for, 0 for
	// built-ins. Is64 and BigEndian tell its ELF class and byte order.
	Machine   Machine
	Is64      bool
	BigEndian bool

	// Fields holds the whole .modinfo section in file order. The methods of
	// Info read from it.
	Fields

	// BuildID is the linker's build id (usually 20 bytes), nil if absent.
	BuildID []byte

	// Signature is the appended signature, nil for an unsigned module.
	Signature *Signature
}

// Name is the module's name: its "name" field, otherwise the name derived from
// Path. Dashes are underscores.
func (i *Info) Name() string {
	if name := i.Value("name"); name != "" {
		return modname.Normalize(name)
	}
	return modname.FromPath(i.Path)
}

// License is the license the module declares, such as "GPL".
func (i *Info) License() string { return i.Value("license") }

// freeLicenses are those whose modules may use symbols for the GPL only, by the
// kernel's document license-rules.
var freeLicenses = [...]string{"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"}

// GPLCompatible reports whether the kernel lets the module use symbols that are
// exported for modules under the GPL only, by its license.
func (i *Info) GPLCompatible() bool { return slices.Contains(freeLicenses[:], i.License()) }

// Description is the module's one-line description.
func (i *Info) Description() string { return i.Value("description") }

// Version is the module's own version, which most modules lack.
func (i *Info) Version() string { return i.Value("version") }

// Srcversion is the hash over the module's source files.
func (i *Info) Srcversion() string { return i.Value("srcversion") }

// Vermagic is compared by the kernel with that of its own build before it
// accepts the module: release and configuration, such as "6.1.0 SMP preempt
// mod_unload modversions ".
func (i *Info) Vermagic() string { return i.Value("vermagic") }

// Authors returns the authors in file order.
func (i *Info) Authors() []string { return i.Values("author") }

// Aliases returns the patterns of device and other aliases in file order.
func (i *Info) Aliases() []string { return i.Values("alias") }

// Firmware returns the firmware files that the module may request, relative to
// the firmware directories.
func (i *Info) Firmware() []string { return i.Values("firmware") }

// ImportNamespaces returns the symbol namespaces that the module imports
// (MODULE_IMPORT_NS).
func (i *Info) ImportNamespaces() []string { return i.Values("import_ns") }

// InTree reports whether the module was built as part of the kernel source.
func (i *Info) InTree() bool { return i.Value("intree") == "Y" }

// Depends returns the names of the modules whose symbols this one uses, as
// recorded by the kernel build. Dashes are kept as written.
func (i *Info) Depends() []string {
	return strings.FieldsFunc(i.Value("depends"), func(r rune) bool { return r == ',' })
}

// Softdep is one softdep field: modules to load before (Pre) and after (Post)
// this one if they exist. See modprobe.d(5).
type Softdep struct {
	Pre, Post []string
}

// Softdeps returns the soft dependencies, one element for each softdep field.
func (i *Info) Softdeps() []Softdep {
	var deps []Softdep
	for _, value := range i.Values("softdep") {
		deps = append(deps, parseSoftdep(value))
	}
	return deps
}

// parseSoftdep parses "pre: a b post: c". Words before the first label are
// ignored.
func parseSoftdep(value string) Softdep {
	var dep, none Softdep
	list := &none.Pre
	for _, word := range strings.Fields(value) {
		switch word {
		case "pre:":
			list = &dep.Pre
		case "post:":
			list = &dep.Post
		default:
			*list = append(*list, word)
		}
	}
	return dep
}

// Weakdeps returns the modules named by weakdep fields: they may be useful
// together with this one, but are not loaded with it. See modprobe.d(5).
func (i *Info) Weakdeps() []string {
	var names []string
	for _, value := range i.Values("weakdep") {
		names = append(names, strings.Fields(value)...)
	}
	return names
}

// Architecture describes machine, word size and byte order, such as
// "x86_64 (64-bit, little-endian)".
func (i *Info) Architecture() string { return architecture(i.Machine, i.Is64, i.BigEndian) }

func architecture(m Machine, is64, bigEndian bool) string {
	bits, order := 32, "little-endian"
	if is64 {
		bits = 64
	}
	if bigEndian {
		order = "big-endian"
	}
	return fmt.Sprintf("%v (%d-bit, %s)", m, bits, order)
}
