package main

import "slices"

// subcommand is a command of kmod.
type subcommand struct {
	name, does string
	kind       subcommandKind
	run        func(*command) int
}

type subcommandKind int

const (
	common   subcommandKind = iota // every version of kmod has it
	addition                       // only this program has it
	compat                         // one of the tools
	hidden                         // for scripts; the help does not list it
)

// subcommands are all commands, in the order in which the help lists them.
func subcommands() []subcommand {
	const static = "output the static-node information installed with the currently running kernel"
	list := []subcommand{
		{"help", "show help message", common, (*command).help},
		{"list", "list currently loaded modules", common, (*command).lsmod},
		{"static-nodes", static, common, (*command).staticNodes},
		{"graph", "draw what loading modules takes", addition, (*command).graph},
		{"diagnose", "say what would keep modules from being loaded", addition, (*command).diagnose},
		{"check", "say whether module files would load on some kernel", addition, (*command).check},
		{"exports", "show what a kernel exports, as its image says", addition, (*command).exports},
		{"sign", "sign modules, or remove their signatures", addition, (*command).sign},
		{"verify", "check the signatures of modules", addition, (*command).verify},
		{"link", "make links by the names of the tools, and write manual pages", addition, (*command).link},
		{"complete", "print candidates for a shell", hidden, (*command).complete},
		{"lsmod", "", compat, (*command).lsmod},
		{"rmmod", "", compat, (*command).rmmod},
		{"insmod", "", compat, (*command).insmod},
		{"modinfo", "", compat, (*command).modinfo},
		{"modprobe", "", compat, (*command).modprobe},
		{"depmod", "", compat, (*command).depmod},
	}
	for i := range list {
		if list[i].kind == compat {
			list[i].does = "compat " + list[i].name + " command"
		}
	}
	return list
}

// findSubcommand finds the command of that name, nil when there is none.
func findSubcommand(name string) *subcommand {
	list := subcommands()
	if at := slices.IndexFunc(list, func(s subcommand) bool { return s.name == name }); at >= 0 {
		return &list[at]
	}
	return nil
}

// compatTools are the names of the tools.
func compatTools() (names []string) {
	for _, s := range subcommands() {
		if s.kind == compat {
			names = append(names, s.name)
		}
	}
	return names
}
