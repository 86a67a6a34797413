package main

import (
	"fmt"

	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// growthRelease is the release of the trees.
const growthRelease = "6.1.0-growth"

// treeParams are the parameters of the job that writes a tree of modules.
type treeParams struct {
	Root    string `json:"root"`
	Modules int    `json:"modules"`
}

// groupSize is how many modules depend on each other, so that lists of dependencies stay
// short however many modules there are.
const groupSize = 16

// moduleName is the name of a module of the tree.
func moduleName(i int) string { return fmt.Sprint("m", i) }

// moduleAlias is the beginning of what devices call themselves that a module drives. They
// are spread over all numbers.
func moduleAlias(i int) string { return fmt.Sprintf("pci:v%08Xd", uint32(i)*2654435761) }

// deviceAlias is what a device calls itself: every second one has one of the first
// modules, which all trees have.
func deviceAlias(i, modules int) string {
	if i%2 == 0 {
		return fmt.Sprintf("usb:v%08X", i)
	}
	return fmt.Sprintf("%s%08X", moduleAlias(i*7919%modules), i)
}

// writeTree writes the tree.
func writeTree(p *treeParams) (*report, error) {
	tree := &kmodtest.Tree{Release: growthRelease}
	for i := range p.Modules {
		m := kmodtest.Module{Name: moduleName(i), Path: fmt.Sprintf("kernel/%03d/m%d.ko", i%100, i),
			Aliases: []string{moduleAlias(i) + "*"}}
		switch k := i % groupSize; {
		case k > 0: // the first of the group, and one before it
			m.Depends = []string{moduleName(i - k), moduleName(i - (k+1)/2)}
		case i > 0: // what all groups need, and what they would like to have
			m.Depends, m.Softdeps = []string{moduleName(0)}, []string{"pre: " + moduleName(1)}
		}
		tree.Modules = append(tree.Modules, m)
	}
	return &report{}, tree.Write(p.Root)
}
