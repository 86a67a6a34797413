package sys

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/systest"
)

// record is a handler that records the calls and lets them succeed.
func record(calls *[]systest.Call) systest.Handler {
	return func(c *systest.Call) syscall.Errno {
		*calls = append(*calls, *c)
		return 0
	}
}

// parameters are strings that must arrive unchanged.
var parameters = []string{
	"",
	"a=1",
	"a=1 b=\"two words\"  c=",
	"name=grüße \xff\xfe",
	"tab\tand\nnewline",
	strings.Repeat("x", 4095),
	strings.Repeat("x", 4096),
	strings.Repeat("long=\"parameter string\" ", 800),
}

func TestFinitModule(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dummy.ko")
	if err := os.WriteFile(file, []byte("module"), 0o644); err != nil {
		t.Fatal(err)
	}
	var requests []request
	for flags := range (IgnoreModversions | IgnoreVermagic | CompressedFile) + 1 {
		requests = append(requests, request{Call: "finit", File: file, Flags: flags})
	}
	requests = append(requests, request{Call: "finit", File: file, Flags: 1 << 30})
	for _, params := range parameters {
		requests = append(requests, request{Call: "finit", File: file, Params: []byte(params)})
	}
	var calls []systest.Call
	got := answers(t, program(t, requests...), record(&calls))
	if len(calls) != len(requests) {
		t.Fatalf("%d calls for %d requests", len(calls), len(requests))
	}
	for i, r := range requests {
		c := calls[i]
		if !got[i].Plain || got[i].Errno != 0 {
			t.Errorf("request %d: %+v", i, got[i])
		}
		if c.Name != "finit_module" || c.File != file || c.Flags != r.Flags || c.Params != string(r.Params) {
			t.Errorf("request %d: the kernel saw %s(%q, %.50q, %d)", i, c.Name, c.File, c.Params, c.Flags)
		}
	}
}

func TestInitModule(t *testing.T) {
	var requests []request
	for _, size := range []int{0, 1, 4096, 30000} {
		requests = append(requests, request{Call: "init", Image: pattern(size)})
	}
	for _, params := range parameters {
		requests = append(requests, request{Call: "init", Image: pattern(10), Params: []byte(params)})
	}
	var calls []systest.Call
	got := answers(t, program(t, requests...), record(&calls))
	if len(calls) != len(requests) {
		t.Fatalf("%d calls for %d requests", len(calls), len(requests))
	}
	for i, r := range requests {
		c := calls[i]
		if !got[i].Plain || got[i].Errno != 0 {
			t.Errorf("request %d: %+v", i, got[i])
		}
		if c.Name != "init_module" || c.ImageSize != uint64(len(r.Image)) || !bytes.Equal(c.Image, r.Image) || c.Params != string(r.Params) {
			t.Errorf("request %d: the kernel saw %s(%d bytes, %.50q)", i, c.Name, c.ImageSize, c.Params)
		}
	}
}

func TestDeleteModule(t *testing.T) {
	var requests []request
	for _, flags := range []int{0, NonBlock, Force, NonBlock | Force, 1} {
		for _, name := range []string{"dummy", "", "snd_hda_intel", strings.Repeat("n", 200)} {
			requests = append(requests, request{Call: "delete", Name: []byte(name), Flags: flags})
		}
	}
	var calls []systest.Call
	answers(t, program(t, requests...), record(&calls))
	if len(calls) != len(requests) {
		t.Fatalf("%d calls for %d requests", len(calls), len(requests))
	}
	for i, r := range requests {
		if c := calls[i]; c.Name != "delete_module" || c.Module != string(r.Name) || c.Flags != r.Flags {
			t.Errorf("request %d: the kernel saw %s(%q, %#x)", i, c.Name, c.Module, c.Flags)
		}
	}
	if NonBlock != 0x800 || Force != 0x200 {
		t.Errorf("NonBlock %#x, Force %#x: not what delete_module(2) defines on amd64", NonBlock, Force)
	}
}

