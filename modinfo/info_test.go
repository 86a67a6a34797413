package modinfo_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// read is modinfo.Read for a module in memory.
func read(t *testing.T, image []byte) *modinfo.Info {
	t.Helper()
	info, err := modinfo.Read(bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s is %#v, want %#v", what, got, want)
	}
}

func TestInfo(t *testing.T) {
	kinds := []modtest.Module{
		{Machine: modtest.X86_64},
		{Machine: modtest.S390, BigEndian: true},
		{Machine: modtest.I386, Is32: true},
		{Machine: modtest.MIPS, Is32: true, BigEndian: true},
	}
	for _, m := range kinds {
		m.Modinfo = []string{"", "", "license=GPL v2", "author=One <one@example.org>", "author=Two",
			"description=several\nlines = here", "version=1.2", "srcversion=ABCDEF", "alias=fs-foo", "\x00alias=pci:v*",
			"firmware=a/b.bin", "softdep=pre: a b-c post: d", "softdep=post: e", "weakdep=w1 w2", "import_ns=NS_A",
			"import_ns=NS_B", "depends=x,y-z", "intree=Y", "name=foo", "vermagic=6.1.0 SMP mod_unload ", "odd", "empty="}
		m.BuildID = []byte("0123456789abcdefghij")
		info := read(t, m.Build())
		equal(t, "Machine", info.Machine, modinfo.Machine(m.Machine))
		equal(t, "Is64", info.Is64, !m.Is32)
		equal(t, "BigEndian", info.BigEndian, m.BigEndian)
		equal(t, "Name", info.Name(), "foo")
		equal(t, "License", info.License(), "GPL v2")
		equal(t, "Authors", info.Authors(), []string{"One <one@example.org>", "Two"})
		equal(t, "Description", info.Description(), "several\nlines = here")
		equal(t, "Version", info.Version(), "1.2")
		equal(t, "Srcversion", info.Srcversion(), "ABCDEF")
		equal(t, "Vermagic", info.Vermagic(), "6.1.0 SMP mod_unload ")
		equal(t, "Aliases", info.Aliases(), []string{"fs-foo", "pci:v*"})
		equal(t, "Firmware", info.Firmware(), []string{"a/b.bin"})
		equal(t, "Softdeps", info.Softdeps(), []modinfo.Softdep{
			{Pre: []string{"a", "b-c"}, Post: []string{"d"}}, {Post: []string{"e"}}})
		equal(t, "Weakdeps", info.Weakdeps(), []string{"w1", "w2"})
		equal(t, "ImportNamespaces", info.ImportNamespaces(), []string{"NS_A", "NS_B"})
		equal(t, "Depends", info.Depends(), []string{"x", "y-z"})
		equal(t, "InTree", info.InTree(), true)
		equal(t, "BuildID", string(info.BuildID), "0123456789abcdefghij")
		equal(t, "Signature", info.Signature, nil)
		equal(t, "Has odd", info.Has("odd"), true)
		equal(t, "Value of odd", info.Value("odd"), "")
		equal(t, "Has absent", info.Has("absent"), false)
		equal(t, "number of fields", len(info.Fields), 20)
	}
}

func TestEmptyLists(t *testing.T) {
	m := modtest.Module{Modinfo: []string{"depends=", "license=GPL"}}
	info := read(t, m.Build())
	equal(t, "Depends", len(info.Depends()), 0)
	equal(t, "Softdeps", len(info.Softdeps()), 0)
	equal(t, "Weakdeps", len(info.Weakdeps()), 0)
	equal(t, "Params", len(info.Params()), 0)
	equal(t, "BuildID", info.BuildID, nil)
}

func TestParams(t *testing.T) {
	m := modtest.Module{Modinfo: []string{
		"parm=loud:shout", "parmtype=loud:bool", "parmtype=lanes:array of int",
		"parmtype=who:charp", "parm=who:whom to greet: any\n\"name\"", "parm=bare:no type", "parm=nocolon", "parm=empty:"}}
	params := read(t, m.Build()).Params()
	var got []string
	for _, p := range params {
		got = append(got, p.String())
	}
	equal(t, "parameters", got, []string{"loud:shout (bool)", "lanes: (array of int)",
		"who:whom to greet: any\n\"name\" (charp)", "bare:no type", "empty:"})
	equal(t, "type", params[1].Type, "array of int")
	equal(t, "text", params[2].Desc, "whom to greet: any\n\"name\"")
}

