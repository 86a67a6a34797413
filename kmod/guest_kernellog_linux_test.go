package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/kmod/live"
)

// loggingLoader is a loader for the running kernel of the guest that reads its
// log.
func loggingLoader(t *testing.T, kernel live.Kernel) *kmod.Loader {
	t.Helper()
	vm.RequireGuest(t)
	return kmod.NewLoader(dbtest.Open(t, nil), &kmod.LoaderConfig{KernelLog: true, Kernel: kernel, Explain: diagnose.Explainer()})
}

// refusedInsert inserts a file that is refused.
func refusedInsert(t *testing.T, loader *kmod.Loader, path, params string) *kmod.Error {
	t.Helper()
	var insert *kmod.Error
	if err := loader.Insert(t.Context(), path, params, 0); !failedTo(err, "insert", &insert) {
		t.Fatalf("%s with %q: %v", path, params, err)
	}
	return insert
}

func modulePath(t *testing.T, loader *kmod.Loader, name string) string {
	t.Helper()
	m, err := loader.DB().Module(name)
	if err != nil {
		t.Fatal(err)
	}
	return m.Path
}

// TestGuestKernelLog: modules that fail in different ways each have an error that
// names the real cause, and the lines of the log that are their own.
func TestGuestKernelLog(t *testing.T) {
	loader := loggingLoader(t, nil)
	s := guestStack(t, loader.DB())
	vermagic := patched(t, uncompressed(t, loader, "dummy"), " mod_unload ", " mod_UNLOAD ")
	type refused struct {
		name, path, params string
		reason             error
		errno              syscall.Errno
		log, text          string // parts of them; no log where that is ""
	}
	tests := []refused{
		{"unknown symbol", modulePath(t, loader, s.top), "", kmod.ErrUnknownSymbol, syscall.ENOENT,
			s.top + ": Unknown symbol " + s.symbol + " (err -2)", " that the kernel does not know; missing: "},
		{"vermagic", write(t, "dummy.ko", vermagic), "", kmod.ErrVermagic, syscall.ENOEXEC,
			"dummy: version magic '", "its vermagic differs; the module has "},
		{"init", modulePath(t, loader, "padlock-sha"), "", kmod.ErrInit, syscall.ENODEV,
			"", "the module's init function failed; it found no device to drive (ENODEV)"},
		{"init with a message", modulePath(t, loader, "nbd"), "max_part=-1", kmod.ErrInit, syscall.EINVAL,
			"nbd: max_part must be >= 0", `the kernel says "nbd: max_part must be >= 0" (EINVAL)`},
		{"parameter", modulePath(t, loader, "nbd"), "max_part=many", kmod.ErrInvalid, syscall.EINVAL,
			"nbd: `many' invalid for parameter `max_part'", `the value "many" is not valid for the parameter max_part of nbd, whose type is int (EINVAL)`},
		{"no module", write(t, "nothing.ko", []byte("nothing")), "", kmod.ErrIncompatible, syscall.ENOEXEC, "", "not a valid kernel module"},
	}
	if version := wrongVersion(t, uncompressed(t, loader, "dummy")); version != nil {
		tests = append(tests, refused{"version", write(t, "dummy.ko", version), "", kmod.ErrInvalid, syscall.EINVAL,
			"dummy: disagrees about version of symbol ", "dummy was built with another version of the symbol "})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := refusedInsert(t, loader, test.path, test.params)
			if !errors.Is(err, test.reason) || err.Errno != test.errno || !strings.Contains(err.Error(), test.text) {
				t.Errorf("error is %v", err)
			}
			if err.LogErr != nil || test.log != "" && !slices.ContainsFunc(err.Log, func(line string) bool { return strings.HasPrefix(line, test.log) }) {
				t.Errorf("log is %q, %v", err.Log, err.LogErr)
			}
			t.Log(err, err.Log)
		})
	}
}

// printk writes lines to the kernel log as processes do.
func printk(t *testing.T, lines int, text string) {
	t.Helper()
	f, err := os.OpenFile("/dev/kmsg", os.O_WRONLY, 0)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	for i := range lines {
		if _, err := fmt.Fprintf(f, "<7>%s %d\n", text, i); err != nil {
			t.Error(err)
			return
		}
	}
}

