// Package live is the running kernel: the system calls for modules, and what
// /proc and /sys show of the modules that are loaded. It reads neither module files
// nor indexes; a program that only inspects the kernel needs nothing else.
//
//	for m, err := range live.Loaded(nil) { // like lsmod(8)
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
// Functions take the [Kernel] to ask; nil means the running one (a [Host] with
// /proc and /sys in their usual places). Package kmodtest has one in memory for
// tests. Package kmod knows what the disk says about modules, and loads them.
//
// Modules go by the names that the kernel has for them, which are not always those
// of their files: nvidia-current.ko is nvidia. Loader.Live and Loader.Status of
// package kmod find a module by either name.
package live
