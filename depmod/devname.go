package depmod

import "github.com/gokmod/gokmod/internal/devname"

// devnameText lists the device nodes that udev makes so that opening one loads
// its module: those of modules with an alias "devname:NAME" and an alias
// "char-major-A-B" or "block-major-A-B".
func (x *Index) devnameText(t *text) {
	first := true
	for i := range x.modules {
		d, ok := devname.Of(x.modules[i].Name, x.modules[i].Aliases)
		if !ok {
			continue
		}
		if first {
			t.line(devname.Header)
			first = false
		}
		t.line(d.String() + "\n")
	}
}

// checkDevices reports device nodes without numbers.
func (x *Index) checkDevices() {
	for i := range x.modules {
		if d, ok := devname.Of(x.modules[i].Name, x.modules[i].Aliases); !ok && d.Name != "" {
			note(&x.Report.Devnames, &x.Report.Unlisted.Devnames, Devname{d.Module, d.Name})
		}
	}
}
