// Package kmodtest has a kernel in memory, for unit tests of programs that
// load modules with package kmod. It keeps the real kernel's rules: a module
// whose symbols nobody exports is refused with ENOENT, one that is there
// already with EEXIST, a module in use cannot be removed, a compressed file
// has to be unpacked by whoever can.
//
//	k := kmodtest.New("6.1.0-test")
//	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k})
//	_, err := loader.Load(ctx, "xfs")
//	…
//	k.Modules() // what is in the kernel now
//
// It has no forced unloading, as most distributions' kernels.
//
// [Kernel.Fail] makes the init function of a module fail, [Kernel.Hold] keeps
// a module in use, [Kernel.Delay] lets init take time.
package kmodtest
