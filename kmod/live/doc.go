// Package live is the kernel as it runs: the system calls for modules and what
// /proc and /sys tell of the modules that are loaded. It reads no module file and
// no index, and a program that only looks needs nothing else.
//
//	for m, err := range live.Loaded(nil) { // as lsmod(8)
//		if err != nil {
//			return err
//		}
//		fmt.Println(m.Name, m.Size, m.Refcount, m.Holders)
//	}
//	loop, err := live.Open(nil, "loop")
//	if err != nil {
//		return err
//	}
//	parameters, err := loop.Parameters()
//
// Functions take the [Kernel] to ask, of which nil stands for the one that runs
// (a [Host] with the usual places of /proc and /sys). Package kmodtest has one in
// memory for tests. What the disk says of modules, and loading them, is the
// business of package kmod.
//
// Names are those by which the kernel knows modules. They are not always those of
// the files: nvidia-current.ko is nvidia. Loader.Live and Loader.Status of package
// kmod find a module by either.
package live
