// Package diagnose says what keeps a module from being loaded, before an attempt to
// load it or after the kernel has refused it, in plain sentences with advice. It
// checks architecture and vermagic, symbols (missing, or of another version, license
// or namespace), parameters, signatures and configuration. It uses what is available
// (Module.symvers, System.map, the running kernel, other modules) and says what it
// could not check.
//
//	d, err := diagnose.Module(db, &diagnose.Options{Kernel: &live.Host{}}, kmod.Request{Name: "xfs"})
//	fmt.Print(d)
//
// A [Diagnoser] does so for thousands of modules, and for kernels of other machines
// too. An [Explainer] adds to the errors of a Loader whatever can have caused the
// refusal:
//
//	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Explain: diagnose.Explainer()})
package diagnose
