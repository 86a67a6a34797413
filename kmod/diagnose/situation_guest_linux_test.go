package diagnose_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// guestKernel is what matters of the kernel of a guest.
type guestKernel struct {
	release           string
	versions          bool // modules have versions of symbols
	comparesStructure bool // it compares the size of struct module
	twistsAnswer      bool // it turns the EEXIST of an init function into EBUSY
	flagTable         bool // its exports are in one table, and flags tell which are for the GPL only
}

func newGuestKernel(t *testing.T) *guestKernel {
	t.Helper()
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := os.ReadFile("/proc/kallsyms")
	if err != nil {
		t.Fatal(err)
	}
	k := &guestKernel{release: strings.TrimSpace(string(release))}
	newest := !strings.HasPrefix(k.release, "6.")
	k.versions, k.twistsAnswer = !newest, newest
	k.comparesStructure = !strings.HasPrefix(k.release, "6.1.")
	k.flagTable = bytes.Contains(symbols, []byte(" __start___kflagstab\n"))
	return k
}

// situation is what a machine has, and who is asked there.
type situation struct {
	name   string
	image  bool // of the kernel
	kernel *guestKernel
	db     *kmod.DB
	before *diagnose.Diagnoser
	quiet  *kmod.Loader // without the kernel's log
	logged *kmod.Loader // with it
}

// newSituation opens the module tree below a root.
func newSituation(t *testing.T, name, root string) *situation {
	t.Helper()
	s := &situation{name: name, kernel: newGuestKernel(t), db: dbtest.Open(t, &kmod.Config{Root: root})}
	s.before = s.diagnoser(t, 0)
	s.quiet = kmod.NewLoader(s.db, &kmod.LoaderConfig{Explain: diagnose.Explainer()})
	s.logged = kmod.NewLoader(s.db, &kmod.LoaderConfig{Explain: diagnose.Explainer(), KernelLog: true})
	return s
}