// manyLines allows processes to write any amount to the kernel log.
func manyLines(t *testing.T) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/kernel/printk_devkmsg", []byte("on\n"), 0); err != nil {
		t.Fatal(err)
	}
}

// TestGuestKernelLogConcurrent: others log all the time, other modules fail too.
func TestGuestKernelLogConcurrent(t *testing.T) {
	loader := loggingLoader(t, nil)
	quiet(t)
	manyLines(t)
	stop, stopped := context.WithCancel(context.Background())
	var others sync.WaitGroup
	others.Go(func() {
		for stop.Err() == nil {
			printk(t, 20, "somebody: Unknown symbol elsewhere (err -2)")
		}
	})
	var wg sync.WaitGroup
	for _, name := range []string{"can_raw", "nf_nat"} { // small ones: each is unpacked ten times
		path := modulePath(t, loader, name)
		wg.Go(func() {
			for range 5 {
				var insert *kmod.Error
				if err := loader.Insert(t.Context(), path, "", 0); !failedTo(err, "insert", &insert) || !errors.Is(err, kmod.ErrUnknownSymbol) {
					t.Errorf("%s: %v", name, err)
					return
				}
				foreign := slices.ContainsFunc(insert.Log, func(line string) bool { return !strings.HasPrefix(line, name+": Unknown symbol ") })
				if foreign || len(insert.Log) == 0 && insert.LogErr == nil {
					t.Errorf("%s: log is %q, %v", name, insert.Log, insert.LogErr)
				}
			}
		})
	}
	wg.Wait()
	stopped()
	others.Wait()
}

// floodingKernel is the running kernel, whose log overflows before or after an
// insert.
type floodingKernel struct {
	live.Host
	t      *testing.T
	before bool
}

// flood is more than the log holds.
func (k *floodingKernel) flood() { printk(k.t, 5000, strings.Repeat("flood ", 20)) }

func (k *floodingKernel) around(insert func() error) error {
	if k.before {
		k.flood()
		return insert()
	}
	defer k.flood()
	return insert()
}

func (k *floodingKernel) FinitModule(file *os.File, params string, flags live.InsertFlags) error {
	return k.around(func() error { return k.Host.FinitModule(file, params, flags) })
}

func (k *floodingKernel) InitModule(image []byte, params string) error {
	return k.around(func() error { return k.Host.InitModule(image, params) })
}

// TestGuestKernelLogOverrun: the error says that overwritten records are lost, and the
// cause is found without them.
func TestGuestKernelLogOverrun(t *testing.T) {
	kernel := &floodingKernel{t: t}
	loader := loggingLoader(t, kernel)
	quiet(t)
	manyLines(t)
	s := guestStack(t, loader.DB())
	path := modulePath(t, loader, s.top)
	for _, before := range []bool{true, false} {
		kernel.before = before
		err := refusedInsert(t, loader, path, "")
		if !errors.Is(err.LogErr, live.ErrLogOverrun) || (len(err.Log) > 0) != before {
			t.Errorf("flood before %v: log is %q, %v", before, err.Log, err.LogErr)
		}
		if !errors.Is(err, kmod.ErrUnknownSymbol) || !s.missing(err) {
			t.Errorf("flood before %v: %v", before, err)
		}
	}
}

// TestGuestKernelLogReader: reading never waits, and begins after the existing records.
func TestGuestKernelLogReader(t *testing.T) {
	vm.RequireGuest(t)
	manyLines(t)
	printk(t, 1, "from before")
	log, err := (&live.Host{}).OpenLog()
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	printk(t, 1, "a\tb \\ ü")
	for {
		record, err := log.ReadRecord()
		if err == io.EOF {
			t.Fatal("the line does not come")
		}
		if err != nil || strings.Contains(record, "from before") {
			t.Fatalf("%q, %v", record, err)
		}
		if strings.Contains(record, `;a\x09b \x5c \xc3\xbc 0`) {
			break
		}
	}
}