// TestErrno returns every error number of the kernel. EINTR has its own test.
func TestErrno(t *testing.T) {
	calls := []request{
		{Call: "finit", File: "/proc/self/exe"},
		{Call: "init", Image: pattern(10)},
		{Call: "delete", Name: []byte("dummy")},
	}
	for _, call := range calls {
		t.Run(call.Call, func(t *testing.T) {
			var requests []request
			var want []syscall.Errno
			for errno := syscall.Errno(1); errno <= 133; errno++ {
				if errno != syscall.EINTR {
					requests = append(requests, call)
					want = append(want, errno)
				}
			}
			seen := 0
			got := answers(t, program(t, requests...), func(*systest.Call) syscall.Errno {
				seen++
				return want[seen-1]
			})
			for i, errno := range want {
				if !got[i].Plain || got[i].Errno != int(errno) || got[i].Text != errno.Error() {
					t.Errorf("%v arrived as %+v", errno, got[i])
				}
			}
		})
	}
}

// TestInterrupted lets calls end with EINTR a number of times.
func TestInterrupted(t *testing.T) {
	calls := []request{
		{Call: "finit", File: "/proc/self/exe"},
		{Call: "init", Image: pattern(10)},
		{Call: "delete", Name: []byte("dummy")},
	}
	tests := []struct {
		interrupted int
		then        syscall.Errno
		want        syscall.Errno
		calls       int
	}{
		{1, 0, 0, 2},
		{5, syscall.EEXIST, syscall.EEXIST, 6},
		{maxTries, 0, syscall.EINTR, maxTries},
	}
	for _, call := range calls {
		for _, test := range tests {
			t.Run(fmt.Sprintf("%s/%d", call.Call, test.interrupted), func(t *testing.T) {
				seen := 0
				got := answers(t, program(t, call), func(*systest.Call) syscall.Errno {
					if seen++; seen <= test.interrupted {
						return syscall.EINTR
					}
					return test.then
				})
				if seen != test.calls || got[0].Errno != int(test.want) {
					t.Errorf("%d calls, %+v, want %d and %v", seen, got[0], test.calls, test.want)
				}
			})
		}
	}
}

// TestRefusedWithoutCall checks that no system call is made.
func TestRefusedWithoutCall(t *testing.T) {
	var calls []systest.Call
	got := answers(t, program(t,
		request{Call: "finit", File: "/proc/self/exe", Params: []byte("a\x00b")},
		request{Call: "init", Params: []byte("\x00")},
		request{Call: "delete", Name: []byte("dummy\x00")},
	), record(&calls))
	for i, a := range got {
		if a.Plain || a.Errno != int(syscall.EINVAL) || !strings.HasSuffix(a.Text, "contains a NUL byte") {
			t.Errorf("request %d: %+v", i, a)
		}
	}
	if len(calls) != 0 {
		t.Errorf("the kernel saw %v", calls)
	}
}

// TestChroot runs in another root, with another release.
func TestChroot(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "dummy.ko"), []byte("module"), 0o644); err != nil {
		t.Fatal(err)
	}
	const release = "6.99.0-a-rather-long-release-name-that-still-fits-the-field"
	command := program(t, request{Call: "release"}, request{Call: "finit", File: "/dummy.ko"})
	command.Chroot, command.Release = root, release
	if raceEnabled {
		t.Skip("the race detector links dynamically, and there are no libraries in the root")
	}
	var calls []systest.Call
	got := answers(t, command, record(&calls))
	if !got[0].Plain || got[0].Text != release {
		t.Errorf("Release: %+v", got[0])
	}
	if !got[1].Plain || len(calls) != 1 || calls[0].File != filepath.Join(root, "dummy.ko") {
		t.Errorf("FinitModule: %+v, the kernel saw %v", got[1], calls)
	}
}
