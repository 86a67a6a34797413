package diagnose

import (
	"strings"

	"github.com/gokmod/gokmod/modinfo"
)

// runningImage is the image of the running kernel as the provider of a symbol, of which
// the license may be known.
func (d *Diagnoser) runningImage(symbol string) *provider {
	only, known := d.facts.image.GPLOnly(d.opts.Kernel.Proc(), symbol)
	return &provider{name: kernelImage, export: modinfo.Export{Name: symbol, GPLOnly: only}, listed: true,
		source: sourceKallsyms, noCRC: true, noLicense: !known, noNamespace: true}
}

// opaqueParts are what is not known about the exports of the kernel image, of what
// matters to the module: one without versions has none to compare, and one under the GPL
// may use all symbols.
func (l *linking) opaqueParts() string {
	var parts []string
	if l.s.versioned() {
		parts = append(parts, "versions")
	}
	if l.unlicensed && !l.s.free() {
		parts = append(parts, "licenses")
	}
	parts = append(parts, "namespaces")
	last := len(parts) - 1
	if last == 0 {
		return parts[0]
	}
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}
