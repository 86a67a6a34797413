package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/modinfo"
)

// kernelImage is the name of the kernel image as the provider of a symbol.
const kernelImage = "vmlinux"

// provider is what exports a symbol that a module needs.
type provider struct {
	name    string // of the module, or kernelImage
	export  modinfo.Export
	subject *subject // nil unless it is one of those diagnosed together
	listed  bool     // it is loaded before the module, or always there
	source  string   // where the export was read, "" for the file of a module

	// What is not known about the export.
	noCRC, noLicense, noNamespace bool
}

// shown is the provider as a part of a sentence.
func (p *provider) shown() string {
	switch p.name {
	case kernelImage:
		return "the kernel"
	case "":
		return "the kernel or a module"
	}
	return "the module " + plain.Name(p.name)
}

// symbolCount is a number of symbols in words.
func symbolCount(n int) string {
	if n == 1 {
		return "1 symbol"
	}
	return strconv.Itoa(n) + " symbols"
}

// unknownSymbol reports a symbol that nothing exports.
func (s *subject) unknownSymbol(name, source string) *Finding {
	f := s.finding(FindingSymbol, SeverityWould, plain.Name(s.name), " needs the symbol ", plain.Name(name), ", which neither the kernel nor a module exports.")
	f.Symbol, f.Source = name, source
	f.Advice = "Build the module for this kernel, or install the module that has the symbol and run depmod."
	return f
}

// rebuildAdvice is what to do about a symbol of another version.
const rebuildAdvice = "Build the module with the headers of this kernel and the Module.symvers of what it uses."

// compareVersion reports a symbol whose version is not the one that the module was
// built with.
func (s *subject) compareVersion(n *modinfo.Needed, name string, p *provider) *Finding {
	if p.noCRC || !n.HasCRC || !p.export.HasCRC || n.CRC == p.export.CRC {
		return nil
	}
	f := s.finding(FindingVersion, SeverityWould, plain.Name(s.name), " was built with version ", hexCRC(n.CRC), " of the symbol ", plain.Name(name),
		", and ", p.shown(), " has version ", hexCRC(p.export.CRC), ".")
	f.Symbol, f.Provider, f.Source, f.Want, f.Got = name, p.name, p.source, hexCRC(p.export.CRC), hexCRC(n.CRC)
	f.Advice = rebuildAdvice
	return f
}

func (s *subject) layoutFinding(want, got uint32, source string) *Finding {
	f := s.finding(FindingVersion, SeverityWould, plain.Name(s.name), " was built for a kernel of another version or configuration: its version of module_layout is ",
		hexCRC(got), ", the kernel's ", hexCRC(want), ".")
	f.Symbol, f.Provider, f.Source, f.Want, f.Got = moduleLayout, kernelImage, source, hexCRC(want), hexCRC(got)
	f.Advice = "Build the module with the headers of this kernel."
	return f
}

// hexCRC formats a version as Module.symvers does.
func hexCRC(crc uint32) string {
	digits := strconv.FormatUint(uint64(crc), 16)
	return "0x" + "00000000"[len(digits):] + digits
}

func (s *subject) licenseFinding(name string, p *provider) *Finding {
	license := s.info.License()
	f := s.finding(FindingLicense, SeverityWould, plain.Name(s.name), " uses the symbol ", plain.Name(name), " of ", p.shown(),
		", which only modules under the GPL may use; its license is ", plain.Quote(license), ".")
	f.Symbol, f.Provider, f.Source, f.Want, f.Got = name, p.name, p.source, "GPL", license
	f.Advice = "Ask the vendor of the module for a version that does not need the symbol."
	return f
}

// checkNamespace reports a symbol that the module may not use because of its
// namespace.
func (s *subject) checkNamespace(name string, p *provider) *Finding {
	namespace := p.export.Namespace
	if namespace == "" {
		return nil
	}
	if allowed := p.export.Modules(); allowed != nil {
		if slices.ContainsFunc(allowed, s.isNamed) {
			return nil
		}
		f := s.finding(FindingNamespace, SeverityWould, plain.Name(s.name), " uses the symbol ", plain.Name(name), " of ", p.shown(),
			", which is only for ", plain.Names(allowed, ", "), ".")
		f.Symbol, f.Provider, f.Source, f.Want, f.Got = name, p.name, p.source, namespace, s.name
		f.Advice = "The module has to be changed to do without the symbol."
		return f
	}
	if slices.Contains(s.info.ImportNamespaces(), namespace) {
		return nil
	}
	f := s.finding(FindingNamespace, SeverityWould, plain.Name(s.name), " uses the symbol ", plain.Name(name), " of ", p.shown(),
		" from the namespace ", plain.Name(namespace), ", which it does not import.")
	f.Symbol, f.Provider, f.Source = name, p.name, p.source
	f.Want, f.Got = namespace, strings.Join(s.info.ImportNamespaces(), ",")
	f.Advice = "Build the module with MODULE_IMPORT_NS for the namespace."
	return f
}

// isNamed reports whether an entry in a list of modules means this one.
func (s *subject) isNamed(pattern string) bool {
	name := modname.Normalize(s.kernelName())
	if start, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, strings.ReplaceAll(start, "-", "_"))
	}
	return name == modname.Normalize(pattern)
}
