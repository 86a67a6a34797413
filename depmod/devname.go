package depmod

import (
	"fmt"
	"strings"
)

// device is the device node that loads a module on demand.
type device struct {
	name         string
	kind         byte // 'c' or 'b'
	major, minor uint
}

// devnameText lists the device nodes that udev makes so that opening one loads
// its module: those of modules with an alias "devname:NAME" and an alias
// "char-major-A-B" or "block-major-A-B".
func (x *Index) devnameText(t *text) {
	const header = "# Device nodes to trigger on-demand module loading.\n"
	first := true
	for i := range x.modules {
		m := &x.modules[i]
		d, ok := deviceOf(m.Aliases)
		if !ok {
			continue
		}
		if first {
			t.line(header)
			first = false
		}
		t.line(fmt.Sprintf("%s %s %c%d:%d\n", m.Name, d.name, d.kind, d.major, d.minor))
	}
}

// checkDevices reports device nodes without numbers.
func (x *Index) checkDevices() {
	for i := range x.modules {
		if d, ok := deviceOf(x.modules[i].Aliases); !ok && d.name != "" {
			note(&x.Report.Devnames, &x.Report.Unlisted.Devnames, Devname{x.modules[i].Name, d.name})
		}
	}
}

// deviceOf finds the device node in the aliases of a module.
func deviceOf(aliases []string) (d device, complete bool) {
	for _, alias := range aliases {
		if name, ok := strings.CutPrefix(alias, "devname:"); ok {
			d.name = name
		}
		for _, kind := range []string{"char", "block"} {
			numbers, ok := strings.CutPrefix(alias, kind+"-major-")
			if !ok {
				continue
			}
			var major, minor uint
			if n, _ := fmt.Sscanf(numbers, "%d-%d", &major, &minor); n == 2 {
				d.kind, d.major, d.minor = kind[0], major, minor
			}
		}
		if d.name != "" && d.kind != 0 {
			return d, true
		}
	}
	return d, false
}
