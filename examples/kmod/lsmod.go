package main

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/gokmod/gokmod/kmod"
)

// noRefcount is what kmod prints as the reference count in a kernel that keeps
// none because it cannot unload modules.
const noRefcount = -2

// lsmod is the tool of that name: it lists the modules in the kernel.
func (c *command) lsmod() int {
	asJSON := len(c.argv) == 2 && c.argv[1] == "--json"
	if len(c.argv) > 1 && !asJSON {
		c.complain("Usage: " + c.argv[0] + "\n")
		return failure
	}
	if _, err := fs.Stat(c.kernel.Proc(), "modules"); err != nil {
		c.complain("Error: could not get list of modules: " + reason(err) + "\n")
		return failure
	}
	if !asJSON {
		c.stdout.WriteString("Module                  Size  Used by\n")
	}
	for m, err := range kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: c.kernel}).Loaded() {
		if err != nil {
			c.complain("Error: could not get list of modules: " + reason(err) + "\n")
			return failure
		}
		if asJSON {
			c.stdout.Write(jsonLine(newLoadedJSON(&m)))
			continue
		}
		c.showLoaded(&m)
	}
	return success
}

// showLoaded prints a module in columns.
func (c *command) showLoaded(m *kmod.LoadedModule) {
	refcount := m.Refcount
	if refcount < 0 {
		refcount = noRefcount
	}
	fmt.Fprintf(c.stdout, "%-19s %8d  %d", m.Name, m.Size, refcount)
	if len(m.Holders) > 0 {
		c.stdout.WriteString(" " + strings.Join(m.Holders, ","))
	}
	c.stdout.WriteByte('\n')
}