func TestNameFromPath(t *testing.T) {
	m := modtest.Module{Modinfo: []string{"license=GPL"}}
	fsys := fstest.MapFS{"kernel/foo-bar.ko": {Data: m.Build()}}
	info, err := modinfo.ReadFS(fsys, "kernel/foo-bar.ko")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "Name", info.Name(), "foo_bar")
	equal(t, "Path", info.Path, "kernel/foo-bar.ko")
}

// TestGolden reads the golden modules and compares them with
// golden/expected/queries.txt.
func TestGolden(t *testing.T) {
	root := modtest.GoldenRoot(t)
	dir := filepath.Join(root, "lib/modules", modtest.GoldenRelease)
	info, err := modinfo.ReadFile(filepath.Join(dir, "kernel/gm/gm_param.ko.xz"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "build id", strings.ToUpper(hex(info.BuildID)), "9A95EE19B86E6EB3090EE482E156696B86EDC48B")
	sig := info.Signature
	if sig == nil || sig.Err != nil {
		t.Fatalf("signature is %v", sig)
	}
	equal(t, "ID", sig.ID, "PKCS#7")
	equal(t, "Signer", sig.Signer, "Golden module signing key")
	equal(t, "Key", strings.ToUpper(hex(sig.Key)), "26BA7778BCE6C45610D8A00B0CC7FBBB74DF8CCB")
	equal(t, "HashAlgo", sig.HashAlgo, "sha256")
	equal(t, "start of Value", strings.ToUpper(hex(sig.Value[:4])), "418C3D12")
	equal(t, "length of Value", len(sig.Value), 256)

	for _, name := range []string{"gm_dev.ko.gz", "gm_mid.ko.xz", "gm_soft.ko.zst", "gm_top.ko", "gm-dash-name.ko"} {
		info, err := modinfo.ReadFS(os.DirFS(dir), "kernel/gm/"+name)
		if err != nil {
			t.Fatal(err)
		}
		base, _, _ := strings.Cut(strings.ReplaceAll(name, "-", "_"), ".")
		equal(t, "Name", info.Name(), base)
	}
}

func hex(b []byte) string {
	const digits = "0123456789abcdef"
	var s []byte
	for _, c := range b {
		s = append(s, digits[c>>4], digits[c&15])
	}
	return string(s)
}

func TestErrors(t *testing.T) {
	noModinfo := (&modtest.Module{BuildID: []byte("x")}).Build()
	good := modtest.Named("good", nil, nil).Build()
	fsys := fstest.MapFS{
		"text.ko":      {Data: []byte("this is not a module at all, only some text")},
		"empty.ko":     {},
		"cut.ko":       {Data: good[:len(good)-10]},
		"nomodinfo.ko": {Data: noModinfo},
		"bad.ko.xz":    {Data: []byte("\xfd7zXZ\x00 and then nothing useful")},
		"bad.ko.gz":    {Data: []byte("\x1f\x8b\x08 and then nothing useful")},
		"bad.ko.zst":   {Data: []byte("\x28\xb5\x2f\xfd and then nothing useful")},
		"bad.ko.lz4":   {Data: []byte("\x04\x22\x4d\x18 and then nothing useful")},
		"dir.ko":       {Mode: fs.ModeDir},
	}
	for name := range fsys {
		t.Run(name, func(t *testing.T) {
			info, err := modinfo.ReadFS(fsys, name)
			if info != nil || !errors.Is(err, modinfo.ErrFormat) {
				t.Errorf("got %v, error %v, want an ErrFormat", info, err)
			}
			if err != nil && !strings.Contains(err.Error(), name) {
				t.Errorf("the error does not name the file: %v", err)
			}
		})
	}
	_, err := modinfo.ReadFS(fsys, "absent.ko")
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, modinfo.ErrFormat) {
		t.Errorf("a missing file gives %v", err)
	}
	_, err = modinfo.ReadFS(fsys, "nomodinfo.ko")
	if !errors.Is(err, modinfo.ErrNoModinfo) {
		t.Errorf("a file without .modinfo gives %v", err)
	}
	_, err = modinfo.ReadFile(filepath.Join(t.TempDir(), "absent.ko"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
}

func TestLimit(t *testing.T) {
	packed := modtest.GoldenModule(t, "kernel/gm/gm_param.ko.xz")
	for _, test := range []struct {
		limit int64
		ok    bool
	}{{0, true}, {1 << 20, true}, {5000, false}, {10, false}} {
		f, err := modinfo.NewFile(bytes.NewReader(packed), int64(len(packed)), &modinfo.Config{MaxSize: test.limit})
		if test.ok != (err == nil) || !test.ok && !errors.Is(err, modinfo.ErrTooLarge) {
			t.Errorf("limit %d: error is %v", test.limit, err)
		}
		if f != nil {
			f.Close()
		}
	}
}

// TestFields: the first value counts, all are there in file order, and padding is none.
func TestFields(t *testing.T) {
	for data, want := range map[string]modinfo.Fields{
		"":                     nil,
		"\x00\x00":             nil,
		"a=1":                  {{Key: "a", Value: "1"}},
		"\x00a=1\x00\x00b\x00": {{Key: "a", Value: "1"}, {Key: "b"}},
		"=1\x00a==\x00a=":      {{Value: "1"}, {Key: "a", Value: "="}, {Key: "a"}},
	} {
		m := modtest.Module{Sections: []modtest.Section{{Name: ".modinfo", Data: []byte(data)}}}
		equal(t, data, read(t, m.Build()).Fields, want)
	}
	fields := modinfo.Fields{{Key: "a", Value: "1"}, {Key: "b"}, {Key: "a", Value: "2"}, {Value: "3"}}
	for key, want := range map[string][]string{"a": {"1", "2"}, "b": {""}, "": {"3"}, "c": nil} {
		equal(t, key, fields.Values(key), want)
		equal(t, "has "+key, fields.Has(key), want != nil)
		first := ""
		if want != nil {
			first = want[0]
		}
		equal(t, "value of "+key, fields.Value(key), first)
	}
}

// TestLists: lists are split at what separates them, and at nothing else.
func TestLists(t *testing.T) {
	info := func(fields ...string) *modinfo.Info {
		m := modtest.Module{Modinfo: fields}
		return read(t, m.Build())
	}
	equal(t, "Depends", info("depends=,a,,b c,d-e,").Depends(), []string{"a", "b c", "d-e"})
	for value, want := range map[string]modinfo.Softdep{
		"":                             {},
		"lost pre: a":                  {Pre: []string{"a"}},
		"post: b pre: a post: c":       {Pre: []string{"a"}, Post: []string{"b", "c"}},
		"pre:a post:b":                 {},
		"  pre:\n a \t b  post: ":      {Pre: []string{"a", "b"}},
		"pre: a pre: b post: c pre: d": {Pre: []string{"a", "b", "d"}, Post: []string{"c"}},
	} {
		equal(t, value, info("softdep="+value).Softdeps(), []modinfo.Softdep{want})
	}
	equal(t, "Weakdeps", info("weakdep=b  a", "weakdep=", "weakdep=c").Weakdeps(), []string{"b", "a", "c"})
	for value, want := range map[string]bool{"intree=Y": true, "intree=y": false, "intree=N": false, "intree=": false,
		"a=Y": false} {
		equal(t, value, info(value).InTree(), want)
	}
	equal(t, "Name", info("name=a-b-c").Name(), "a_b_c")
	equal(t, "Name without one", info("name=").Name(), "")
	equal(t, "Firmware", info("firmware=b", "firmware=a").Firmware(), []string{"b", "a"})
}

// TestParamPlaces: type and text of a parameter may stand anywhere, and the last ones
// count.
func TestParamPlaces(t *testing.T) {
	m := modtest.Module{Modinfo: []string{"parmtype=b:int", "parm=a:text: with colons", "parmtype=nothing", "parm=b:old",
		"parmtype=a:bool", "parm=b:new", "alias=c:int", "parmtype=b:uint", "parmtype=:x", "parm=:"}}
	var got []string
	for _, p := range read(t, m.Build()).Params() {
		got = append(got, p.Name+"|"+p.Type+"|"+p.Desc+"|"+p.String())
	}
	equal(t, "parameters", got, []string{"b|uint|new|b:new (uint)", "a|bool|text: with colons|a:text: with colons (bool)",
		"|x||: (x)"})
}
