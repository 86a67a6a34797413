package live

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Section is a section of a module with its address in memory.
type Section struct {
	Name string

	// Address is 0 without CAP_SYSLOG, and where the kernel hides addresses
	// (kernel.kptr_restrict).
	Address uint64
}

// Sections returns the module's sections in memory, sorted by name: what a debugger
// needs to find the module's symbols. Only root may read them; for others the error
// wraps fs.ErrPermission. A kernel without kallsyms shows none.
func (m *Module) Sections() ([]Section, error) {
	entries, err := m.readDir("sections")
	if err != nil {
		return nil, err
	}
	var sections []Section
	for _, e := range entries {
		address, found, err := m.section(e.Name())
		if err != nil {
			return nil, err
		}
		if found {
			sections = append(sections, Section{e.Name(), address})
		}
	}
	slices.SortFunc(sections, func(a, b Section) int { return strings.Compare(a.Name, b.Name) })
	return sections, nil
}

func (m *Module) section(name string) (address uint64, found bool, err error) {
	attribute := "sections/" + name
	text, found, err := m.attribute(attribute, nil)
	if err != nil || !found {
		return 0, false, err
	}
	address, err = strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 64)
	if err != nil {
		return 0, false, m.failed("read", attribute, errors.New("the kernel's answer is not an address"))
	}
	return address, true, nil
}
