// Package diagnose says what keeps a module from being loaded, before it is and
// after the kernel has refused it, in plain sentences with advice: architecture and
// vermagic, symbols that nobody exports, of another version, license or namespace,
// parameters, signatures, configuration. It takes what there is (Module.symvers,
// System.map, the running kernel, other modules) and says what it could not check.
//
//	d, err := diagnose.Module(db, &diagnose.Options{Kernel: &live.Host{}}, kmod.Request{Name: "xfs"})
//	fmt.Print(d)
//
// A [Diagnoser] does so for thousands of modules, also for a kernel that is not
// here. An [Explainer] gives the errors of a Loader the same as far as it can have
// been the cause:
//
//	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Explain: diagnose.Explainer()})
package diagnose
