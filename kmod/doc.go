// Package kmod loads and unloads Linux kernel modules, and answers what a
// kernel's module directory holds, without calling any other program.
//
// It works in three steps, each usable on its own:
//
// Describe. [Open] gives a [DB]: what the disk says about one kernel release.
// It reads the indexes that depmod(8) writes and needs no privilege, no Linux
// and no running kernel of that release: a tree mounted elsewhere
// ([Config.Root]) or any [fs.FS] will do. Nothing is read before it is asked
// for.
//
//	db, err := kmod.Open(nil) // the running kernel
//	modules, err := db.Lookup("pci:v00008086d00001533sv*sd*bc02sc00i00")
//
// Plan. [DB.Plan] says what has to be done to load modules: which files, in
// which order, with which parameters, which commands of the configuration, what
// is skipped, and why. Printing a plan is a dry run, [Plan.DOT] draws it.
//
// Act. A [Loader] carries plans out on a [live.Kernel], the running one unless told
// otherwise, and reports what happened to each step:
//
//	loader := kmod.NewLoader(db, nil)
//	result, err := loader.Load(ctx, "xfs")
//
// Steps that do not wait for each other run in parallel, and however many
// goroutines and processes ask for a module, it is inserted once.
// [Loader.Unload] takes modules away with what they alone used.
//
// [Loader.Status] tells where a module stands, on the disk or in the kernel. What
// the kernel itself shows, package live reads: the list of what is loaded, the
// details of a module, its parameters. Package kmodtest has a kernel in memory for
// unit tests, and builds module trees.
//
// # Names
//
// Indexes, configuration and plans know a module by the name of its file, the
// kernel by the name that stands in it. These differ where a distribution keeps
// several versions of a driver: nvidia-current.ko is nvidia. [Loader.Status],
// [Loader.Live], [Loader.Unload] and [Loader.Remove] take either, and a plan finds
// a module in the kernel by both; [live.Loaded] has the kernel's names. As a
// file has to be unpacked to tell, it is read only if the kernel refuses it as
// already there, or has modules that modules.dep does not list; then a DB reads
// the files of those modules that it is asked about, each once. A name that only
// the kernel has stands for a module as long as that is in the kernel.
//
// # Devices
//
// [Loader.Coldplug] loads what the devices of the machine need, in one plan for
// all of them; package uevent tells of devices that appear later:
//
//	for event, err := range listener.Events(ctx) { … loader.Load(ctx, event.Modalias) … }
//
// # Images
//
// Package closure collects every file that modules can need, for those who build
// initial root file systems and images.
//
// # Configuration
//
// A DB obeys modprobe.d(5) and the kernel command line as modprobe(8) does:
// aliases, options, blacklists, soft and weak dependencies, install and remove
// commands. [Config] says which of it counts; each [Option] and [Reason] names
// the file and line that it comes from. What is wrong in the files is never
// fatal: see [DB.Warnings]. This package runs no shell: commands go to
// LoaderConfig.Command. To keep modules out, a blacklist line is not enough, as
// it does not concern dependencies; LoaderConfig.Policy sees every module.
//
// # Errors
//
// Every error names the module and the file concerned. Use errors.Is with the
// sentinels of this package ([ErrNotFound], [ErrNoModuleDir], [ErrNoIndexes],
// [ErrUnknownSymbol], [ErrVermagic], [ErrInUse], …) or with fs.ErrNotExist, fs.ErrExist, fs.ErrPermission and
// errors.ErrUnsupported to tell them apart, and errors.As with [Error], [InUseError]
// and [LookupError] for the details. An [Error] says what failed ([Error].Op), of
// which module and file, what the kernel answered and, printed with %+v, all else that
// is known, over several lines:
//
//	var failed *kmod.Error
//	if errors.As(err, &failed) && failed.Errno == syscall.ENODEV {
//		log.Printf("%s has no device: %+v", failed.Module, failed)
//	}
//
// That of a module that was not loaded because one that it needs was not wraps the
// error of that one, which [Error.Root] finds.
//
// What is not on the disk is an error when it is asked for: without a module
// directory for the release, or without the indexes that depmod(8) makes, each
// question that only they answer ends with ErrNoModuleDir or ErrNoIndexes, and
// the text names the releases that are there. What is in the kernel all the same,
// live or built in, counts as loaded.
//
// # What is wrong
//
// When an insert has failed, the error says what the kernel's answer means and names
// the symbols that are missing; with [LoaderConfig].KernelLog it has the lines of the
// kernel log that the insert caused. Package diagnose looks into the module itself:
// before it is loaded, and for LoaderConfig.Explain after the kernel has refused it.
//
// # Trust
//
// A module directory may be hostile. A damaged index is an error that wraps
// [ErrCorrupt]; a path that leaves the module directory is one that wraps
// [ErrPath]; memory is bounded. Patterns that take more work than any that are meant
// to be matched are an error that wraps [ErrBudget]. A name is never taken for a path. With
// LoaderConfig.Verify, such as one that demands a signature by a known key
// (package modsig), only modules whose contents are accepted get into the
// kernel.
//
// The behaviour follows modprobe(8), modprobe.d(5), modules.dep(5),
// init_module(2) and delete_module(2), except that each module has one step in
// a plan, that all softdep lines of a module count and do not make its install
// command void, and that IgnoreCommands leaves soft dependencies in place.
package kmod
