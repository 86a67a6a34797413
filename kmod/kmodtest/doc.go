// Package kmodtest has a kernel in memory and a builder of module trees, for
// unit tests of programs that load modules with package kmod. Neither a module
// file nor a privilege is needed:
//
//	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
//		{Name: "bus"},
//		{Name: "nic", Depends: []string{"bus"}, Aliases: []string{"pci:v00008086*"}},
//	}}
//	db, err := tree.Open()
//	kernel := tree.Kernel()
//	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
//	_, err = loader.Load(ctx, "nic")
//	…
//	kernel.Modules() // what is in the kernel now
//
// # What the kernel does
//
// It keeps the real kernel's rules. Inserting: a module whose symbols nobody
// exports is refused with ENOENT, one that exports a symbol that another
// exports or has a foreign vermagic with ENOEXEC, one that is there already
// with EEXIST. A module has the name that stands in its file, whatever that is
// called. While a module is coming, a second insert of it waits, then is
// told EEXIST, or EBUSY when the first failed; an insert of a module that needs
// it waits too. A compressed file has to be unpacked by whoever can.
//
// Removing: EAGAIN for a module that is in use, EBUSY for one that comes or
// goes or is permanent, ENOENT for one that is not there. There is no forced
// unloading, as in most distributions' kernels.
//
// Parameters: those that the file states with a type are shown in /sys with the
// value given, else with the zero value, as what the module itself would start
// with is not known. They can be written (live.ParameterWriter), whatever they
// allow in reality, and have the mode 0644. A value that is not one of the type
// is refused with EINVAL or ERANGE; an unknown parameter is ignored with a line
// in [Kernel.Log]. Types of a module's own take any text.
//
// /proc and /sys have what package kmod reads: the list of modules with states,
// counts, holders and taints, and for each module initstate, refcnt, coresize,
// initsize, taint, holders, parameters, srcversion and version; no sections.
// Devices that come and go ([Kernel.Plug], [Kernel.Unplug]) have their modaliases
// in /sys/devices, and make events ([Kernel.Events]).
// Symbol versions are not compared and signatures not verified.
//
// Why a module is refused stands in the kernel's log ([Kernel.Log]), in the
// words of the real one, which a kmod.Loader with KernelLog reads. What others
// log comes from [Kernel.Print].
//
// # What can go wrong
//
// [Kernel.Fail] and [Kernel.FailTimes] make the init function of a module fail,
// [Kernel.Block] keeps a module in the state "coming" until it is released,
// [Kernel.Hold] keeps one in use. Functions of the test's own take the place of
// init and exit (OnInit, OnExit), or answer any call (OnCall). The fields of
// [Kernel] describe a kernel that refuses as a whole.
package kmodtest