// diagnoser is one for inserts with those flags.
func (s *situation) diagnoser(t *testing.T, flags live.InsertFlags) *diagnose.Diagnoser {
	t.Helper()
	d, err := diagnose.New(s.db, &diagnose.Options{Kernel: &live.Host{}, Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// situations are a machine that has nothing but its modules, and one that has its
// kernel's image too. The second root has the first one's modules.
func situations(t *testing.T) []*situation {
	t.Helper()
	const modules = imageRoot + "/lib/modules"
	err := os.MkdirAll(modules, 0o755)
	if err == nil {
		err = syscall.Mount("/lib/modules", modules, "", syscall.MS_BIND, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	bare, imaged := newSituation(t, "bare", "/"), newSituation(t, "image", imageRoot)
	imaged.image = true
	return []*situation{bare, imaged}
}

// unpacked returns a module of the kernel, uncompressed.
func (s *situation) unpacked(t *testing.T, name string) []byte {
	t.Helper()
	m, err := s.db.Module(name)
	if err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(m.Path)
	if err == nil {
		image, err = decompress.Bytes(nil, image, 1<<30)
	}
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(image)
}

// unsigned cuts a module's signature off.
func unsigned(t *testing.T, image []byte) []byte {
	t.Helper()
	info, err := modinfo.Read(bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	if info.Signature != nil {
		image = image[:info.Signature.SignedSize]
	}
	return image
}

// kindsOf lists findings by their kinds: those that do not keep the module out in
// brackets, those that might with a question mark; and what was not checked.
func kindsOf(findings []diagnose.Finding, unchecked []diagnose.Unchecked) string {
	var words []string
	for _, f := range findings {
		switch f.Severity {
		case diagnose.SeverityNote:
			words = append(words, "("+f.Kind.String()+")")
		case diagnose.SeverityMight:
			words = append(words, f.Kind.String()+"?")
		default:
			words = append(words, f.Kind.String())
		}
	}
	for _, u := range unchecked {
		words = append(words, "unchecked "+u.Kind.String())
	}
	return listed(words)
}

// listed sorts words, without repetitions.
func listed(words []string) string {
	slices.Sort(words)
	return strings.Join(slices.Compact(words), ", ")
}

// reasons are what an error may be, by errors.Is.
var reasons = map[string]error{
	"unknown symbol": kmod.ErrUnknownSymbol, "incompatible": kmod.ErrIncompatible, "vermagic": kmod.ErrVermagic,
	"exists": kmod.ErrExists, "busy": kmod.ErrBusy, "signature": kmod.ErrSignature, "invalid": kmod.ErrInvalid,
	"init": kmod.ErrInit, "capability": kmod.ErrCapability, "disabled": kmod.ErrModulesDisabled,
	"lockdown": kmod.ErrLockdown, "in use": kmod.ErrInUse, "permanent": kmod.ErrPermanent,
	"not loaded": kmod.ErrNotLoaded, "built in": kmod.ErrBuiltin,
	"no permission": fs.ErrPermission, "no file": fs.ErrNotExist,
}

// reasonsOf lists which of them an error is.
func reasonsOf(err error) string {
	var words []string
	for word, reason := range reasons {
		if errors.Is(err, reason) {
			words = append(words, word)
		}
	}
	return listed(words)
}

// write writes the broken module to a new file.
func (c *cause) write(t *testing.T, s *situation) string {
	t.Helper()
	name := c.module
	if name == "" {
		name = "dummy"
	}
	image := s.unpacked(t, name)
	if !c.signed {
		image = unsigned(t, image)
	}
	if c.change != nil {
		c.change(newPatch(t, image))
	}
	if c.file != nil {
		image = c.file(t, image)
	}
	if c.as != "" {
		name = c.as
	}
	path := filepath.Join(t.TempDir(), name+".ko"+c.ext)
	if err := os.WriteFile(path, image, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// expected are the findings before the attempt: without the image, namespaces are never
// known.
func (c *cause) expected(s *situation) string {
	want := c.before
	if !s.image && c.bare != "" {
		want = c.bare
	}
	words := strings.Split(want, ", ")
	if want == "" || want == none {
		words = nil
	}
	if !s.image && !c.unread {
		words = append(words, "unchecked version")
	}
	return listed(words)
}

// try diagnoses the module, tries to insert it, and compares what is said.
func (c *cause) try(t *testing.T, s *situation) {
	path := c.write(t, s)
	if c.first != nil {
		c.first(t, s.quiet)
	}
	diagnoser := s.before
	if c.flags != 0 {
		diagnoser = s.diagnoser(t, c.flags)
	}
	d, err := diagnoser.Diagnose(kmod.Request{Path: path, Params: c.params})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := kindsOf(d.Findings, d.Unchecked), c.expected(s); got != want {
		t.Errorf("before: %q, want %q\n%s%v", got, want, d, d.Unchecked)
	}
	quiet := c.told
	if c.quiet != nil && (!s.image || c.ofInit) {
		quiet = *c.quiet
	}
	c.insert(t, s.quiet, path, quiet)
	c.insert(t, s.logged, path, c.told)
}

// insert tries to insert the module.
func (c *cause) insert(t *testing.T, l *kmod.Loader, path string, want told) {
	t.Helper()
	err := l.Insert(t.Context(), path, c.params, c.flags)
	if want == (told{}) {
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Remove(t.Context(), strings.TrimSuffix(filepath.Base(path), ".ko"+c.ext), 0); err != nil {
			t.Fatal(err)
		}
		return
	}
	var e *kmod.Error
	if !errors.As(err, &e) || e.Errno != c.errno || !strings.Contains(err.Error(), want.text) {
		t.Errorf("after: %+v, want %v: %s", err, c.errno, want.text)
		return
	}
	findings := ""
	if refused := (*diagnose.Refused)(nil); errors.As(err, &refused) {
		findings = kindsOf(refused.Findings, nil)
	}
	if is := reasonsOf(err); is != want.is || findings != want.found {
		t.Errorf("after: reasons %q, want %q; findings %q, want %q\n%+v", is, want.is, findings, want.found, err)
	}
}

// tryAll tries a list of causes in every situation.
func tryAll(t *testing.T, name string, list []cause, all []*situation) {
	for _, s := range all {
		t.Run(strings.TrimSuffix(s.name+" "+name, " "), func(t *testing.T) {
			for i := range list {
				if c := &list[i]; c.on == nil || c.on(s.kernel) {
					t.Run(c.name, func(t *testing.T) { c.try(t, s) })
				}
			}
		})
	}
}

// set writes a setting of the kernel that lasts until the next boot.
func set(t *testing.T, file, value string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(value), 0); err != nil {
		t.Fatal(err)
	}
}

// TestGuestIncapable tries the causes of a process without privileges, in a process of
// its own.
func TestGuestIncapable(t *testing.T) {
	vm.RequireGuest(t)
	if os.Getuid() != 0 {
		tryAll(t, "", incapableCauses, []*situation{newSituation(t, "bare", "/")})
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestGuestIncapable$", "-test.v")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestGuestCauses tries every cause, in the end those of settings that last.
func TestGuestCauses(t *testing.T) {
	vm.RequireGuest(t)
	all := situations(t)
	tryAll(t, "", causes, all)
	t.Run("removal", tryRemovals)
	set(t, "/sys/kernel/security/lockdown", "integrity")
	tryAll(t, "locked down", lockedCauses, all)
	set(t, "/sys/module/module/parameters/sig_enforce", "Y")
	tryAll(t, "enforcing", enforcingCauses, all)
	set(t, "/proc/sys/kernel/modules_disabled", "1")
	tryAll(t, "disabled", disabledCauses, all)
	t.Run("removal when disabled", func(t *testing.T) {
		checkRemoval(t, all[0].quiet, "can",
			told{"disabled, no permission", "", "loading and unloading are disabled until reboot"})
	})
}

// checkRemoval checks why a module is not removed.
func checkRemoval(t *testing.T, l *kmod.Loader, name string, want told) {
	t.Helper()
	_, err := l.Unload(t.Context(), nil, name)
	if err == nil || reasonsOf(err) != want.is || !strings.Contains(err.Error(), want.text) {
		t.Errorf("%s: %v, which is %q, want %q: %s", name, err, reasonsOf(err), want.is, want.text)
	}
}

// tryRemovals tries to remove modules that stay. Two are there when it ends.
func tryRemovals(t *testing.T) {
	s := newSituation(t, "bare", "/")
	for _, name := range []string{"can_raw", "tun"} {
		if _, err := s.quiet.Load(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	permanent := cause{module: "ifb", change: (*patch).withoutExit}
	if err := s.quiet.Insert(t.Context(), permanent.write(t, s), "", 0); err != nil {
		t.Fatal(err)
	}
	used, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]told{
		"tun":    {"in use", "", "in use"},
		"can":    {"in use", "", "can_raw"},
		"ifb":    {"permanent", "", "has no exit function and cannot be removed"},
		"printk": {"built in", "", "is built into the kernel"},
		"nobody": {"no file", "", "not found"},
	} {
		checkRemoval(t, s.quiet, name, want)
	}
	result, err := s.quiet.Unload(t.Context(), nil, "dummy")
	if err != nil || result.Removals[0].Outcome != kmod.RemovalNotLoaded {
		t.Errorf("what is not loaded: %+v, %v", result, err)
	}
	if err := s.quiet.Remove(t.Context(), "dummy", 0); reasonsOf(err) != "no file, not loaded" {
		t.Errorf("what is not loaded: %v", err)
	}
	used.Close()
	if err := s.quiet.Remove(t.Context(), "tun", 0); err != nil {
		t.Error(err)
	}
}
