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
// [OpenLoader] opens both, and the simplest case is one call:
//
//	result, err := kmod.Load(ctx, "xfs")
//
// [Loader.LoadRequests] takes parameters for modules, and options: to go on after a
// failure (RunOptions.KeepGoing), to leave out names that nobody knows
// (PlanOptions.SkipUnknown), to run no commands (PlanOptions.NoCommands).
//
// Steps that do not wait for each other run in parallel, and however many
// goroutines and processes ask for a module, it is inserted once.
// [Loader.Unload] removes modules, and what only they used.
//
// [Loader.Status] tells where a module stands, on the disk or in the kernel. Package live
// reads what the kernel itself shows: the list of what is loaded, the
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
// all of them. [Loader.LoadAliases] does so for devices that appear later, of which
// package uevent tells:
//
//	result, err := loader.Coldplug(ctx, nil)
//	result, err = loader.LoadAliases(ctx, nil, "usb:v0BC2p2322d0100dc00")
//
// Both go on after failures, count what no module is for as nothing unusual, and leave
// blacklisted modules out unless PlanOptions.KeepBlacklisted is set.
//
// A device may have several drivers: [DB.Matches] has the one whose alias fits best first.
// [DB.Devnames] has the nodes that need to be in /dev before their modules are loaded.
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
// commands. [Config] says which of it counts; each [ParamSource] and [Reason] names
// the file and line that it comes from. What is wrong in the files is never
// fatal: see [DB.Warnings]. This package runs no shell: commands go to
// LoaderConfig.Command. To keep modules out, a blacklist line is not enough, as
// it does not concern dependencies; LoaderConfig.Policy sees every module.
//
// [Loader.LoadListed] loads the modules that modules-load.d(5) and the kernel command
// line list for the start of the machine; [ReadModulesLoad] returns them.
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
//
// # Coming from libkmod
//
// Every function of libkmod.h (kmod 34) and what takes its place. There are no
// lists and no reference counts: results are slices, sequences and plain values,
// which stay valid. Where libkmod returns a negative errno, the error here wraps it,
// with a sentinel to ask for, such as [ErrUnknownSymbol]. A [DB] and a [Loader] are
// safe for concurrent use. What is not in this package is named with its own, as
// live.Loaded and modinfo.Open.
//
// The context, and the indexes:
//
//	kmod_new                      Open, OpenLoader; dirname is Config.ModuleDir or Root and Release,
//	                              config_paths is Config.ConfigDirs
//	kmod_ref                      not needed
//	kmod_unref                    DB.Close
//	kmod_load_resources           not needed: an index is opened when it is first asked,
//	                              and stays open until DB.Close
//	kmod_unload_resources         DB.Close
//	kmod_validate_resources       none: a DB does not change; Open a new one after depmod
//	kmod_dump_index               DB.Modules, DB.Aliases, DB.Symbols, DB.Builtins
//	kmod_get_dirname              DB.Dir
//	kmod_set_log_fn               none: errors, DB.Warnings, RunOptions.Start and Done
//	kmod_set_log_priority         none
//	kmod_get_log_priority         none
//	kmod_set_userdata             none: functions of a configuration are closures
//	kmod_get_userdata             none
//
// Lists:
//
//	kmod_list_foreach             for range
//	kmod_list_foreach_reverse     for range slices.Backward
//	kmod_list_next                an index into a slice
//	kmod_list_prev                an index into a slice
//	kmod_list_last                an index into a slice
//
// The configuration. It is applied to plans, each piece with its file and line, and
// [DB.WriteConfig] writes all of it as modprobe.d(5) has it:
//
//	kmod_config_get_aliases          DB.WriteConfig; DB.Lookup obeys it
//	kmod_config_get_blacklists       DB.WriteConfig; Step.Skip, PlanOptions.UseBlacklist
//	kmod_config_get_options          DB.WriteConfig; Step.ParamSources
//	kmod_config_get_install_commands DB.WriteConfig; Step.Command
//	kmod_config_get_remove_commands  DB.WriteConfig; Removal.Command
//	kmod_config_get_softdeps         DB.WriteConfig; Step.Reasons
//	kmod_config_get_weakdeps         DB.WriteConfig; Step.Weak
//	kmod_config_iter_next            a line
//	kmod_config_iter_get_key         the word of a line behind its keyword
//	kmod_config_iter_get_value       the rest of a line
//	kmod_config_iter_free_iter       not needed
//
// Modules on the disk:
//
//	kmod_module_new_from_lookup        DB.Lookup
//	kmod_module_new_from_name          DB.Module, which wants it to exist
//	kmod_module_new_from_name_lookup   DB.Module
//	kmod_module_new_from_path          Request.Path; modinfo.Open to read it
//	kmod_module_get_module             not needed: elements are modules
//	kmod_module_ref                    not needed
//	kmod_module_unref                  not needed
//	kmod_module_unref_list             not needed
//	kmod_module_get_name               Module.Name
//	kmod_module_get_path               Module.Path
//	kmod_module_get_dependencies       DB.Dependencies
//	kmod_module_get_softdeps           DB.Plan: the steps with such a reason;
//	                                   modinfo.Info.Softdeps: what the file says
//	kmod_module_get_weakdeps           Step.Weak; modinfo.Info.Weakdeps
//	kmod_module_get_options            DB.Plan: Step.Params, Step.ParamSources
//	kmod_module_get_install_commands   DB.Plan: Step.Command
//	kmod_module_get_remove_commands    UnloadOptions.DryRun: Removal.Command
//	kmod_module_apply_filter           PlanOptions.UseBlacklist; Module.Builtin
//	kmod_module_get_filtered_blacklist PlanOptions.UseBlacklist
//
// Loading and unloading. The call for one module takes all of them at once here:
//
//	kmod_module_probe_insert_module   Loader.Load, Loader.LoadRequests
//	  extra_options                   Request.Params
//	  run_install                     LoaderConfig.Command
//	  print_action                    RunOptions.Start and Done
//	  KMOD_PROBE_FORCE_VERMAGIC       RunOptions.Flags: live.IgnoreVermagic
//	  KMOD_PROBE_FORCE_MODVERSION     RunOptions.Flags: live.IgnoreModversions
//	  KMOD_PROBE_IGNORE_COMMAND       PlanOptions.IgnoreCommands
//	  KMOD_PROBE_IGNORE_LOADED        none: what is live stays as it is
//	  KMOD_PROBE_DRY_RUN              RunOptions.DryRun; printing a Plan
//	  KMOD_PROBE_FAIL_ON_LOADED       none: StepResult.Outcome is OutcomeLive
//	  KMOD_PROBE_APPLY_BLACKLIST…     PlanOptions.UseBlacklist
//	  (_ALIAS_ONLY is what a plan does without it; for _ALL see LoaderConfig.Policy)
//	kmod_module_insert_module         Loader.Insert, InsertFile, InsertImage
//	kmod_module_remove_module         Loader.Remove; Loader.Unload with what it alone used
//
// Modules in the kernel:
//
//	kmod_module_new_from_loaded       live.Loaded
//	kmod_module_get_initstate         Loader.Status, live.StatusOf, live.Module.Initstate
//	kmod_module_initstate_str         Status.String
//	kmod_module_get_refcnt            live.Module.Refcount
//	kmod_module_get_holders           live.Module.Holders
//	kmod_module_get_size              live.Module.Coresize and Initsize
//	kmod_module_get_sections          live.Module.Sections
//	kmod_module_section_get_name      live.Section.Name
//	kmod_module_section_get_address   live.Section.Address
//	kmod_module_section_free_list     not needed
//
// What a module file says. [DB.Info] takes a name and modinfo.Open a path:
//
//	kmod_module_get_info                       modinfo.File.Info, modinfo.ReadFile
//	kmod_module_info_get_key                   modinfo.Field.Key
//	kmod_module_info_get_value                 modinfo.Field.Value
//	kmod_module_info_free_list                 not needed
//	kmod_module_get_symbols                    modinfo.File.Exports
//	kmod_module_symbol_get_symbol              modinfo.Export.Name
//	kmod_module_symbol_get_crc                 modinfo.Export.CRC
//	kmod_module_symbols_free_list              not needed
//	kmod_module_get_versions                   modinfo.File.Versions
//	kmod_module_version_get_symbol             modinfo.Version.Name
//	kmod_module_version_get_crc                modinfo.Version.CRC
//	kmod_module_versions_free_list             not needed
//	kmod_module_get_dependency_symbols         modinfo.File.Needed
//	kmod_module_dependency_symbol_get_symbol   modinfo.Needed.Name
//	kmod_module_dependency_symbol_get_bind     modinfo.Needed.Weak
//	kmod_module_dependency_symbol_get_crc      modinfo.Needed.CRC
//	kmod_module_dependency_symbols_free_list   not needed
package kmod
