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
	if len(c.argv) > 1 {
		c.complain("Usage: " + c.argv[0] + "\n")
		return failure
	}
	if _, err := fs.Stat(c.kernel.Proc(), "modules"); err != nil {
		c.complain("Error: could not get list of modules: " + reason(err) + "\n")
		return failure
	}
	c.stdout.WriteString("Module                  Size  Used by\n")
	for m, err := range kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: c.kernel}).Loaded() {
		if err != nil {
			c.complain("Error: could not get list of modules: " + reason(err) + "\n")
			return failure
		}
		if m.Refcount < 0 {
			m.Refcount = noRefcount
		}
		fmt.Fprintf(c.stdout, "%-19s %8d  %d", m.Name, m.Size, m.Refcount)
		if len(m.Holders) > 0 {
			c.stdout.WriteString(" " + strings.Join(m.Holders, ","))
		}
		c.stdout.WriteByte('\n')
	}
	return success
}
