package live_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

func TestJoinParams(t *testing.T) {
	for _, test := range []struct {
		params []string
		want   string
		failed string // the first that cannot be expressed
	}{
		{nil, "", ""},
		{[]string{"a=1", "b", "c="}, "a=1 b c=", ""},
		{[]string{"who=two words", "n=1"}, `who="two words" n=1`, ""},
		{[]string{`who="two words"`}, `who="two words"`, ""},
		{[]string{"tab=x\ty", "line=x\n", "e==x y"}, "tab=\"x\ty\" line=\"x\n\" e=\"=x y\"", ""},
		{[]string{`q=x"y"`}, `q=x"y"`, ""},
		{[]string{"a=1", `q=x "y z`, `r="`}, `a=1 q="x "y z" r="`, `"q=x \"y z"`},
		{[]string{`q=x"y`}, `q=x"y`, `"q=x\"y"`},
		{[]string{`"q=x y"`}, `"q="x y""`, `"\"q=x y\""`},
		{[]string{""}, "", `""`}, {[]string{"=x"}, "=x", `"=x"`}, {[]string{"c d"}, "c d", `"c d"`},
		{[]string{"--"}, "--", `"--"`}, {[]string{"a=\x00"}, "a=\x00", `"a=\x00"`},
		{[]string{`a="x" y`}, `a="x" y`, `"a=\"x\" y"`},
	} {
		got, err := live.JoinParams(test.params)
		if got != test.want || (err == nil) != (test.failed == "") {
			t.Errorf("%q: %q, %v", test.params, got, err)
		}
		if err != nil && (!errors.Is(err, live.ErrUnquotable) || !strings.Contains(err.Error(), "parameter "+test.failed+":")) {
			t.Errorf("%q: %v", test.params, err)
		}
	}
}

// TestParamString: a module that is inserted again with its parameter string has the
// values that it had, whatever they are, and what is lost is said.
func TestParamString(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	k.ParamModes = map[string]fs.FileMode{"a.hidden": 0, "a.secret": 0o200, "a.fixed": 0o444}
	image := modtest.Named("a", nil, nil)
	for _, parm := range []string{"hidden:int", "secret:int", "fixed:array of short", "text:charp", "line:charp",
		"odd:charp", "unset:charp", "empty:charp", "flag:bool", "not:invbool", "hex:hexint", "page:own"} {
		image.Modinfo = append(image.Modinfo, "parmtype="+parm)
	}
	const params = `hidden=1 secret=2 fixed=1,-2 text="two words" empty= flag not hex=0xff`
	if err := k.InitModule(image.Build(), params); err != nil {
		t.Fatal(err)
	}
	m, err := live.Open(k, "a")
	if err == nil {
		err = errors.Join(m.SetParameter("line", "x\n"), m.SetParameter("odd", `"`), m.SetParameter("flag", "n"),
			m.SetParameter("page", strings.Repeat("x", 4094)))
	}
	if err != nil {
		t.Fatal(err)
	}
	got, lost, err := m.ParamString()
	if want := "fixed=1,-2 flag=N hex=0x0000ff line=\"x\n\" not=Y text=\"two words\""; got != want || err != nil {
		t.Errorf("the string is %q, want %q, %v", got, want, err)
	}
	checkLost(t, lost)
	again := kmodtest.New("6.1.0-test")
	if err := again.InitModule(image.Build(), got); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fixed", "flag", "hex", "line", "not", "text", "unset"} {
		was, _ := m.Parameter(name)
		if text, _ := fs.ReadFile(again.Sys(), "module/a/parameters/"+name); string(text) != was.Value+"\n" {
			t.Errorf("%s is %q, was %q", name, text, was.Value)
		}
	}
	if err := k.DeleteModule("a", 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.ParamString(); !errors.Is(err, live.ErrNotLoaded) {
		t.Errorf("of a module that has gone: %v", err)
	}
}

func checkLost(t *testing.T, lost []live.Parameter) {
	t.Helper()
	var names []string
	reasons := map[string]error{"empty": live.ErrNoValue, "odd": live.ErrUnquotable, "secret": fs.ErrPermission,
		"unset": live.ErrNoValue}
	for _, p := range lost {
		names = append(names, p.Name)
		want, ok := reasons[p.Name]
		if text := "parameter " + p.Name + " of module a: "; ok && !errors.Is(p.Err, want) || !strings.Contains(p.Err.Error(), text) {
			t.Errorf("%s: %v", p.Name, p.Err)
		}
	}
	if !slices.Equal(names, []string{"empty", "odd", "page", "secret", "unset"}) {
		t.Errorf("lost are %q", names)
	}
}

// TestParamStringUnset: the text that stands for strings that were never set, as in the
// arrays of sound drivers, is not given back as if it were a value.
func TestParamStringUnset(t *testing.T) {
	for value, want := range map[string]string{
		"(null)": "", "(null),(null),(null)": "", "card,(null),(null)": "p=card", "a,,(null)": "p=a,",
		"(null),card": "", "a,(null),b,(null)": "", "a(null)": "p=a(null)", "(null)a": "p=(null)a", "null": "p=null",
	} {
		m, err := live.Open(fileKernel{sys: fstest.MapFS{
			"module/a/initstate":    {Data: []byte("live\n")},
			"module/a/parameters/p": {Data: []byte(value + "\n"), Mode: 0o444},
		}}, "a")
		if err != nil {
			t.Fatal(err)
		}
		got, lost, err := m.ParamString()
		if got != want || err != nil || (len(lost) == 0) != (want != "") || len(lost) > 0 && !errors.Is(lost[0].Err, live.ErrNoValue) {
			t.Errorf("%q: %q, %v, %v", value, got, lost, err)
		}
	}
}

// TestParamStringFull: a value is whole if it leaves room in its page.
func TestParamStringFull(t *testing.T) {
	for size, whole := range map[int]bool{4093: true, 4094: false, 5000: false} {
		k := fileKernel{sys: fstest.MapFS{
			"module/a/initstate":    {Data: []byte("live\n")},
			"module/a/parameters/p": {Data: []byte(strings.Repeat("x", size) + "\n"), Mode: 0o444},
		}}
		m, err := live.Open(k, "a")
		if err != nil {
			t.Fatal(err)
		}
		params, lost, err := m.ParamString()
		if (len(params) == size+2) != whole || (len(lost) == 0) != whole || err != nil {
			t.Errorf("%d bytes: %d, %v, %v", size, len(params), lost, err)
		}
	}
}
