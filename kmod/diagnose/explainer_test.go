package diagnose_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// findings returns the findings in the error of an insert.
func findings(err error) []diagnose.Finding {
	if refused := (*diagnose.Refused)(nil); errors.As(err, &refused) {
		return refused.Findings
	}
	return nil
}

// TestExplained: the error says what is wrong with a module that the kernel refused.
func TestExplained(t *testing.T) {
	peer := modtest.Named("aaa", nil, nil)
	peer.Versions = []modtest.Version{{Name: "module_layout", CRC: 7}}
	base := modtest.Named("base", []string{"base_fn"}, nil)
	for _, test := range []struct {
		name   string
		module func(m *modtest.Module)
		params string
		errno  syscall.Errno
		reason error
		in     string
		kinds  []diagnose.FindingKind
	}{
		{"layout", func(m *modtest.Module) {
			m.Versions = append(m.Versions, modtest.Version{Name: "module_layout", CRC: 8})
		}, "", syscall.ENOEXEC,
			kmod.ErrIncompatible, "its version of module_layout is 0x00000008, the kernel's 0x00000007 (ENOEXEC)", []diagnose.FindingKind{diagnose.FindingVersion}},
		{"layout, variable records", func(m *modtest.Module) {
			m.Versions, m.VarVersions = nil, []modtest.Version{{Name: "module_layout", CRC: 8}}
		}, "", syscall.ENOEXEC,
			kmod.ErrIncompatible, "its version of module_layout is 0x00000008, the kernel's 0x00000007 (ENOEXEC)",
			[]diagnose.FindingKind{diagnose.FindingVersion}},
		{"damaged versions", func(m *modtest.Module) { damageVersions(m) }, "", syscall.ENOEXEC,
			kmod.ErrIncompatible, "its symbol versions cannot be read: ", nil},
		{"damaged exports", func(m *modtest.Module) {
			m.Labels = append(m.Labels, "__crc_x", "__kstrtabns_x")
		}, "", syscall.ENOEXEC,
			kmod.ErrIncompatible, "not a valid kernel module: section 65521 of ", []diagnose.FindingKind{diagnose.FindingFile}},
		{"version, variable records", func(m *modtest.Module) {
			m.Versions, m.VarVersions = nil, []modtest.Version{{Name: "base_fn", CRC: 9}}
		}, "", syscall.EINVAL,
			kmod.ErrInvalid, "m was built with version 0x00000009 of the symbol base_fn, and the module base has version ",
			[]diagnose.FindingKind{diagnose.FindingVersion}},
		{"version", func(m *modtest.Module) { m.Versions[0].CRC = 9 }, "", syscall.EINVAL,
			kmod.ErrInvalid, "m was built with version 0x00000009 of the symbol base_fn, and the module base has version ", []diagnose.FindingKind{diagnose.FindingVersion}},
		{"parameter", func(m *modtest.Module) { m.Modinfo = append(m.Modinfo, "parmtype=n:int") }, "n=x", syscall.EINVAL,
			kmod.ErrInvalid, `the value "x" is not valid for the parameter n of m, whose type is int (EINVAL)`, []diagnose.FindingKind{diagnose.FindingParameter}},
		{"range", func(m *modtest.Module) { m.Modinfo = append(m.Modinfo, "parmtype=n:byte") }, "n=256", syscall.ERANGE,
			kmod.ErrInvalid, `the value "256" is out of range for the parameter n`, []diagnose.FindingKind{diagnose.FindingParameter}},
		{"range of init's own", func(*modtest.Module) {}, "", syscall.ERANGE, kmod.ErrInit, "", nil},
		{"no parameter", func(m *modtest.Module) {}, "n=x", syscall.EINVAL, kmod.ErrInvalid, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := modtest.Named("m", nil, []string{"base_fn"})
			test.module(m)
			files := modtest.Tree(nil, modtest.TreeModule{Path: "aaa.ko", File: peer.Build()}, modtest.TreeModule{Path: "base.ko", File: base.Build()},
				modtest.TreeModule{Path: "m.ko", File: m.Build(), Deps: []string{"base.ko"}})
			db := dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
			k := kmodtest.New(modtest.Release)
			k.OnCall = func(c kmodtest.Call) error {
				if c.Module == "m" {
					return test.errno
				}
				return nil
			}
			_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, Explain: diagnose.Explainer()}).LoadRequests(context.Background(), nil, kmod.Request{Name: "m", Params: test.params})
			var insert *kmod.Error
			if !errors.As(err, &insert) || !errors.Is(err, test.reason) || !strings.Contains(err.Error(), test.in) {
				t.Fatalf("error is %v", err)
			}
			var kinds []diagnose.FindingKind
			for _, f := range findings(err) {
				kinds = append(kinds, f.Kind)
			}
			if !slices.Equal(kinds, test.kinds) {
				t.Errorf("findings are %v", findings(err))
			}
		})
	}
}

