package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// logTree has modules that fail in three ways, and what they need.
func logTree(t *testing.T) (*kmod.DB, *kmodtest.Kernel) {
	t.Helper()
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "lonely", Needs: []string{"nowhere", "elsewhere"}},
		{Name: "foreign", Fields: []string{"vermagic=5.0.0 SMP "}},
		{Name: "idle"},
		{Name: "picky"},
	}}
	db, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	k := tree.Kernel()
	k.Symbols = []string{"printk"}
	k.OnInit = func(module, _ string) error {
		switch module {
		case "idle":
			return syscall.ENODEV
		case "picky":
			k.Print("picky: the device\nis too old")
			return syscall.EIO
		}
		return nil
	}
	return db, k
}

// TestKernelLog: each error has the lines of its own insert, and names the
// cause.
func TestKernelLog(t *testing.T) {
	for _, test := range []struct {
		module, log string
		reason      error
		in          string
	}{
		{"lonely", "lonely: Unknown symbol nowhere (err -2)|lonely: Unknown symbol elsewhere (err -2)", kmod.ErrUnknownSymbol,
			"the module needs a symbol that the kernel does not know; missing: elsewhere, nowhere (ENOENT)"},
		{"foreign", "foreign: version magic '5.0.0 SMP ' should be '6.1.0-test SMP preempt mod_unload modversions '", kmod.ErrVermagic,
			`its vermagic differs; the module has "5.0.0 SMP", the kernel wants "6.1.0-test SMP preempt mod_unload modversions" (ENOEXEC)`},
		{"idle", "", kmod.ErrInit, "the module's init function failed; it found no device to drive (ENODEV)"},
		{"picky", "picky: the device|is too old", kmod.ErrInit, `the module's init function failed; the kernel says "is too old" (EIO)`},
	} {
		for _, callers := range []bool{false, true} {
			t.Run(fmt.Sprint(test.module, " ", callers), func(t *testing.T) {
				db, k := logTree(t)
				k.LogCallers = callers
				k.Print(test.module + ": from before")
				loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, KernelLog: true, Explain: diagnose.Explainer()})
				_, err := loader.Load(context.Background(), test.module)
				var insert *kmod.Error
				if !failedTo(err, "insert", &insert) || !errors.Is(err, test.reason) {
					t.Fatalf("error is %v", err)
				}
				if got := strings.Join(insert.Log, "|"); got != test.log || insert.LogErr != nil {
					t.Errorf("log is %q, %v", got, insert.LogErr)
				}
				if !strings.Contains(err.Error(), test.in) {
					t.Errorf("error is %v", err)
				}
			})
		}
	}
}

// TestKernelLogConcurrent: others log, and other modules fail, at the same time.
func TestKernelLogConcurrent(t *testing.T) {
	const count, noise = 16, 50
	tree := &kmodtest.Tree{}
	for i := range count {
		tree.Modules = append(tree.Modules, kmodtest.Module{Name: fmt.Sprintf("m%d", i), Needs: []string{fmt.Sprintf("missing_%d", i)}})
	}
	db, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	k := tree.Kernel()
	k.Symbols, k.LogSize = []string{"printk"}, count*(noise+1)
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, KernelLog: true, Explain: diagnose.Explainer()})
	var wg sync.WaitGroup
	for i := range count {
		wg.Go(func() {
			for j := range noise {
				k.Print(fmt.Sprintf("m%d_%d: Unknown symbol missing_%d (err -2)", i, j, i))
			}
		})
		wg.Go(func() {
			_, err := loader.Load(context.Background(), fmt.Sprintf("m%d", i))
			var insert *kmod.Error
			if !failedTo(err, "insert", &insert) {
				t.Errorf("error is %v", err)
				return
			}
			want := fmt.Sprintf("m%d: Unknown symbol missing_%d (err -2)", i, i)
			if !slices.Equal(insert.Log, []string{want}) || insert.LogErr != nil {
				t.Errorf("m%d has %q, %v", i, insert.Log, insert.LogErr)
			}
		})
	}
	wg.Wait()
}

// TestKernelLogOverrun: the error says that overwritten records are lost.
func TestKernelLogOverrun(t *testing.T) {
	db, k := logTree(t)
	k.LogSize = 3
	k.OnInit = func(string, string) error {
		k.Print("idle: the first")
		for range 5 {
			k.Print("flood")
		}
		k.Print("idle: the last")
		return syscall.EIO
	}
	_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, KernelLog: true, Explain: diagnose.Explainer()}).Load(context.Background(), "idle")
	var insert *kmod.Error
	if !errors.As(err, &insert) || !slices.Equal(insert.Log, []string{"idle: the last"}) || !errors.Is(insert.LogErr, live.ErrLogOverrun) {
		t.Errorf("error is %+v", insert)
	}
}

