package kmod

import (
	"errors"
	"io/fs"

	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/kmod/live"
)

// Reasons why something is not found, not readable or not acceptable. The errors that
// functions return wrap them.
var (
	// ErrNotFound: no index knows a module or alias of that name. It wraps
	// fs.ErrNotExist.
	ErrNotFound = reason.New("module not found", fs.ErrNotExist)

	// ErrNoModuleDir: there is no module directory for the release. It wraps
	// fs.ErrNotExist.
	ErrNoModuleDir = reason.New("there is no module directory", fs.ErrNotExist)

	// ErrNoIndexes: the module directory lacks index files that depmod(8) makes and
	// that the answer depends on, and the text files in their place. IndexFS of package
	// depmod makes them in memory, for Config.Indexes. It wraps fs.ErrNotExist.
	ErrNoIndexes = reason.New("there are no module indexes", fs.ErrNotExist)

	// ErrCorrupt: an index file is damaged.
	ErrCorrupt = index.ErrCorrupt

	// ErrDevname: a line of modules.devname describes a device node that must not be made,
	// as its name leads out of /dev or does not print as text, or no device has such
	// numbers. It wraps ErrCorrupt.
	ErrDevname = reason.New("the device node must not be made", ErrCorrupt)

	// ErrBudget: the patterns of an index file, or of the alias lines of modprobe.d,
	// take more work than any that are meant to be matched: for one name more than
	// 16 steps for each byte of the file and of the name, where a step compares a
	// byte of a pattern with up to 64 places of the name; or more than 2^26 steps for
	// all names of a plan or a closure. Those of real kernels take less than a
	// thousandth. The error says which file it is.
	ErrBudget = glob.ErrBudget

	// ErrPath: an index names a file outside the module directory or the root, or a
	// plan names a file that is not the module's.
	ErrPath = errors.New("path leaves the module directory")

	// ErrPlan: a plan is not one that a DB could have made.
	ErrPlan = errors.New("the plan is not valid")
)

// Reasons why the kernel refuses a module, wrapped by an [Error] of "insert".
var (
	// ErrUnknownSymbol (ENOENT): the module needs a symbol that neither the
	// kernel nor a loaded module exports to it.
	ErrUnknownSymbol = errors.New("the module needs a symbol that the kernel does not know")

	// ErrIncompatible (ENOEXEC): not a module for this kernel: the format,
	// architecture, vermagic or symbol versions differ.
	ErrIncompatible = errors.New("the module is not made for this kernel")

	// ErrVermagic: an ErrIncompatible known to be caused by the vermagic.
	ErrVermagic = reason.New("the module is not made for this kernel: its vermagic differs", ErrIncompatible)

	// ErrExists (EEXIST): a module of that name (the module's own, not that of its
	// file) is in the kernel. It wraps fs.ErrExist.
	ErrExists = reason.New("the module is in the kernel already", fs.ErrExist)

	// ErrBusy (EBUSY): a module of that name is being inserted or removed at this
	// moment, or another insert of it has just failed. An init function may give that
	// answer too, which the kernel does not tell apart.
	ErrBusy = errors.New("a module of that name is being inserted or removed")

	// ErrSignature (EKEYREJECTED, ENOKEY, EBADMSG, ENOPKG): the kernel demands
	// a signature and does not accept the module's.
	ErrSignature = errors.New("the module's signature is missing or not accepted")

	// ErrInvalid (EINVAL): a broken module, a symbol version that disagrees,
	// or a parameter that the module refuses; or, unless LoaderConfig.KernelLog is
	// set, the answer of an init function.
	ErrInvalid = errors.New("the module or one of its parameters is invalid")

	// ErrInit: the module's own init function failed; ENODEV means that it
	// found no device to drive. Any errno can come from an init function.
	ErrInit = errors.New("the module's init function failed")
)

// Reasons for EPERM. All wrap fs.ErrPermission.
var (
	// ErrCapability: the process lacks CAP_SYS_MODULE.
	ErrCapability = reason.New("the process lacks CAP_SYS_MODULE", fs.ErrPermission)

	// ErrModulesDisabled: kernel.modules_disabled is set, until the next boot.
	ErrModulesDisabled = reason.New("loading and unloading are disabled until reboot (kernel.modules_disabled)", fs.ErrPermission)

	// ErrLockdown: the kernel is locked down and the module not signed.
	ErrLockdown = reason.New("the kernel is locked down", fs.ErrPermission)
)

// Reasons why a module is not removed, wrapped by an [Error] of "remove".
var (
	// ErrInUse (EAGAIN): other modules or processes use the module.
	ErrInUse = errors.New("the module is in use")

	// ErrPermanent (EBUSY): the module has no exit function.
	ErrPermanent = errors.New("the module has no exit function and cannot be removed")

	// ErrNotLoaded (ENOENT): no such module is in the kernel. It wraps
	// fs.ErrNotExist.
	ErrNotLoaded = live.ErrNotLoaded

	// ErrBuiltin: the module is a part of the kernel image, which cannot be
	// unloaded.
	ErrBuiltin = errors.New("the module is built into the kernel")
)

// Reasons why a reload fails, wrapped by an [Error] of "reload".
var (
	// ErrOldFile: no file at hand is the one that a module was loaded from, so that it
	// could not be brought back; see ReloadOptions.MustRestore.
	ErrOldFile = errors.New("the file that the module was loaded from is not at hand")

	// ErrNotRestored: a reload has failed, and not everything is as it was before.
	ErrNotRestored = errors.New("not everything is as it was before")
)

// Reasons why a step is not carried out, wrapped by an [Error] of "skip", "load" or
// "run".
var (
	// ErrBlacklisted: a blacklist line of the configuration names the module.
	ErrBlacklisted = errors.New("the module is blacklisted")

	// ErrExcluded: PlanOptions.Exclude or Keep leave out the module, or one that it
	// needs.
	ErrExcluded = errors.New("the module is excluded, or needs one that is")

	// ErrForbidden: LoaderConfig.Policy or LoaderConfig.Verify does not allow
	// the module.
	ErrForbidden = errors.New("policy forbids the module")

	// ErrNoCommand: the configuration says to run a command, and there is no
	// LoaderConfig.Command to do it. It wraps errors.ErrUnsupported.
	ErrNoCommand = reason.New("no function was given to run commands with", errors.ErrUnsupported)
)