// TestForbidden: EPERM has the finding that the kernel's state is the reason for.
func TestForbidden(t *testing.T) {
	db := dbtest.Open(t, &kmod.Config{FS: modtest.Tree(nil, modtest.TreeModule{Path: "m.ko", File: modtest.Named("m", nil, nil).Build()}),
		Release: modtest.Release})
	for _, test := range []struct {
		set  func(k *kmodtest.Kernel)
		want string // the finding, "" for none
		in   string
	}{
		{func(k *kmodtest.Kernel) { k.ModulesDisabled = true }, "would_fail disabled m", "disabled until reboot (kernel.modules_disabled) (EPERM)"},
		{func(k *kmodtest.Kernel) { k.NoCapability = true }, "would_fail capability m", "the process lacks CAP_SYS_MODULE (EPERM)"},
		{func(k *kmodtest.Kernel) { k.Cmdline = "module_blacklist=m" }, "would_fail blacklisted m (/proc/cmdline)", "(module_blacklist=) (EPERM)"},
		{func(k *kmodtest.Kernel) { k.Lockdown = "integrity" }, "would_fail signature m",
			"the kernel is locked down; m is not signed, and the kernel is locked down (EPERM)"},
		{func(k *kmodtest.Kernel) { k.Fail("m", syscall.EPERM) }, "", "the kernel does not permit it (EPERM)"},
	} {
		k := kmodtest.New(modtest.Release)
		test.set(k)
		_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, Explain: diagnose.Explainer()}).Load(t.Context(), "m")
		var got []string
		for _, f := range findings(err) {
			got = append(got, summary(f))
		}
		if strings.Join(got, "|") != test.want || !strings.HasSuffix(err.Error(), test.in) {
			t.Errorf("found %q in %v", got, err)
		}
	}
}

// TestSignatureAnswers: a readable signature belongs to another file only if the
// kernel says that it does not match, and takes unsigned modules.
func TestSignatureAnswers(t *testing.T) {
	_, m, _ := goodModules()
	m.Signature = pkcs7Signature(t, "me", 1)
	files := modtest.Tree(nil, modtest.TreeModule{Path: "m.ko", File: m.Build()})
	for answer, changed := range map[syscall.Errno]bool{
		sys.KeyRejected: true, sys.NoKey: false, sys.BadMessage: false, sys.NoPackage: false,
	} {
		k := kmodtest.New(modtest.Release)
		k.Fail("m", answer)
		db := dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
		_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: signatureKernel{k, "N"}, Explain: diagnose.Explainer()}).Load(context.Background(), "m")
		var insert *kmod.Error
		if !errors.Is(err, kmod.ErrSignature) || !errors.As(err, &insert) ||
			strings.Contains(err.Error(), "does not belong to the file") != changed || (len(findings(err)) > 0) != changed {
			t.Errorf("%v: %v", answer, err)
		}
	}
}

// choosyKernel misses a symbol in every module, whatever it makes of the rest.
type choosyKernel struct{ *kmodtest.Kernel }

func (k choosyKernel) InitModule([]byte, string) error {
	k.Print("m: Unknown symbol nowhere (err -2)")
	return syscall.ENOENT
}

// TestLoggedSymbols: the kernel names the symbols of a module that only it can read.
func TestLoggedSymbols(t *testing.T) {
	m := modtest.Named("m", nil, nil)
	m.Labels = []string{"__crc_x", "__kstrtabns_x"} // exports that lead nowhere
	files := modtest.Tree(nil, modtest.TreeModule{Path: "m.ko", File: m.Build()})
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
	cfg := &kmod.LoaderConfig{Kernel: choosyKernel{kmodtest.New(modtest.Release)}, KernelLog: true, Explain: diagnose.Explainer()}
	_, err := kmod.NewLoader(db, cfg).Load(t.Context(), "m")
	list := findings(err)
	if !errors.Is(err, kmod.ErrUnknownSymbol) || len(list) != 1 || list[0].Kind != diagnose.FindingSymbol || list[0].Symbol != "nowhere" {
		t.Errorf("%v: %+v", err, list)
	}
}

// TestExplainedPacked: a module that is packed is explained like a plain one.
func TestExplainedPacked(t *testing.T) {
	m := modtest.Named("m", nil, nil)
	m.Modinfo = append(m.Modinfo, "parmtype=n:int")
	for _, path := range []string{"m.ko", "m.ko.xz", "m.ko.gz"} {
		file := m.Build()
		if ext := strings.TrimPrefix(path, "m.ko."); ext != path {
			file = dbtest.Compress(t, ext, file)
		}
		db := dbtest.Open(t, &kmod.Config{FS: modtest.Tree(nil, modtest.TreeModule{Path: path, File: file}), Release: modtest.Release})
		k := kmodtest.New(modtest.Release)
		k.Fail("m", syscall.EINVAL)
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, Explain: diagnose.Explainer()})
		_, err := loader.LoadRequests(t.Context(), nil, kmod.Request{Name: "m", Params: "n=x"})
		if list := findings(err); len(list) != 1 || list[0].Kind != diagnose.FindingParameter || list[0].Parameter != "n" {
			t.Errorf("%s: %v, %v", path, err, list)
		}
	}
}
