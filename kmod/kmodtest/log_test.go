package kmodtest_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

var _ live.LogOpener = (*kmodtest.Kernel)(nil)

// TestLog: the log says why a module is refused.
func TestLog(t *testing.T) {
	plain := image("a", []string{"f"}, []string{"printk"})
	for _, test := range []struct {
		name   string
		set    func(k *kmodtest.Kernel)
		module []byte
		want   string
		err    error
	}{
		{"symbols", func(k *kmodtest.Kernel) { k.Symbols = []string{"other"} }, image("a", nil, []string{"x", "y", "other"}),
			"a: Unknown symbol x (err -2)|a: Unknown symbol y (err -2)", syscall.ENOENT},
		{"dependency", func(*kmodtest.Kernel) {}, image("a", nil, nil, "depends=b-c"), "a: Unknown symbol b_c_symbol (err -2)", syscall.ENOENT},
		{"vermagic", func(k *kmodtest.Kernel) { k.Vermagic = "other " }, plain,
			"a: version magic '6.1.0-test SMP preempt mod_unload modversions ' should be 'other '", syscall.ENOEXEC},
		{"enforced", func(k *kmodtest.Kernel) { k.SigEnforce = true }, plain, "Loading of unsigned module is rejected", nil},
		{"locked down", func(k *kmodtest.Kernel) { k.Lockdown = "integrity" }, plain,
			"Lockdown: test: unsigned module loading is restricted; see man kernel_lockdown.7", syscall.EPERM},
		{"blacklisted", func(k *kmodtest.Kernel) { k.Cmdline = "a module_blacklist=b,a" }, plain, "Module a is blacklisted", syscall.EPERM},
		{"duplicate", func(k *kmodtest.Kernel) {
			if err := k.InitModule(image("b", []string{"f"}, nil), ""); err != nil {
				t.Fatal(err)
			}
		}, plain, "a: exports duplicate symbol f (owned by b)", syscall.ENOEXEC},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := kmodtest.New("6.1.0-test")
			test.set(k)
			err := k.InitModule(test.module, "")
			if err == nil || test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("the answer is %v", err)
			}
			if got := strings.Join(k.Log(), "|"); got != test.want {
				t.Errorf("the log is %q", got)
			}
		})
	}
}

// TestOpenLog: a reader gets records logged after it was opened, in the form of
// /dev/kmsg.
func TestOpenLog(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	k.LogSize = 2
	k.Print("before")
	log, err := k.OpenLog()
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if r, err := log.ReadRecord(); err != io.EOF {
		t.Errorf("at first %q, %v", r, err)
	}
	k.Print("a\nb\\ü")
	if r, err := log.ReadRecord(); r != "4,1,2000,-;a\\x0ab\\x5c\\xc3\\xbc\n" || err != nil {
		t.Errorf("then %q, %v", r, err)
	}
	for _, text := range []string{"c", "d", "e"} {
		k.Print(text)
	}
	if r, err := log.ReadRecord(); !errors.Is(err, live.ErrLogOverrun) {
		t.Errorf("after an overrun %q, %v", r, err)
	}
	if r, err := log.ReadRecord(); r != "4,3,4000,-;d\n" || err != nil {
		t.Errorf("the oldest remaining record is %q, %v", r, err)
	}
	if got := k.Log(); !slices.Equal(got, []string{"d", "e"}) {
		t.Errorf("the log is %q", got)
	}
	k.LogCallers = true
	if r, err := log.ReadRecord(); !strings.HasPrefix(r, "4,4,5000,-,caller=T") || err != nil {
		t.Errorf("with callers %q, %v", r, err)
	}
	k.NoLog = true
	if _, err := k.OpenLog(); !errors.Is(err, syscall.EPERM) {
		t.Errorf("may not be read: %v", err)
	}
}
