package diagnose_test

import (
	"bytes"
	"context"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// cause is one reason why a module does not load, or what looks like one. The findings
// are as kindsOf lists them, the reasons as reasonsOf does.
type cause struct {
	name string
	on   func(k *guestKernel) bool // where it is one; nil means everywhere

	// The module: which one is broken ("" means dummy), under which name, whether it keeps
	// its signature, and what makes the file of it. first prepares the kernel.
	module, as, ext string
	signed          bool
	change          func(p *patch)
	file            func(t *testing.T, image []byte) []byte
	first           func(t *testing.T, l *kmod.Loader)

	params string
	flags  live.InsertFlags

	// before are the findings of Diagnose, and bare those without the kernel's image where
	// they are others. unread: it does not get as far as the symbols.
	before, bare string
	unread       bool

	// The kernel's answer, 0 if it takes the module, and what the error then is and says.
	// quiet is for a Loader that does not read the kernel's log, where that is less.
	errno syscall.Errno
	told
	quiet *told

	ofInit bool // quiet is so even with the kernel's image
}

// told is what the error of an attempt says: reasons, findings, and a part of its text.
type told struct{ is, found, text string }

// none stands for no findings where the zero value means another row's.
const none = "-"

func versioned(k *guestKernel) bool   { return k.versions }
func unversioned(k *guestKernel) bool { return !k.versions }
func compares(k *guestKernel) bool    { return k.comparesStructure }
func trusting(k *guestKernel) bool    { return !k.comparesStructure }
func twoTables(k *guestKernel) bool   { return !k.flagTable }
func honest(k *guestKernel) bool      { return !k.twistsAnswer }
func twisting(k *guestKernel) bool    { return k.twistsAnswer }
func flagTable(k *guestKernel) bool   { return k.flagTable }

// invalidFile is what is said of a file that is not a module.
func invalidFile(text string) told { return told{"incompatible", "file", text} }

// vermagicDiffers is what is said of a field of the vermagic.
var vermagicDiffers = told{"incompatible, vermagic", "vermagic", "its vermagic differs; the module has "}

// busy is what is said of EBUSY when nothing of the module's name is in the kernel.
var busy = told{"busy", "",
	"there is none now: another insert of it has just failed, or its init function gives that answer (EBUSY)"}

// invalidOrInit is what is said of EINVAL if it is not known who gave it.
var invalidOrInit = told{"invalid", "",
	"the module or one of its parameters is invalid, or its init function failed (EINVAL)"}

const thisModule = ".gnu.linkonce.this_module"

// causes are those of a kernel in its usual state.
var causes = []cause{
	{name: "nothing"},
	{name: "nothing, signed", signed: true, before: "unchecked signature"},

	{name: "unknown symbol", change: func(p *patch) { p.rename("ether_setup", "other_setup") },
		before: "symbol", errno: syscall.ENOENT,
		told: told{"unknown symbol", "symbol", "a symbol that the kernel does not know; missing: other_setup (ENOENT)"}},
	{name: "symbol of a module that is not installed", change: func(p *patch) { p.rename("ether_setup", "can_bus_off") },
		before: "symbol", errno: syscall.ENOENT, told: told{"unknown symbol", "symbol", "missing: can_bus_off"}},
	{name: "symbol of a module that is not loaded", module: "can_raw",
		before: "unchecked signature", errno: syscall.ENOENT,
		told: told{"unknown symbol", "dependency", "missing: can_"}},
	{name: "GPL-only", on: twoTables, change: proprietary, before: "license", errno: syscall.ENOENT,
		told: told{"unknown symbol", "license", "a symbol that is not for modules of its license; dummy uses the symbol "}},
	{name: "GPL-only, in one table", on: flagTable, change: proprietary, before: "license", bare: none,
		errno: syscall.ENOENT,
		told:  told{"unknown symbol", "license", "a symbol that is not for modules of its license; dummy uses the symbol "},
		quiet: &told{"unknown symbol", "",
			"a symbol that is not for modules of its license, or its init function failed (ENOENT)"}},
	{name: "namespace", module: "cmac", change: func(p *patch) { p.replace(".modinfo", "import_ns=", "importXns=") },
		before: "namespace", bare: none, errno: syscall.EINVAL,
		told: told{"invalid", "namespace",
			"of the kernel from the namespace CRYPTO_INTERNAL, which it does not import (EINVAL)"},
		quiet: &invalidOrInit},
	{name: "version of a symbol", on: versioned, change: func(p *patch) { p.setVersion("ether_setup", 1) },
		before: "version", bare: none, errno: syscall.EINVAL,
		told:  told{"invalid", "version", "of the symbol ether_setup"},
		quiet: &invalidOrInit},
	{name: "module_layout", on: versioned, change: func(p *patch) { p.setVersion("module_layout", 1) },
		before: "version", errno: syscall.ENOEXEC,
		told: told{"incompatible", "version", "its version of module_layout is 0x00000001, the kernel's 0x"}},
	{name: "no versions", on: versioned, change: func(p *patch) { p.replace(".shstrtab", "__versions", "__wersions") },
		before: "version?"},

	{name: "release", on: unversioned, change: (*patch).changeRelease, before: "vermagic", errno: syscall.ENOEXEC,
		told: vermagicDiffers},
	{name: "release, with versions", on: versioned, change: (*patch).changeRelease, before: "(vermagic)"},
	{name: "SMP", change: func(p *patch) { p.replace(".modinfo", " SMP ", " SMq ") },
		before: "vermagic", errno: syscall.ENOEXEC, told: vermagicDiffers},
	{name: "preempt", change: func(p *patch) { p.replace(".modinfo", " preempt ", " preempT ") },
		before: "vermagic", errno: syscall.ENOEXEC, told: vermagicDiffers},
	{name: "mod_unload", change: func(p *patch) { p.replace(".modinfo", " mod_unload ", " mod_UNLOAD ") },
		before: "vermagic", errno: syscall.ENOEXEC, told: vermagicDiffers},
	{name: "modversions", on: versioned,
		change: func(p *patch) { p.replace(".modinfo", " modversions ", " modvErsions ") },
		before: "vermagic", errno: syscall.ENOEXEC, told: vermagicDiffers},
	{name: "one field less", change: func(p *patch) { p.replace(".modinfo", " mod_unload ", "            ") },
		before: "vermagic", errno: syscall.ENOEXEC, told: vermagicDiffers},
	{name: "order of fields", change: func(p *patch) { p.replace(".modinfo", " SMP preempt ", " preempt SMP ") },
		before: "vermagic", errno: syscall.ENOEXEC, told: vermagicDiffers},
	{name: "no vermagic", change: func(p *patch) { p.replace(".modinfo", "vermagic=", "vermagix=") },
		before: "vermagic?"},
	{name: "vermagic ignored", change: func(p *patch) { p.replace(".modinfo", " SMP ", " SMq ") },
		flags: live.IgnoreVermagic},

	{name: "architecture", change: func(p *patch) { p.image[18] = 183 }, before: "architecture", unread: true,
		errno: syscall.ENOEXEC,
		told: told{"incompatible", "architecture",
			"it is built for aarch64 (64-bit, little-endian), the kernel's own modules for x86_64"}},
	{name: "size of struct module", on: compares, change: (*patch).growModule, before: "structure",
		errno: syscall.ENOEXEC,
		told:  told{"incompatible", "structure", "its struct module has "}},
	{name: "size of struct module, in older kernels", on: trusting, change: (*patch).growModule, before: "structure?"},
	{name: "cut", file: func(_ *testing.T, image []byte) []byte { return image[:len(image)/2] },
		before: "file", unread: true,
		errno: syscall.ENOEXEC, told: invalidFile("bytes are needed here, but the file ends at ")},
	{name: "empty", file: func(*testing.T, []byte) []byte { return nil }, before: "file", unread: true,
		errno: syscall.EINVAL, told: invalidFile(": the file is empty (EINVAL)")},
	{name: "text", file: func(*testing.T, []byte) []byte { return []byte("this is not a module\n") },
		before: "file", unread: true,
		errno: syscall.ENOEXEC, told: invalidFile("it does not begin as an ELF file")},
	{name: "compressed as the kernel cannot unpack", ext: ".xz", before: "(codec)",
		file: func(t *testing.T, image []byte) []byte { return dbtest.Compress(t, "delta.xz", image) }},
	{name: "compressed with an unknown filter", ext: ".xz", before: "file", unread: true, file: unknownFilter,
		told: told{"", "", "xz data uses a feature that is not supported: filter 0x7F"}},

	{name: "exported by the kernel", module: "mii",
		change: func(p *patch) { p.renameExport("mii_link_ok", "proc_create") },
		before: "duplicate", errno: syscall.ENOEXEC,
		told: told{"incompatible", "duplicate",
			"mii exports the symbol proc_create, which the kernel exports itself (ENOEXEC)"}},
	{name: "exported by a module", module: "mii", as: "mij", first: loading("mii"),
		change: func(p *patch) { copy(p.data(thisModule)[nameAt:], "mij\x00") }, before: "duplicate",
		errno: syscall.ENOEXEC,
		told:  told{"incompatible", "duplicate", ", which the module mii exports, and that is loaded (ENOEXEC)"}},
	{name: "in the kernel already", first: loading("dummy"), before: "(loaded)", errno: syscall.EEXIST,
		told: told{"exists", "", "the module is in the kernel already (EEXIST)"}},
	{name: "name of a part of the kernel", as: "printk",
		change: func(p *patch) { copy(p.data(thisModule)[nameAt:], "printk\x00") },
		before: "builtin", errno: syscall.EINVAL,
		told: told{"invalid", "builtin", "printk cannot be loaded: a part of the kernel has the name printk (EINVAL)"}},

	{name: "unknown parameter", params: "nosuch=1", before: "(parameter)"},
	{name: "value of the wrong type", params: "numdummies=many", before: "parameter", errno: syscall.EINVAL,
		told: told{"invalid", "parameter",
			`the value "many" is not valid for the parameter numdummies of dummy, whose type is int (EINVAL)`}},
	{name: "value out of range", params: "numdummies=99999999999999999999", before: "parameter", errno: syscall.ERANGE,
		told: told{"invalid", "parameter",
			"is out of range for the parameter numdummies of dummy, whose type is int (ERANGE)"}},
	{name: "no value", params: "numdummies", before: "parameter", errno: syscall.EINVAL,
		told: told{"invalid", "parameter",
			"there is no value for the parameter numdummies of dummy, whose type is int (EINVAL)"}},

	{name: "init's ENODEV", change: answering(syscall.ENODEV), errno: syscall.ENODEV,
		told: told{"init", "", "the module's init function failed; it found no device to drive (ENODEV)"}},
	{name: "init's ENOENT", change: answering(syscall.ENOENT), errno: syscall.ENOENT,
		told: told{"init", "", "the module's init function failed (ENOENT)"}},
	{name: "init's EINVAL", change: answering(syscall.EINVAL), errno: syscall.EINVAL,
		told: told{"init", "", "the module's init function failed (EINVAL)"}, quiet: &invalidOrInit, ofInit: true},
	{name: "init's EEXIST", on: honest, change: answering(syscall.EEXIST), errno: syscall.EEXIST,
		told: told{"init", "", "the module's init function failed (EEXIST)"}},
	{name: "init's EEXIST, which the kernel turns into EBUSY", on: twisting, change: answering(syscall.EEXIST),
		errno: syscall.EBUSY, told: busy},
	{name: "init's EBUSY", change: answering(syscall.EBUSY), errno: syscall.EBUSY, told: busy},
	{name: "init's EAGAIN", change: answering(syscall.EAGAIN), errno: syscall.EAGAIN,
		told: told{"init", "", "the module's init function failed (EAGAIN)"}},
	{name: "no memory", change: func(p *patch) { p.resize(".bss", 0x70000000) }, errno: syscall.ENOMEM,
		told: told{"", "", "there is not enough memory for the module (ENOMEM)"}},

	{name: "signature of other content", signed: true, change: func(p *patch) { p.data(".comment")[0] ^= 1 },
		before: "unchecked signature", errno: syscall.EKEYREJECTED,
		told: told{"signature", "signature", "the signature of dummy does not belong to the file"}},
	{name: "damaged signature", signed: true, file: damagedSignature, before: "signature", errno: syscall.EBADMSG,
		told: told{"signature", "signature", "the signature of dummy is damaged"}},
	{name: "unknown key", file: signedAnew, before: "unchecked signature"},

	{name: "module_blacklist=", module: keptOut, before: "blacklisted", errno: syscall.EPERM,
		told: told{"no permission", "blacklisted", "the kernel command line keeps it out (module_blacklist=)"}},
}

// lockedCauses are those of a kernel that is locked down.
var lockedCauses = []cause{
	{name: "signed", signed: true, before: "unchecked signature"},
	{name: "not signed", before: "signature", errno: syscall.EPERM,
		told: told{"lockdown, no permission", "signature", "the kernel is locked down; dummy is not signed"}},
	{name: "unknown key", file: signedAnew, before: "signature?", errno: syscall.EPERM,
		told: told{"lockdown, no permission", "signature?",
			`the kernel is locked down; dummy is signed by "somebody" with another key`}},
}

// enforcingCauses are those of a kernel that takes signed modules only.
var enforcingCauses = []cause{
	{name: "signed", signed: true, before: "unchecked signature"},
	{name: "not signed", before: "signature", errno: syscall.EKEYREJECTED,
		told: told{"signature", "signature",
			"dummy is not signed, and the kernel takes signed modules only (EKEYREJECTED)"}},
	{name: "signature of other content", signed: true, change: func(p *patch) { p.data(".comment")[0] ^= 1 },
		before: "unchecked signature", errno: syscall.EKEYREJECTED,
		told: told{"signature", "signature", "the signature of dummy does not belong to the file"}},
	{name: "damaged signature", signed: true, file: damagedSignature, before: "signature", errno: syscall.EBADMSG,
		told: told{"signature", "signature", "the signature of dummy is damaged"}},
	{name: "unknown key", file: signedAnew, before: "signature?", errno: syscall.EKEYREJECTED,
		told: told{"signature", "signature?",
			`dummy is signed by "somebody" with another key than the kernel's own modules`}},
}

// disabledCauses are those of a kernel that takes no modules any more.
var disabledCauses = []cause{
	{name: "modules_disabled", before: "disabled, signature", errno: syscall.EPERM,
		told: told{"disabled, no permission", "disabled", "loading and unloading are disabled until reboot"}},
}

// incapableCauses are those of a process without privileges, which sees no addresses.
var incapableCauses = []cause{
	{name: "no capability", before: "(capability)", errno: syscall.EPERM,
		told: told{"capability, no permission", "capability", "the process lacks CAP_SYS_MODULE (EPERM)"}},
	{name: "GPL-only", change: proprietary, before: "(capability), license", bare: "(capability)", errno: syscall.EPERM,
		told: told{"capability, no permission", "capability", "the process lacks CAP_SYS_MODULE (EPERM)"}},
}

// proprietary takes the module's license.
func proprietary(p *patch) { p.replace(".modinfo", "license=GPL\x00", "license=XYZ\x00") }

// answering makes the module's init function fail.
func answering(errno syscall.Errno) func(*patch) {
	return func(p *patch) { p.initAnswers(errno) }
}

// loading loads a module for the time of the test.
func loading(name string) func(*testing.T, *kmod.Loader) {
	return func(t *testing.T, l *kmod.Loader) {
		t.Helper()
		if _, err := l.Load(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := l.Remove(context.Background(), name, 0); err != nil {
				t.Error(err)
			}
		})
	}
}

// unknownFilter packs a module as an .xz file with a filter that nobody knows.
func unknownFilter(_ *testing.T, image []byte) []byte { return modtest.StoredXZ(image, 0x7F, 0) }

// damagedSignature changes a signature so that it cannot be read.
func damagedSignature(t *testing.T, image []byte) []byte {
	image = bytes.Clone(image)
	image[len(unsigned(t, image))+1] ^= 1
	return image
}

// signedAnew signs a module with a key that the kernel does not know.
func signedAnew(t *testing.T, image []byte) []byte {
	return signtest.NewKey(t, signtest.RSA, "somebody", nil).Sign(t, image, nil)
}
