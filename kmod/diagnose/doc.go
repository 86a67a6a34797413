// Package diagnose says what keeps a module from being loaded, before an attempt to
// load it or after the kernel has refused it, in plain sentences with advice. It
// checks architecture and vermagic, symbols (missing, or of another version, license
// or namespace), parameters, signatures and configuration. It uses what is available
// (Module.symvers, the kernel's image or System.map, the running kernel, other modules)
// and says what it could not check.
//
//	d, err := diagnose.Module(db, &diagnose.Options{Kernel: &live.Host{}}, kmod.Request{Name: "xfs"})
//	fmt.Print(d)
//
// A [Diagnoser] does so for thousands of modules, and for kernels of other machines
// too. An [Explainer] adds to the errors of a Loader whatever can have caused the
// refusal:
//
//	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Explain: diagnose.Explainer()})
//
// # Causes
//
// Each line of this table is a cause: the kind of finding, the kernel's answer, what tells
// it before an attempt, and what else tells it after one, in the error:
//
//	kind          cause                                    answer                  before            after
//	file          cut, empty, or not a module              ENOEXEC, EINVAL         the file          -
//	file          packed in a way that nobody unpacks      (it is not asked)       the file          -
//	architecture  built for another machine                ENOEXEC                 modules           -
//	vermagic      a field differs                          ENOEXEC                 modules, image    the log
//	structure     struct module has another size           ENOEXEC (from 6.4)      modules           the log
//	version       of module_layout                         ENOEXEC                 modules, exports  the log
//	version       of another symbol                        EINVAL                  exports           the log
//	symbol        nothing exports it                       ENOENT                  exports, symbols  the log
//	dependency    a module has it that is not loaded       ENOENT                  indexes           the log
//	license       a symbol is for the GPL only             ENOENT                  exports, symbols  the log
//	namespace     of a symbol, not imported                EINVAL                  exports           the log
//	duplicate     the kernel exports it, or a live module  ENOEXEC                 exports, symbols  the log
//	parameter     of the wrong type, or out of range       EINVAL, ERANGE, ENOSPC  the file          the log
//	signature     damaged                                  EBADMSG                 the file          -
//	signature     of other content                         EKEYREJECTED            -                 the answer
//	signature     missing, or made with another key        EKEYREJECTED, ENOKEY    the file, /sys    the log
//	signature     the same, and the kernel is locked down  EPERM                   the file, /sys    the log
//	disabled      kernel.modules_disabled is set           EPERM                   /proc             -
//	capability    the process lacks CAP_SYS_MODULE         EPERM                   /proc             -
//	blacklisted   module_blacklist= of the command line    EPERM                   /proc             the log
//	builtin       a part of the kernel has the name        EINVAL                  /sys              the log
//	loaded        the module is in the kernel              EEXIST                  /sys              -
//	-             its init function fails                  its own                 -                 the answer, the log
//	-             there is not enough memory               ENOMEM                  -                 the answer
//
// Modules are those that came with the kernel. Exports are Module.symvers or the kernel's
// image. Symbols are /proc/kallsyms of the kernel that runs: it tells exports and, to root
// and before Linux 7.0, licenses. Where it has only functions, and where there is neither
// list nor image, [Diagnosis.Unchecked] says so. The log is read for LoaderConfig.KernelLog.
// An answer of an init function can be any: newer kernels turn its EEXIST into EBUSY, and
// without the log its EINVAL is like that of the kernel.
//
// The kinds missing, command, codec and name are about configuration, or notes. So are
// others where their severity says so: kernels ignore parameters that a module does not
// have, and those with versions of symbols ignore the release in the vermagic.
package diagnose
