package main

import (
	"strings"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
)

// TestSummary: one line has the cause and what to do about it.
func TestSummary(t *testing.T) {
	found := func(kind diagnose.FindingKind, severity diagnose.Severity, text, advice string) diagnose.Finding {
		return diagnose.Finding{Kind: kind, Severity: severity, Module: text[:1], Text: text, Advice: advice}
	}
	const would, might, note = diagnose.SeverityWould, diagnose.SeverityMight, diagnose.SeverityNote
	symbol := found(diagnose.FindingSymbol, would, "m needs the symbol s.", "Build it.")
	other := found(diagnose.FindingSymbol, would, "m needs the symbol t.", "Build it.")
	signature := found(diagnose.FindingSignature, might, "m is not signed.", "")
	file := found(diagnose.FindingFile, would, "The file of m cannot be used: not an ELF file.", "")
	file.Module = "m"
	needed := found(diagnose.FindingSymbol, would, "n needs the symbol s.", "Build it.")
	user := found(diagnose.FindingDependency, would, "m needs the module n, which would not load.", "")
	disabled := found(diagnose.FindingDisabled, would, "m cannot be loaded: modules are disabled.", "Boot again.")
	loaded := found(diagnose.FindingLoaded, note, "m is in the kernel already.", "")
	builtin := found(diagnose.FindingBuiltin, note, "m is built in; there is nothing to load.", "")
	capability := found(diagnose.FindingCapability, note, "m cannot be loaded by this process.", "Load it as root.")
	parameter := found(diagnose.FindingParameter, note, "m lists no parameter x.", "")
	unsigned := diagnose.Unchecked{Kind: diagnose.FindingSignature, What: "the signature", Why: "no reason"}
	symbols := diagnose.Unchecked{Kind: diagnose.FindingSymbol, What: "whether the kernel exports 2 symbols",
		Why: "there is no Module.symvers"}
	const nothing = "nothing is known that would keep it from loading"
	const open = ", but not all was checked: whether the kernel exports 2 symbols; there is no Module.symvers"
	type list = []diagnose.Finding
	for _, test := range []struct {
		arg, want string
		found     list
		unchecked []diagnose.Unchecked
	}{
		{"m", nothing, nil, nil},
		{"m", nothing, list{parameter}, []diagnose.Unchecked{unsigned}},
		{"m", nothing + open, nil, []diagnose.Unchecked{unsigned, symbols}},
		{"m", "might not load: it is not signed.", list{signature}, []diagnose.Unchecked{symbols}},
		{"/x/m.ko", "would not load: it needs the symbol s. Build it.", list{signature, symbol}, nil},
		{"alias:x", "would not load: m needs the symbol t (and 1 more like this). Build it.", list{other, symbol}, nil},
		{"m", "would not load: the file of m cannot be used: not an ELF file.", list{file}, nil},
		{"m", "would not load because of a module that is needed: n needs the symbol s. Build it.", list{needed, user}, nil},
		{"m", "would not load: modules are disabled. Boot again.", list{needed, symbol, disabled}, nil},
		{"m", "it is in the kernel already.", list{parameter, loaded, capability}, []diagnose.Unchecked{symbols}},
		{"m", "it is built in; there is nothing to load.", list{builtin}, nil},
		{"m", nothing + "; it cannot be loaded by this process. Load it as root.", list{capability}, nil},
		{"m", "might not load: it is not signed.", list{loaded, capability, signature}, nil},
	} {
		d := &diagnose.Diagnosis{Modules: []kmod.Module{{Name: "m"}}, Findings: test.found, Unchecked: test.unchecked}
		if got := summary(test.arg, d); got != test.want {
			t.Errorf("%v: %q, want %q", test.found, got, test.want)
		}
	}
	several := &diagnose.Diagnosis{Modules: []kmod.Module{{Name: "l"}, {Name: "m"}}, Findings: list{loaded}}
	if got := summary("alias:x", several); got != nothing {
		t.Errorf("one of two modules is in the kernel: %q", got)
	}
}

// TestSummaryFirst: it is the first line of the answer, and in JSON, and what is known of the
// kernel decides what is left open.
func TestSummaryFirst(t *testing.T) {
	w, root, _ := troubledWorld(t)
	base := []string{"kmod", "diagnose", "-S", "6.1.0-test", "-d", root}
	const want = "fine: nothing is known that would keep it from loading, but not all was checked: " +
		"whether the kernel exports 1 symbol that"
	if got := w.run(append(base, "fine")...); got.status != 0 || !strings.HasPrefix(got.stdout, want) {
		t.Errorf("%+v", got)
	}
	got := w.run(append(base, "--json", "-p", "n=x", "fine")...)
	if !strings.Contains(got.stdout, `"summary":"would not load: the value \"x\" is not valid for`) {
		t.Errorf("%+v", got)
	}
}
