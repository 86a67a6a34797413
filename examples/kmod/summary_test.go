package main

import (
	"strings"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
)

// TestSummary: one line has the cause and what to do about it.
func TestSummary(t *testing.T) {
	const would, might, note = diagnose.SeverityWould, diagnose.SeverityMight, diagnose.SeverityNote
	symbol := diagnose.Finding{Kind: diagnose.FindingSymbol, Severity: would, Module: "m", Text: "m needs the symbol s.", Advice: "Build it."}
	other := symbol
	other.Text = "m needs the symbol t."
	signature := diagnose.Finding{Kind: diagnose.FindingSignature, Severity: might, Module: "m", Text: "m is not signed."}
	file := diagnose.Finding{Kind: diagnose.FindingFile, Severity: would, Module: "m", Text: "The file of m cannot be used: not an ELF file."}
	needed := diagnose.Finding{Kind: diagnose.FindingSymbol, Severity: would, Module: "n", Text: "n needs the symbol s.", Advice: "Build it."}
	user := diagnose.Finding{Kind: diagnose.FindingDependency, Severity: would, Module: "m", Text: "m needs the module n, which would not load."}
	disabled := diagnose.Finding{Kind: diagnose.FindingDisabled, Severity: would, Module: "m", Text: "m cannot be loaded.", Advice: "Boot again."}
	loaded := diagnose.Finding{Kind: diagnose.FindingLoaded, Severity: note, Module: "m", Text: "m is in the kernel already."}
	builtin := diagnose.Finding{Kind: diagnose.FindingBuiltin, Severity: note, Module: "m", Text: "m is built in; there is nothing to load."}
	capability := diagnose.Finding{Kind: diagnose.FindingCapability, Severity: note, Module: "m", Text: "m cannot be loaded by this process.",
		Advice: "Load it as root."}
	parameter := diagnose.Finding{Kind: diagnose.FindingParameter, Severity: note, Module: "m", Text: "m lists no parameter x."}
	unsigned := diagnose.Unchecked{Kind: diagnose.FindingSignature, What: "the signature", Why: "no reason"}
	symbols := diagnose.Unchecked{Kind: diagnose.FindingSymbol, What: "whether the kernel exports 2 symbols", Why: "there is no Module.symvers"}
	const nothing = "nothing is known that would keep it from loading"
	const open = ", but not all was checked: whether the kernel exports 2 symbols; there is no Module.symvers"
	for _, test := range []struct {
		arg, want string
		found     []diagnose.Finding
		unchecked []diagnose.Unchecked
	}{
		{"m", nothing, nil, nil},
		{"m", nothing, []diagnose.Finding{parameter}, []diagnose.Unchecked{unsigned}},
		{"m", nothing + open, nil, []diagnose.Unchecked{unsigned, symbols}},
		{"m", "might not load: it is not signed.", []diagnose.Finding{signature}, []diagnose.Unchecked{symbols}},
		{"/x/m.ko", "would not load: it needs the symbol s. Build it.", []diagnose.Finding{signature, symbol}, nil},
		{"alias:x", "would not load: m needs the symbol t (and 1 more like this). Build it.", []diagnose.Finding{other, symbol}, nil},
		{"m", "would not load: the file of m cannot be used: not an ELF file.", []diagnose.Finding{file}, nil},
		{"m", "would not load because of a module that is needed: n needs the symbol s. Build it.", []diagnose.Finding{needed, user}, nil},
		{"m", "would not load: it cannot be loaded. Boot again.", []diagnose.Finding{needed, symbol, disabled}, nil},
		{"m", "it is in the kernel already.", []diagnose.Finding{parameter, loaded, capability}, []diagnose.Unchecked{symbols}},
		{"m", "it is built in; there is nothing to load.", []diagnose.Finding{builtin}, nil},
		{"m", nothing + "; it cannot be loaded by this process. Load it as root.", []diagnose.Finding{capability}, nil},
		{"m", "might not load: it is not signed.", []diagnose.Finding{loaded, capability, signature}, nil},
	} {
		d := &diagnose.Diagnosis{Modules: []kmod.Module{{Name: "m"}}, Findings: test.found, Unchecked: test.unchecked}
		if got := summary(test.arg, d); got != test.want {
			t.Errorf("%v: %q, want %q", test.found, got, test.want)
		}
	}
	several := &diagnose.Diagnosis{Modules: []kmod.Module{{Name: "l"}, {Name: "m"}}, Findings: []diagnose.Finding{loaded}}
	if got := summary("alias:x", several); got != nothing {
		t.Errorf("one of two modules is in the kernel: %q", got)
	}
}

// TestSummaryFirst: it is the first line of the answer, and in JSON, and what is known of the
// kernel decides what is left open.
func TestSummaryFirst(t *testing.T) {
	w, root, _ := troubledWorld(t)
	base := []string{"kmod", "diagnose", "-S", "6.1.0-test", "-d", root}
	const want = "fine: nothing is known that would keep it from loading, but not all was checked: whether the kernel exports 1 symbols that"
	if got := w.run(append(base, "fine")...); got.status != 0 || !strings.HasPrefix(got.stdout, want) {
		t.Errorf("%+v", got)
	}
	got := w.run(append(base, "--json", "-p", "n=x", "fine")...)
	if !strings.Contains(got.stdout, `"summary":"would not load: the value \"x\" is not valid for`) {
		t.Errorf("%+v", got)
	}
}
