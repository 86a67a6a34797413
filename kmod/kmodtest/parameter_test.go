package kmodtest_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

var _ live.ParameterWriter = (*kmodtest.Kernel)(nil)

// shown reads a parameter of the module "a".
func shown(t *testing.T, k *kmodtest.Kernel, name string) string {
	t.Helper()
	text, err := fs.ReadFile(k.Sys(), "module/a/parameters/"+name)
	if err != nil {
		t.Error(err)
	}
	return strings.TrimSuffix(string(text), "\n")
}

func TestParameterValues(t *testing.T) {
	tests := []struct {
		typ, params string
		want        string
		err         error
	}{
		{"int", "", "0", nil},
		{"int", "p=42", "42", nil},
		{"int", "p=-0x10", "-16", nil},
		{"int", "p=010", "8", nil},
		{"int", "p=+3", "3", nil},
		{"int", "p=1 p=2", "2", nil},
		{"int", "p", "", syscall.EINVAL},
		{"int", "p=", "", syscall.EINVAL},
		{"int", "p=x", "", syscall.EINVAL},
		{"int", "p=1_0", "", syscall.EINVAL},
		{"int", "p=--1", "", syscall.EINVAL},
		{"int", "p=2147483648", "", syscall.ERANGE},
		{"uint", "p=4294967295", "4294967295", nil},
		{"uint", "p=-1", "", syscall.EINVAL},
		{"byte", "p=256", "", syscall.ERANGE},
		{"hexint", "p=255", "0x0000ff", nil},
		{"ullong", "p=0xffffffffffffffff", "18446744073709551615", nil},
		{"bool", "", "N", nil},
		{"bool", "p", "Y", nil},
		{"bool", "p=on", "Y", nil},
		{"bool", "p=off", "N", nil},
		{"bool", "p=0", "N", nil},
		{"bool", "p=maybe", "", syscall.EINVAL},
		{"bint", "p=Y", "1", nil},
		{"charp", "", "(null)", nil},
		{"charp", `p="two words"`, "two words", nil},
		{"charp", `"p=two words"`, "two words", nil},
		{"charp", "p=", "", nil},
		{"charp", "p", "", syscall.EINVAL},
		{"charp", "p=" + strings.Repeat("x", 1025), "", syscall.ENOSPC},
		{"array of int", "p=1,0x2,3", "1,2,3", nil},
		{"array of int", "p=1,,3", "", syscall.EINVAL},
		{"its own", "p=any thing", "any", nil},
		{"int", "q=1 -- p=3", "0", nil},
	}
	for _, test := range tests {
		k := kmodtest.New("6.1.0-test")
		err := k.InitModule(image("a", nil, nil, "parmtype=p:"+test.typ), test.params)
		if !errors.Is(err, test.err) || (err == nil) != (len(k.Modules()) == 1) {
			t.Errorf("%s %.20q: %v, want %v", test.typ, test.params, err, test.err)
			continue
		}
		if err != nil {
			continue
		}
		if got := shown(t, k, "p"); got != test.want {
			t.Errorf("%s %q reads %q, want %q", test.typ, test.params, got, test.want)
		}
	}
}

// TestUnknownParameter: it is ignored, and logged. Dashes and underscores are
// equivalent.
func TestUnknownParameter(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	a := image("a", nil, nil, "parmtype=some_number:int")
	if err := k.InitModule(a, "colour=red some-number=5"); err != nil || shown(t, k, "some_number") != "5" {
		t.Error(err)
	}
	b := image("b", nil, nil, "parmtype=n:int")
	if err := k.InitModule(b, "n=five"); !errors.Is(err, syscall.EINVAL) {
		t.Error(err)
	}
	want := []string{"a: unknown parameter 'colour' ignored", "b: `five' invalid for parameter `n'"}
	if got := k.Log(); !slices.Equal(got, want) {
		t.Errorf("the log is %q", got)
	}
}

func TestWriteParameter(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	if err := k.InitModule(image("a", nil, nil, "parmtype=n:int"), "n=1"); err != nil {
		t.Fatal(err)
	}
	m, err := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k}).Live("a")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetParameter("n", "2"); err != nil || shown(t, k, "n") != "2" {
		t.Error(err)
	}
	if err := m.SetParameter("n", "x"); !errors.Is(err, live.ErrValue) || !errors.Is(err, syscall.EINVAL) || shown(t, k, "n") != "2" {
		t.Errorf("a word for a number: %v", err)
	}
	if err := m.SetParameter("m", "2"); !errors.Is(err, live.ErrNoParameter) {
		t.Errorf("no such parameter: %v", err)
	}
	for _, names := range [][2]string{{"a", "m"}, {"b", "n"}} {
		if err := k.WriteParameter(names[0], names[1], "2"); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("%v: %v", names, err)
		}
	}
	if last := k.Calls()[1]; last != (kmodtest.Call{Name: "write", Module: "a", Params: "n=2"}) {
		t.Errorf("the call was %+v", last)
	}
}

// FuzzParameters: no string makes the kernel fail, and a number that was read
// back reads back as itself.
func FuzzParameters(f *testing.F) {
	for _, s := range []string{"n=1", `s="a b" b`, "a=1,2,3 n=0x7f", `"s=x y`, "n=-09", "-- n=1", "b=of"} {
		f.Add(s)
	}
	a := image("a", nil, nil, "parmtype=n:int", "parmtype=b:bool", "parmtype=s:charp", "parmtype=a:array of uint")
	f.Fuzz(func(t *testing.T, params string) {
		k := kmodtest.New("6.1.0-test")
		if k.InitModule(a, params) != nil {
			return
		}
		for _, name := range []string{"n", "b", "a"} {
			value := shown(t, k, name)
			if value == "" {
				continue
			}
			if err := k.WriteParameter("a", name, value); err != nil || shown(t, k, name) != value {
				t.Errorf("%s read %q, then %q, %v", name, value, shown(t, k, name), err)
			}
		}
	})
}

// TestParamModes: a parameter without a file can be given, and not be written.
func TestParamModes(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	k.ParamModes = map[string]fs.FileMode{"a.p": 0, "a.q": 0o444, "b.r": 0o444}
	a := image("a", nil, nil, "parmtype=p:int", "parmtype=q:int", "parmtype=r:int")
	if err := k.InitModule(a, "p=x"); err != syscall.EINVAL {
		t.Errorf("the hidden one takes no text: %v", err)
	}
	if err := k.InitModule(a, "p=1 q=2"); err != nil {
		t.Fatal(err)
	}
	if got := listing(fs.ReadDir(k.Sys(), "module/a/parameters")); got != "- q - r <nil>" {
		t.Errorf("shown are %s", got)
	}
	for name, want := range map[string]error{"p": syscall.ENOENT, "q": syscall.EACCES, "r": nil} {
		if err := k.WriteParameter("a", name, "3"); err != want {
			t.Errorf("writing %s: %v", name, err)
		}
	}
	k = kmodtest.New("6.1.0-test")
	k.ParamModes = map[string]fs.FileMode{"a.p": 0}
	if err := k.InitModule(image("a", nil, nil, "parmtype=p:int"), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(k.Sys(), "module/a/parameters"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory for nothing: %v", err)
	}
}
