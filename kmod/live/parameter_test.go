package live_test

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod/live"
)

// writingKernel accepts writes of parameters.
type writingKernel struct {
	fileKernel
	written *[]string
	answer  error
}

func (k writingKernel) WriteParameter(module, parameter, value string) error {
	*k.written = append(*k.written, module+" "+parameter+" "+value)
	return k.answer
}

func TestParameters(t *testing.T) {
	m, err := live.Open(liveKernel(liveFiles()), "lib_x")
	if err != nil {
		t.Fatal(err)
	}
	all, err := m.Parameters()
	if err != nil || len(all) != 3 {
		t.Fatalf("got %v, %v", all, err)
	}
	for i, want := range []struct {
		name, value        string
		readable, writable bool
	}{{"ro", "ro value ", true, false}, {"rw", "rw value ", true, true}, {"secret", "", false, true}} {
		p := all[i]
		if p.Name != want.name || p.Value != want.value || p.Readable() != want.readable || p.Writable() != want.writable {
			t.Errorf("got %+v, want %+v", p, want)
		}
		if (p.Err == nil) != want.readable || p.Err != nil && !errors.Is(p.Err, fs.ErrPermission) {
			t.Errorf("the error of %s is %v", p.Name, p.Err)
		}
	}
	core, err := live.Open(liveKernel(liveFiles()), "core")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := core.Parameter("level"); err != nil || p.Value != "7" {
		t.Errorf("the parameter of a built-in is %+v, %v", p, err)
	}
	coming, err := live.Open(liveKernel(liveFiles()), "coming")
	if err != nil {
		t.Fatal(err)
	}
	if all, err := coming.Parameters(); len(all) != 0 || err != nil {
		t.Errorf("a module without parameters has %v, %v", all, err)
	}
	for _, name := range []string{"absent", "", "..", "../refcnt", "a/b"} {
		_, err := m.Parameter(name)
		if !errors.Is(err, live.ErrNoParameter) || errors.Is(err, live.ErrNotLoaded) {
			t.Errorf("parameter %q: %v", name, err)
		}
	}
}

func TestSetParameter(t *testing.T) {
	tests := []struct {
		what, name, value string
		answer            error
		want              error
		text              string
	}{
		{"accepted", "rw", "x y", nil, nil, ""},
		{"empty", "rw", "", nil, nil, ""},
		{"refused", "rw", "x", syscall.ERANGE, live.ErrValue, "write parameter rw of module lib_x: the module does not accept the value (ERANGE)"},
		{"the module's ENOENT", "rw", "x", syscall.ENOENT, live.ErrValue, "(ENOENT)"},
		{"not root", "rw", "x", &fs.PathError{Op: "open", Path: "p", Err: syscall.EACCES}, fs.ErrPermission, "lib_x: permission denied"},
		{"read only", "ro", "x", nil, live.ErrReadOnly, "only when the module is inserted"},
		{"absent", "none", "x", nil, live.ErrNoParameter, "write parameter none of module lib_x: the module has no such parameter"},
		{"outside", "../initstate", "x", nil, live.ErrNoParameter, ""},
		{"long", "rw", strings.Repeat("x", 4096), nil, live.ErrValue, "4096 bytes"},
		{"NUL", "rw", "a\x00b", nil, live.ErrValue, "NUL"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			var written []string
			kernel := writingKernel{fileKernel{sys: liveFiles()}, &written, test.answer}
			m, err := live.Open(kernel, "lib-x")
			if err != nil {
				t.Fatal(err)
			}
			err = m.SetParameter(test.name, test.value)
			if !errors.Is(err, test.want) || err != nil && !strings.Contains(err.Error(), test.text) {
				t.Errorf("error is %v", err)
			}
			if errno, ok := test.answer.(syscall.Errno); ok && !errors.Is(err, errno) {
				t.Errorf("the error is not %v: %v", errno, err)
			}
			if test.want == nil && (len(written) != 1 || written[0] != "lib_x rw "+test.value) {
				t.Errorf("written was %q", written)
			}
		})
	}
	m, err := live.Open(liveKernel(liveFiles()), "lib_x")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetParameter("rw", "1"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a kernel that cannot write: %v", err)
	}
}
