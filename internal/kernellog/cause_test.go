package kernellog

import (
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
)

func TestAboutModule(t *testing.T) {
	for _, test := range []struct {
		text, name string
		want       bool
	}{
		{"dummy: Unknown symbol foo (err -2)", "dummy", true},
		{"dummy2: Unknown symbol dummy (err -2)", "dummy", false},
		{"snd-hda-intel: no codecs", "snd_hda_intel", true},
		{"snd_hda_intel 0000:00:1f.3: no codecs found", "snd_hda_intel", true},
		{"XFS (sda1): Mounting", "xfs", true},
		{"loop device is fine", "loop", false},
		{"Module dummy is blacklisted", "dummy", true},
		{"Module dummy2 is blacklisted", "dummy", false},
		{"module dummy: overflow in relocation type 10", "dummy", true},
		{"module dummy: .gnu.linkonce.this_module section size must match the kernel's built struct module size at run time", "dummy", true},
		{"failed to validate module [dummy] BTF: -22", "dummy", true},
		{"failed to validate module [dummy2] BTF: -22", "dummy", false},
		{"Modules: module dummy: overflow in relocation type 275 val ffff", "dummy", true},
		{"Modules: module dummy2: overflow in relocation type 275 val ffff", "dummy", false},
		{"module: dummy: Unknown rela relocation: 77", "dummy", true},
		{"livepatch: module dummy is not marked as a livepatch module", "dummy", true},
		{"dummy: init suspiciously returned 5, it should follow 0/-E convention", "dummy", true},
		{"do_init_module: 'dummy'->init suspiciously returned 5", "dummy", true},
		{"sysfs: cannot create duplicate filename '/module/dummy'", "dummy", true},
		{"kobject_add_internal failed for dummy with -EEXIST, don't try to register", "dummy", true},
		{"other: unknown parameter 'dummy' ignored", "dummy", false},
		{"other: exports duplicate symbol f (owned by dummy)", "dummy", false},
		{"dummy", "dummy", true},
		{"", "dummy", false},
		{"anything", "", false},
	} {
		if got := aboutModule(test.text, test.name); got != test.want {
			t.Errorf("%q is about %s: %v", test.text, test.name, got)
		}
	}
}

// fakeLog is a log of records and errors.
type fakeLog struct {
	records []any
	endless string
}

func (f *fakeLog) ReadRecord() (string, error) {
	if len(f.records) == 0 {
		if f.endless != "" {
			return f.endless, nil
		}
		return "", io.EOF
	}
	next := f.records[0]
	f.records = f.records[1:]
	if err, ok := next.(error); ok {
		return "", err
	}
	return next.(string), nil
}

func (f *fakeLog) Close() error { return nil }