// TestKernelLogAbsent: inserts work without a log.
func TestKernelLogAbsent(t *testing.T) {
	db, k := logTree(t)
	k.NoLog = true
	var insert *kmod.Error
	_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, KernelLog: true, Explain: diagnose.Explainer()}).Load(context.Background(), "lonely")
	if !errors.As(err, &insert) || insert.Log != nil || !errors.Is(insert.LogErr, syscall.EPERM) || !strings.Contains(err.Error(), "missing: elsewhere, nowhere") {
		t.Errorf("may not be read: %+v", insert)
	}
	plain := struct{ live.Kernel }{k}
	_, err = kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: plain, KernelLog: true, Explain: diagnose.Explainer()}).Load(context.Background(), "lonely")
	if !errors.As(err, &insert) || !errors.Is(insert.LogErr, live.ErrNoLog) || !errors.Is(insert.LogErr, errors.ErrUnsupported) {
		t.Errorf("has none: %+v", insert)
	}
	_, err = kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k}).Load(context.Background(), "lonely")
	if !failedTo(err, "insert", &insert) || insert.LogErr != nil {
		t.Errorf("not asked for: %+v", insert)
	}
}

// TestKernelLogOfInit: the kernel itself logs why it gives EINVAL, an init function need not.
func TestKernelLogOfInit(t *testing.T) {
	const unsure = "the module or one of its parameters is invalid, or its init function failed (EINVAL)"
	for _, test := range []struct {
		name, line string
		log        bool
		reason     error
		in         string
	}{
		{"no log", "", false, kmod.ErrInvalid, unsure},
		{"nothing logged", "", true, kmod.ErrInit, "the module's init function failed (EINVAL)"},
		{"logged by init", "idle: no card", true, kmod.ErrInit, `the module's init function failed; the kernel says "idle: no card" (EINVAL)`},
		{"logged by the kernel", "idle: module is already loaded", true, kmod.ErrInvalid, "the module or one of its parameters is invalid; the kernel says "},
	} {
		db, k := logTree(t)
		k.OnInit = func(string, string) error {
			if test.line != "" {
				k.Print(test.line)
			}
			return syscall.EINVAL
		}
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, KernelLog: test.log})
		_, err := loader.Load(t.Context(), "idle")
		if !errors.Is(err, test.reason) || errors.Is(err, kmod.ErrInit) && errors.Is(err, kmod.ErrInvalid) || !strings.Contains(err.Error(), test.in) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestKernelLogSignature: the kernel does not name the module that it rejects.
func TestKernelLogSignature(t *testing.T) {
	db, k := logTree(t)
	k.SigEnforce = true
	_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, KernelLog: true, Explain: diagnose.Explainer()}).Load(context.Background(), "idle")
	var insert *kmod.Error
	if !errors.As(err, &insert) || !errors.Is(err, kmod.ErrSignature) || !slices.Equal(insert.Log, []string{"Loading of unsigned module is rejected"}) ||
		!strings.Contains(err.Error(), "idle is not signed, and the kernel takes signed modules only") {
		t.Errorf("error is %v, log %q", err, insert.Log)
	}
}

// TestKernelLogLicense: a symbol exists, but not for this module.
func TestKernelLogLicense(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "closed", Needs: []string{"gpl_only"}, Fields: []string{"license=Proprietary"}}}}
	db, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	k := tree.Kernel()
	k.Symbols = []string{"gpl_only"}
	k.OnCall = func(kmodtest.Call) error {
		k.Print("closed: Unknown symbol gpl_only (err -2)")
		return syscall.ENOENT
	}
	_, err = kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, KernelLog: true, Explain: diagnose.Explainer()}).Load(context.Background(), "closed")
	const want = `a symbol that is not for modules of its license; closed uses the symbol gpl_only of the kernel, which only modules under the GPL may use; its license is "Proprietary" (ENOENT)`
	if !errors.Is(err, kmod.ErrUnknownSymbol) || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v", err)
	}
}

// TestHostLog reads a file instead of the device: only what was written after it was
// opened.
func TestHostLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kmsg")
	if err := os.WriteFile(path, []byte("6,1,1,-;before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	log, err := (&live.Host{LogPath: path}).OpenLog()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this system has no kernel log")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if r, err := log.ReadRecord(); err != io.EOF {
		t.Errorf("at once: %q, %v", r, err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const record = "6,2,2,-;after\n"
	if _, err := f.WriteString(record); err != nil {
		t.Fatal(err)
	}
	if r, err := log.ReadRecord(); r != record || err != nil {
		t.Errorf("then: %q, %v", r, err)
	}
	if _, err := (&live.Host{LogPath: path + "x"}).OpenLog(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no device: %v", err)
	}
}
