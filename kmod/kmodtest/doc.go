// Package kmodtest has a kernel in memory and a builder of module trees, for
// unit tests of programs that load modules with package kmod. Such tests need no
// module files, no privilege and no Linux:
//
//	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
//		{Name: "bus"},
//		{Name: "nic", Depends: []string{"bus"}, Aliases: []string{"pci:v00008086*"}},
//	}}
//	db, err := tree.Open()
//	if err != nil {
//		return err
//	}
//	defer db.Close()
//	kernel := tree.Kernel()
//	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
//	if _, err := loader.Load(ctx, "nic"); err != nil {
//		return err
//	}
//	fmt.Println(kernel.Modules()) // [bus nic]
//
// A [Tree] describes what is on the disk; it becomes a DB in memory ([Tree.Open]),
// an fs.FS or files. A [Kernel] takes the place of the running one wherever package
// kmod asks for a live.Kernel, and can be asked what happened to it ([Kernel.Modules],
// [Kernel.Params], [Kernel.Calls], [Kernel.Log]).
//
// # What the kernel does
//
// It keeps the real kernel's rules.
//
// Inserting: a module that needs a symbol that nothing exports is refused with
// ENOENT, one that exports a symbol that another exports, or has a foreign
// vermagic, with ENOEXEC, and one that is there already with EEXIST. A module has
// the name that stands in its file, whatever the file is called. While a module is
// coming, a second insert of it waits, and then fails with EEXIST, or with EBUSY
// when the first failed; an insert of a module that needs it waits too. The kernel
// unpacks only what its field Compression names.
//
// Removing: EAGAIN for a module that is in use, EBUSY for one that is coming,
// going or permanent, ENOENT for one that is not there. There is no forced
// unloading, as in most distributions' kernels.
//
// Parameters: those that the file states with a type are shown in /sys with the
// value that was given, or else with the zero value, as the kernel does not know
// with which one the module would start. They have the mode 0644 unless the kernel's
// ParamModes say otherwise, and can be written (live.ParameterWriter). A value that is not one of the type is refused
// with EINVAL or ERANGE; an unknown parameter is ignored with a line in the log.
// Types that a module defines itself take any text.
//
// /proc and /sys have what package kmod reads: the list of modules with states,
// counts, holders and taints, and for each module initstate, refcnt, coresize,
// initsize, taint, holders, parameters, srcversion, version and the note with the
// build id; no sections. Devices that come and go ([Kernel.Plug], [Kernel.PlugAs],
// [Kernel.Unplug]) have their modaliases in /sys/devices and their nodes in
// [Kernel.Dev], and cause events ([Kernel.Events]). So do modules when they have become
// live, and when they are gone.
//
// The kernel's log says why a module is refused, in the words of the real one, and
// a kmod.Loader with KernelLog reads it. [Kernel.Print] adds to it what a driver or
// a process would log.
//
// Symbol versions are not compared, and signatures are not verified.
//
// # What can go wrong
//
// [Kernel.Fail] and [Kernel.FailTimes] make the init function of a module fail,
// [Kernel.Block] keeps a module in the state "coming" until the test releases it,
// [Kernel.Hold] keeps one in use, [Kernel.LoseEvents] and [Kernel.PlugUnheard] make
// listeners lose events.
// Functions of the test take the place of init and exit (OnInit, OnExit), or answer
// any call (OnCall). Other fields of [Kernel] make it refuse every module, as with
// Lockdown, ModulesDisabled and NoCapability.
package kmodtest
