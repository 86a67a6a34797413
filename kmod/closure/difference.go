package closure

import (
	"cmp"
	"path"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/internal/enum"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
)

// Difference is what distinguishes two closures, such as those of two versions of an
// image. It is data that package encoding/json can write and read.
type Difference struct {
	// OldRelease and NewRelease are the kernel releases.
	OldRelease string `json:"oldRelease"`
	NewRelease string `json:"newRelease"`

	// Changes are those of modules, of firmware, of missing firmware and of
	// configuration, in that order, each sorted by name.
	Changes []Change `json:"changes,omitempty"`
}

// Change is one thing that only one of two closures has, or that differs.
type Change struct {
	Kind ChangeKind `json:"kind"`

	// Name is that of the module or firmware, or the line of configuration.
	Name string `json:"name"`

	// Old and New are where the thing is in each closure; nil if it is not there. If
	// neither is nil, its place or size has changed.
	Old *Place `json:"old,omitempty"`
	New *Place `json:"new,omitempty"`
}

// Place is a thing in one of two closures that are compared.
type Place struct {
	// Path is the file: that of a module as it is called in the module directory, or
	// its whole path if it is elsewhere, "builtin" for a built-in; that of firmware
	// as drivers name it, with the extension of a compressed file. "" for what has no
	// file.
	Path string `json:"path,omitempty"`
	Size int64  `json:"size,omitempty"` // of the file

	// Why is why a module is in the closure, as [Closure.Why] says it.
	Why []kmod.Reason `json:"why,omitempty"`

	// Modules are those that name the firmware.
	Modules []string `json:"modules,omitempty"`

	// Origin is the file and line of a line of configuration, else nil.
	Origin *kmod.Origin `json:"origin,omitempty"`
}

// ChangeKind says what kind of thing has changed.
type ChangeKind uint8

// The kinds of things in a closure.
const (
	ChangedModule ChangeKind = iota
	ChangedFirmware
	ChangedMissingFirmware // firmware that drivers name and that does not exist
	ChangedConfig          // a line of configuration
)

var changeNames = [...]string{"module", "firmware", "missing", "config"}

func (k ChangeKind) String() string { return enum.Name(k, changeNames[:], "change") }

// MarshalText returns the name of the kind.
func (k ChangeKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (k *ChangeKind) UnmarshalText(text []byte) error {
	return enum.Parse(k, changeNames[:], text, "change")
}

// Diff compares two closures, either of which may have been read from JSON. nil counts
// as one that has nothing. Files are compared by place and size, not by content.
// Reasons, warnings and the order of things do not count.
func Diff(old, new *Closure) *Difference {
	old, new = cmp.Or(old, &Closure{}), cmp.Or(new, &Closure{})
	d := &Difference{OldRelease: old.Release, NewRelease: new.Release}
	d.compare(ChangedModule, old.modulePlaces(), new.modulePlaces())
	d.compare(ChangedFirmware, firmwarePlaces(old.Firmware), firmwarePlaces(new.Firmware))
	d.compare(ChangedMissingFirmware, firmwarePlaces(old.MissingFirmware), firmwarePlaces(new.MissingFirmware))
	d.compare(ChangedConfig, old.configPlaces(), new.configPlaces())
	return d
}

// compare adds the differences between things of one kind, by their names.
func (d *Difference) compare(kind ChangeKind, old, new map[string]*Place) {
	var names []string
	for name := range old {
		names = append(names, name)
	}
	for name := range new {
		names = append(names, name)
	}
	for _, name := range inOrder(names) {
		was, is := old[name], new[name]
		if was != nil && is != nil && was.Path == is.Path && was.Size == is.Size {
			continue
		}
		d.Changes = append(d.Changes, Change{Kind: kind, Name: name, Old: was, New: is})
	}
}

// modulePlaces returns the modules by name.
func (c *Closure) modulePlaces() map[string]*Place {
	modules := make(map[string]*Module, len(c.Modules))
	for i := range c.Modules {
		modules[c.Modules[i].Name] = &c.Modules[i]
	}
	find := func(name string) *Module { return modules[modname.Normalize(name)] }
	places := make(map[string]*Place, len(modules))
	for name, m := range modules {
		places[name] = &Place{Path: c.placeOf(m), Size: m.Size, Why: why(name, find, maxWhy)}
	}
	return places
}

// maxWhy bounds the reasons for one module: chains of soft dependencies may have the
// length of the closure.
const maxWhy = 64

// placeOf returns the place of a module's file, without what changes with the release.
func (c *Closure) placeOf(m *Module) string {
	if m.Builtin {
		return "builtin"
	}
	if _, rel, ok := strings.Cut(m.Path, path.Join("lib/modules", c.Release)+"/"); ok {
		return rel
	}
	return m.Path
}

// firmwarePlaces returns firmware by name.
func firmwarePlaces(list []Firmware) map[string]*Place {
	places := make(map[string]*Place, len(list))
	for i := range list {
		f := &list[i]
		file := f.Path[max(strings.LastIndex(f.Path, f.Name), 0):] // not the directory
		places[f.Name] = &Place{Path: file, Size: f.Size, Modules: f.Modules}
	}
	return places
}

// configPlaces returns the lines of configuration by their text.
func (c *Closure) configPlaces() map[string]*Place {
	places := make(map[string]*Place, len(c.Config))
	for i := range c.Config {
		line := &c.Config[i]
		if places[line.Text] == nil {
			places[line.Text] = &Place{Origin: &line.Origin}
		}
	}
	return places
}

// String prints the difference in the manner of diff(1): "-" before what went, "+"
// before what came, both for what has changed; "" if there is none but in the releases.
func (d *Difference) String() string {
	if len(d.Changes) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("--- " + plain.Name(d.OldRelease) + "\n+++ " + plain.Name(d.NewRelease) + "\n")
	for i := range d.Changes {
		b.WriteString(d.Changes[i].String())
	}
	return b.String()
}

// String prints one or two lines, each with a line end.
func (c *Change) String() string {
	var text string
	if c.Old != nil {
		text = "-" + c.line(c.Old)
	}
	if c.New != nil {
		text += "+" + c.line(c.New)
	}
	return text
}

func (c *Change) line(p *Place) string {
	words := []string{c.Kind.String(), plain.Line(c.Name)}
	if p.Path != "" {
		words = append(words, "("+plain.Name(p.Path)+")")
	}
	if p.Size != 0 {
		words = append(words, strconv.FormatInt(p.Size, 10), "bytes")
	}
	text := strings.Join(words, " ")
	if len(p.Modules) > 0 {
		text += ": named by " + plain.Names(p.Modules, ", ")
	}
	if p.Origin != nil {
		text += ": " + p.Origin.String()
	}
	for i, r := range p.Why {
		text += [...]string{": ", ", "}[min(i, 1)] + r.String()
	}
	return text + "\n"
}