func TestLogCause(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name    string
		errno   syscall.Errno
		records []any
		want    string // lines, joined
		err     error
	}{
		{"among others", syscall.ENOENT, []any{"6,1,1,-;usb 1-1: new device", "4,2,1,-;mod: Unknown symbol a (err -2)", "4,3,1,-;other: Unknown symbol b (err -2)",
			"4,4,1,-;mod: Unknown symbol c (err -2)"}, "mod: Unknown symbol a (err -2)|mod: Unknown symbol c (err -2)", nil},
		{"by the thread", syscall.ENODEV, []any{"6,1,1,-,caller=T7;anything at all", "6,2,1,-,caller=T8;anything else", "6,3,1,-,caller=T8;mod: from its worker"},
			"anything at all|mod: from its worker", nil},
		{"no name", sys.KeyRejected, []any{"5,1,1,-;Loading of unsigned module is rejected"}, "Loading of unsigned module is rejected", nil},
		{"no name, another thread", sys.KeyRejected, []any{"5,1,1,-,caller=T8;Loading of unsigned module is rejected"}, "", nil},
		{"no name, another answer", syscall.ENOENT, []any{"5,1,1,-;Loading of unsigned module is rejected"}, "", nil},
		{"lockdown", syscall.EPERM, []any{"5,1,1,-;Lockdown: modprobe: unsigned module loading is restricted"}, "Lockdown: modprobe: unsigned module loading is restricted", nil},
		{"format", syscall.ENOEXEC, []any{"3,1,1,-;Invalid ELF header magic: != \\x7fELF"}, "Invalid ELF header magic: != \\x7fELF", nil},
		{"architecture", syscall.ENOEXEC, []any{"3,1,1,-;Invalid architecture in ELF header: 183"},
			"Invalid architecture in ELF header: 183", nil},
		{"architecture, another answer", syscall.EINVAL, []any{"3,1,1,-;Invalid architecture in ELF header: 183"}, "", nil},
		{"compression", syscall.EINVAL, []any{"3,1,1,-;decompression failed with status 7"},
			"decompression failed with status 7", nil},
		{"trailer", sys.BadMessage, []any{"3,1,1,-;module: PKCS#7 signature info has unexpected non-zero params"},
			"module: PKCS#7 signature info has unexpected non-zero params", nil},
		{"appraisal", syscall.EACCES, []any{"3,1,1,-;ima: impossible to appraise a module without a file descriptor. " +
			"sig_enforce kernel parameter might help"},
			"ima: impossible to appraise a module without a file descriptor. sig_enforce kernel parameter might help", nil},
		{"several lines", syscall.EINVAL, []any{`4,1,1,-;mod: a\x0ab`}, "mod: a|b", nil},
		{"continued", syscall.EINVAL, []any{"4,1,1,c;mod: a", "4,2,1,c; b", "4,3,1,-;c"}, "mod: a b", nil},
		{"continued elsewhere", syscall.EINVAL, []any{"4,1,1,-;other: a", "4,2,1,c; b"}, "", nil},
		{"continued by another", syscall.EINVAL, []any{"4,1,1,-,caller=T7;a", "4,2,1,c,caller=T8; b"}, "a", nil},
		{"overrun", syscall.EINVAL, []any{"4,1,1,-;mod: a", ErrOverrun, "4,9,1,c; lost its start", "4,9,1,-;mod: z"}, "mod: a|mod: z", ErrOverrun},
		{"broken", syscall.EINVAL, []any{"4,1,1,-;mod: a", broken}, "mod: a", broken},
		{"no records", syscall.EINVAL, []any{"nonsense", ""}, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := Cause{Names: []string{"mod"}, Caller: "T7", Errno: test.errno}
			lines, err := c.read(&fakeLog{records: test.records}, &logEnd{})
			if got := strings.Join(lines, "|"); got != test.want || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// TestLogCauseBounds: a flood ends the reading, whatever its source.
func TestLogCauseBounds(t *testing.T) {
	for text, most := range map[string]int{"4,1,1,-;mod: again": maxLogLines, "4,1,1,-;other: again": 0} {
		c := Cause{Names: []string{"mod"}}
		lines, err := c.read(&fakeLog{endless: text}, &logEnd{})
		if len(lines) != most || err == nil {
			t.Errorf("%d lines of %q, %v", len(lines), text, err)
		}
	}
}

// TestLogEnd: records logged after the insert are not read, however many there
// are.
func TestLogEnd(t *testing.T) {
	c := Cause{Names: []string{"mod"}}
	end := &logEnd{reader: &fakeLog{records: []any{io.EOF, ErrOverrun, "4,5,1,-;other: behind"}}}
	records := []any{"4,1,1,-;mod: a", "4,2,1,-;mod: b", "4,3,1,-;mod: c", "4,4,1,-;mod: d"}
	lines, err := c.read(&fakeLog{records: records, endless: "4,5,1,-;mod: of the next insert"}, end)
	if got := strings.Join(lines, "|"); got != "mod: a|mod: b|mod: c|mod: d" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestKernelSays(t *testing.T) {
	for _, test := range []struct{ lines, want string }{
		{"", ""},
		{"mod: a|mod: b", "mod: b"},
		{"Invalid architecture in ELF header: 183|mod: b", "Invalid architecture in ELF header: 183"},
		{"module mod: REL relocation unsupported|mod: b", "module mod: REL relocation unsupported"},
		{"mod: loading out-of-tree module|mod: disagrees about version of symbol module_layout|mod: b", "mod: disagrees about version of symbol module_layout"},
	} {
		var lines []string
		if test.lines != "" {
			lines = strings.Split(test.lines, "|")
		}
		if got := Says(lines); got != test.want {
			t.Errorf("%q: %q", test.lines, got)
		}
		if got, want := Refuses(lines), test.want != "" && test.want != "mod: b"; got != want {
			t.Errorf("%q refuses: %v", test.lines, got)
		}
	}
	if got := UnknownSymbols([]string{"mod: Unknown symbol b (err -2)", "mod: Unknown symbol a (err -22)", "mod: Unknown symbol b (err -2)", "x"}); !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("symbols are %v", got)
	}
}
