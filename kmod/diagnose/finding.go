package diagnose

import (
	"github.com/gokmod/gokmod/internal/enum"
	"github.com/gokmod/gokmod/kmod"
)

// Finding is one thing that keeps a module from being loaded, or that the user
// should know before loading it.
type Finding struct {
	Kind     FindingKind `json:"kind"`
	Severity Severity    `json:"severity"`

	// Module is the module concerned, the requested one or one that it needs. Path
	// is its file, "" for none.
	Module string `json:"module"`
	Path   string `json:"path,omitempty"`

	// Text is one plain sentence. Advice says what to do about it, "" for nothing.
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"`

	// Symbol is the symbol concerned, Provider what exports it: the name of a
	// module, "vmlinux" for the kernel image, "" when nothing does.
	Symbol   string `json:"symbol,omitempty"`
	Provider string `json:"provider,omitempty"`

	// Parameter is the parameter concerned.
	Parameter string `json:"parameter,omitempty"`

	// Want is what the kernel or the provider has or asks for, Got what the
	// module has: two releases, versions, types, ….
	Want string `json:"want,omitempty"`
	Got  string `json:"got,omitempty"`

	// Source is where that was read which the module is compared with: the path of a
	// kernel image or of a module of the kernel, "Module.symvers", "System.map" or "the
	// kernel image" for such a file from a reader, "/proc/kallsyms", or "the kernel
	// log"; "" where that goes without saying.
	Source string `json:"source,omitempty"`

	// Origin is the line of configuration that is the cause, nil for none.
	Origin *kmod.Origin `json:"origin,omitempty"`
}

// Severity is how much a [Finding] matters.
type Severity uint8

// The severities, in ascending order.
const (
	// SeverityNote: it does not keep the module from being loaded.
	SeverityNote Severity = iota

	// SeverityMight: loading the module may fail, depending on what could not be
	// found out.
	SeverityMight

	// SeverityWould: loading the module would fail.
	SeverityWould
)

var severityNames = [...]string{"note", "might_fail", "would_fail"}

func (s Severity) String() string { return enum.Name(s, severityNames[:], "severity") }

// MarshalText returns the name of the severity.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (s *Severity) UnmarshalText(text []byte) error {
	return enum.Parse(s, severityNames[:], text, "severity")
}

// FindingKind tells findings apart.
type FindingKind uint8

// The kinds of findings, with the answer that the kernel would give in parentheses.
const (
	// FindingFile: the file cannot be read or is not a module (ENOEXEC).
	FindingFile FindingKind = iota

	// FindingMissing: no index knows the module that an alias names.
	FindingMissing

	// FindingArchitecture: the module is built for another machine (ENOEXEC).
	FindingArchitecture

	// FindingVermagic: a field of the vermagic differs (ENOEXEC).
	FindingVermagic

	// FindingStructure: the kernel's struct module had another size when the
	// module was built (ENOEXEC from Linux 6.4; older kernels take the module).
	FindingStructure

	// FindingSymbol: nothing exports a symbol that the module needs (ENOENT).
	FindingSymbol

	// FindingVersion: the version (CRC) of a symbol is not the one that the
	// module was built with (EINVAL; ENOEXEC for module_layout, which stands
	// for the kernel's own data structures).
	FindingVersion

	// FindingLicense: the module uses a symbol that is for modules under the GPL
	// only (ENOENT).
	FindingLicense

	// FindingNamespace: the module does not import the namespace of a symbol, or is
	// not one of the modules that the symbol is for (EINVAL).
	FindingNamespace

	// FindingDuplicate: the module exports a symbol that the kernel image, or a
	// module that is loaded, exports (ENOEXEC).
	FindingDuplicate

	// FindingDependency: a module that this one needs would not or might not load,
	// is not loaded, or no index lists it as a dependency (ENOENT).
	FindingDependency

	// FindingParameter: the module does not have a parameter, or its type does not
	// accept the value (EINVAL, ERANGE, ENOSPC).
	FindingParameter

	// FindingSignature: the signature is missing, damaged, or one that the kernel
	// may not accept (EKEYREJECTED, ENOKEY, EBADMSG, EPERM). Whether a readable
	// signature belongs to the file is Unchecked; package modsig can verify it.
	FindingSignature

	// FindingDisabled: the kernel loads no modules at all (EPERM, ENOSYS).
	FindingDisabled

	// FindingCapability: this process may not load modules (EPERM).
	FindingCapability

	// FindingBlacklisted: configuration or the kernel command line keeps the
	// module out (EPERM in the latter case).
	FindingBlacklisted

	// FindingCommand: configuration says to run a command instead.
	FindingCommand

	// FindingBuiltin: the module is a part of the kernel image, or has the name of
	// one (EINVAL).
	FindingBuiltin

	// FindingLoaded: a module of that name is already in the kernel.
	FindingLoaded

	// FindingCodec: the kernel cannot unpack the file itself.
	FindingCodec

	// FindingName: the module's own name, by which the kernel knows it, is not
	// that of its file. Want is the file's, Got the module's own.
	FindingName
)

var findingNames = [...]string{"file", "missing", "architecture", "vermagic", "structure", "symbol", "version", "license",
	"namespace", "duplicate", "dependency", "parameter", "signature", "disabled", "capability", "blacklisted",
	"command", "builtin", "loaded", "codec", "name"}

func (k FindingKind) String() string { return enum.Name(k, findingNames[:], "finding") }

// MarshalText returns the name of the kind.
func (k FindingKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (k *FindingKind) UnmarshalText(text []byte) error {
	return enum.Parse(k, findingNames[:], text, "finding")
}
