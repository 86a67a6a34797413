package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// withFields is a module with exactly these fields.
func withFields(fields ...string) []byte {
	return (&modtest.Module{Modinfo: fields}).Build()
}

// signature makes the end of a module that is signed in one of the old forms.
func signature(id, hash byte, signer, key, value string) []byte {
	b := []byte(signer + key + value)
	b = append(b, 1, hash, id, byte(len(signer)), byte(len(key)), 0, 0, 0, 0, 0, 0, byte(len(value)))
	return append(b, "~Module signature appended~\n"...)
}

// oddFiles are module files about which readers easily differ.
func oddFiles() map[string][]byte {
	whole := withFields("license=GPL", "name=whole")
	signed := func(sig []byte) []byte {
		return (&modtest.Module{Modinfo: []string{"name=signed"}, Signature: sig}).Build()
	}
	return map[string][]byte{
		"whole.ko":         whole,
		"Dash-name.ko":     whole,
		"notpacked.ko.xz":  whole,
		"text.ko":          []byte("hello\n"),
		"empty.ko":         {},
		"magic.ko":         whole[:3],
		"cut_header.ko":    whole[:40],
		"cut_table.ko":     whole[:len(whole)-100],
		"no_section.ko":    (&modtest.Module{}).Build(),
		"filter.ko.xz":     modtest.StoredXZ(whole, 0x0A, 0),
		"cut.ko.xz":        []byte("\xfd7zXZ\x00\x00\x04"),
		"long_keys.ko":     withFields("abcdefghijklmn=14", "abcdefghijklmno=15", "abcdefghijklmnop=16", "abcdefghijklmnopqrstu=21"),
		"odd_fields.ko":    withFields("license=GPL", "", "noequals", "=emptykey", "x=", "license=MIT", "two=a=b", "lines=1\n2\t3"),
		"own_fields.ko":    withFields("name=other", "sig_id=fake", "filename=fake"),
		"params.ko":        withFields("parm=a:text a", "parmtype=a:int", "parm=b:", "parmtype=b:bool", "parm=c:only text", "parm=a:again", "parmtype=a:long"),
		"params_late.ko":   withFields("parmtype=x:int", "parmtype=y:int", "parm=y:why", "parm=x:ex", "parm=xy:z:z"),
		"params_odd.ko":    withFields("parm=:no name", "parmtype=:int", "parm", "zz=1", "parmtype=x:", "parm=x:empty type"),
		"params_bare.ko":   withFields("parmtype=x:array of int", "parm=y:", "parmtype=y:charp", "parm=z:", "parmtype=w:"),
		"params_wrong.ko":  withFields("license=GPL", "parm=nocolon", "parmtype=neither", "parm=b:foo"),
		"signed_pgp.ko":    signed(signature(0, 4, "who", "\x01\xab", "0123456789012345678901234567890123456789+")),
		"signed_x509.ko":   signed(signature(1, 8, "", "k", "0123456789012345678901234567890123456789")),
		"signed_hash.ko":   signed(signature(1, 99, "who", "k", "v")),
		"signed_id.ko":     signed(signature(7, 4, "who", "k", "v")),
		"signed_pkcs7.ko":  signed(signature(2, 0, "", "", "no DER")),
		"signed_length.ko": signed(bytes.Replace(signature(2, 0, "", "", "v"), []byte("\x01~"), []byte("\xff~"), 1)),
	}
}

// writeFiles writes files into a new directory.
func writeFiles(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestModinfoOfOddFilesLikeReference(t *testing.T) {
	tool := kmodref.Tool(t, "modinfo")
	files := oddFiles()
	dir := writeFiles(t, files)
	if err := os.Mkdir(filepath.Join(dir, "directory.ko"), 0o755); err != nil {
		t.Fatal(err)
	}
	files["directory.ko"], files["missing.ko"], files["name"], files["a[b"] = nil, nil, nil, nil
	for name := range files {
		for _, flags := range [][]string{nil, {"-0"}, {"-p"}, {"-n"}, {"-m"}, {"-F", "name"}, {"-F", "sig_key"}, {"-F", "parmtype"}, {"-0F", "signature"}} {
			t.Run(name, func(t *testing.T) {
				argv := append([]string{"-b", dir, "-k", "6.1"}, append(flags, name, dir+"/../"+filepath.Base(dir)+"/"+name)...)
				t.Chdir(dir)
				world := newWorld()
				world.dir = dir
				world.run(append([]string{"modinfo"}, argv...)...).check(t, newest(askReference(t, tool, argv...)))
			})
		}
	}
}

// newest is the answer of the newest kmod; older ones, up to 33, word the error
// for a file without the section differently and pad long keys.
func newest(a answer) answer {
	a.stdout = longKey.ReplaceAllString(a.stdout, "$1:$2")
	a.stderr = strings.ReplaceAll(a.stderr, "'no_section': No such file or directory", "'no_section': No data available")
	return a
}

var longKey = regexp.MustCompile(`(?m)^(\w{16,}): +(\d+)$`)

// TestModinfoOfTrailer: the signature is shown even if kernels refuse its
// trailer, as with kmod.
func TestModinfoOfTrailer(t *testing.T) {
	good, err := modinfo.Decompress(modtest.GoldenModule(t, "kernel/gm/gm_param.ko.xz"), nil)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(good)
	bad[len(bad)-39] = 4 // the digest, which PKCS#7 states itself
	world := newWorld()
	world.dir = writeFiles(t, map[string][]byte{"good.ko": good, "bad.ko": bad})
	for _, flags := range [][]string{{"-F", "signer"}, {"-F", "signature"}, {"-F", "sig_hashalgo"}} {
		want := world.run(append([]string{"modinfo", "good.ko"}, flags...)...)
		got := world.run(append([]string{"modinfo", "bad.ko"}, flags...)...)
		if got.stdout != want.stdout || len(got.stdout) < 2 {
			t.Errorf("%s: got %q, want %q", flags[1], got.stdout, want.stdout)
		}
	}
	if got := world.run("modinfo", "--json", "bad.ko"); !strings.Contains(got.stdout, `"signature":{`) {
		t.Errorf("got %s", got.stdout)
	}
}

func TestModinfoOfOddFiles(t *testing.T) {
	world := newWorld()
	world.dir = writeFiles(t, oddFiles())
	at := func(name string) string { return "filename:       " + world.dir + "/" + name + "\n" }
	broken := func(name, why string) string {
		return "modinfo: ERROR: could not get modinfo from '" + name + "': " + why + "\n"
	}
	runCases(t, world, []toolCase{
		{"modinfo", answer{"", "modinfo: ERROR: missing module or filename.\n", 1}},
		{"modinfo text.ko", answer{at("text.ko"), broken("text", "Exec format error"), 1}},
		{"modinfo ./empty.ko", answer{at("./empty.ko"), broken("empty", "Invalid argument"), 1}},
		{"modinfo cut_table.ko", answer{at("cut_table.ko"), broken("cut_table", "Invalid argument"), 1}},
		{"modinfo no_section.ko", answer{at("no_section.ko"), broken("no_section", "No data available"), 1}},
		{"modinfo -F license missing.ko whole.ko", answer{"GPL\n", "modinfo: ERROR: Module missing.ko not found.\n", 1}},
		{"modinfo long_keys.ko", answer{at("long_keys.ko") + "abcdefghijklmn: 14\nabcdefghijklmno:15\n" +
			"abcdefghijklmnop:16\nabcdefghijklmnopqrstu:21\n", "", 0}},
		{"modinfo -p params.ko", answer{"c:only text\nb: (bool)\na:again (long)\n", "", 0}},
		{"modinfo -0 params.ko", answer{"filename:       " + world.dir + "/params.ko\x00parm:           c:only text\x00" +
			"parm:           b: (bool)\x00parm:           a:again (long)\x00", "", 0}},
		{"modinfo params_bare.ko", answer{at("params_bare.ko") + "parm:           w:\nparm:           z:\n" +
			"parm:           y: (charp)\nparm:           x:array of int\n", "", 0}},
		{"modinfo -p params_bare.ko", answer{"w: ()\nz:\ny: (charp)\nx: (array of int)\n", "", 0}},
		{"modinfo -0 params_bare.ko", answer{"filename:       " + world.dir + "/params_bare.ko\x00parm:           w:\x00" +
			"parm:           z:\x00parm:           y: (charp)\x00parm:           x:array of int\x00", "", 0}},
		{"modinfo --field= odd_fields.ko", answer{"emptykey\n", "", 0}},
		{"modinfo params_wrong.ko", answer{at("params_wrong.ko") + "license:        GPL\nparm:           b:foo\n",
			"modinfo: ERROR: Found invalid \"parm=nocolon\": missing ':'\n" +
				"modinfo: ERROR: Found invalid \"parmtype=neither\": missing ':'\n", 0}},
		{"modinfo -F sig_key signed_pgp.ko", answer{"01:AB\n", "", 0}},
	})
}

// TestModinfoBeyondReference covers what only ours does.
func TestModinfoBeyondReference(t *testing.T) {
	id := make([]byte, 25)
	for i := range id {
		id[i] = byte(i)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(withFields("name=packed")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	world := newWorld()
	world.dir = writeFiles(t, map[string][]byte{
		"id.ko":        (&modtest.Module{Modinfo: []string{"name=id"}, BuildID: id, Signature: signature(0, 4, "who", "k", "v")}).Build(),
		"case.ko":      withFields("Version=1", "version=2", "license=GPL", "parmtype=x:array of int"),
		"packed.ko.gz": packed.Bytes(),
	})
	const lines = "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:\n\t\t14:15:16:17:18\n"
	runCases(t, world, []toolCase{
		{"modinfo -F build-id id.ko", answer{lines, "", 0}},
		{"modinfo id.ko", answer{"filename:       " + world.dir + "/id.ko\nname:           id\nbuild-id:       " + lines +
			"sig_id:         PGP\nsigner:         who\nsig_key:        6B\nsig_hashalgo:   sha256\nsignature:      76\n", "", 0}},
		{"modinfo -F name packed.ko.gz", answer{"packed\n", "", 0}},
		{"modinfo -F LICENSE case.ko", answer{"GPL\n", "", 0}},
		{"modinfo -F version case.ko", answer{"2\n", "", 0}},
		{"modinfo -F VERSION case.ko", answer{"1\n2\n", "", 0}},
		{"modinfo -F Filename case.ko", answer{world.dir + "/case.ko\n", "", 0}},
		{"modinfo -F PARM case.ko", answer{"x: (array of int)\n", "", 0}},
		{"modinfo --field= case.ko", answer{"", "", 0}},
		{"modinfo -n -F '' case.ko", answer{"", "", 0}},
	})
}

// TestModinfoByName asks the indexes.
func TestModinfoByName(t *testing.T) {
	root := modtest.GoldenRoot(t)
	world := newWorld()
	world.dir = filepath.Dir(root)
	base := filepath.Base(root)
	dir := root + "/lib/modules/" + modtest.GoldenRelease + "/"
	at := "modinfo -k " + modtest.GoldenRelease + " -b " + root
	runCases(t, world, []toolCase{
		{at + " -n gm-mid", answer{dir + "kernel/gm/gm_mid.ko.xz\n", "", 0}},
		{at + " -n symbol:gm_mid_fn", answer{dir + "kernel/gm/gm_mid.ko.xz\n", "", 0}},
		{at + " -n gm-dash-alias", answer{dir + "kernel/gm/gm-dash-name.ko\n", "", 0}},
		{at + " -mn gm-dash-alias", answer{"", "modinfo: ERROR: Module name gm-dash-alias not found.\n", 1}},
		{at + " -mn gm-dash-name", answer{dir + "kernel/gm/gm-dash-name.ko\n", "", 0}},
		{at + " -n pci:v00001AF4d000010FFsv00001AF4sd00001100bc02sc00i00", answer{dir + "kernel/gm/gm_dev.ko.gz\n", "", 0}},
		{at + " -n fs-extgolden", answer{"(builtin)\n", "", 0}},
		{at + " -F name fs-extgolden", answer{"ext_golden\n", "", 0}},
		{at + " [", answer{"", "modinfo: ERROR: Module alias [ not found.\n", 1}},
		{"modinfo -k " + modtest.GoldenRelease + " -n gm_mid --basedir " + base, answer{dir + "kernel/gm/gm_mid.ko.xz\n", "", 0}},
		{"modinfo -k " + modtest.GoldenRelease + " -n gm_mid -b" + root + "/", answer{root + "//lib/modules/" + modtest.GoldenRelease + "/kernel/gm/gm_mid.ko.xz\n", "", 0}},
		{"modinfo -k 6.9 -b " + root + " gm_mid", answer{"", "modinfo: ERROR: Module gm_mid not found.\n", 1}},
		{"modinfo -k 6.9 -b " + root + "/nosuch gm_mid", answer{"", "modinfo: ERROR: Module gm_mid not found.\n", 1}},
	})
}

// TestModinfoShortcuts: of several options that name a field, the last one
// counts.
func TestModinfoShortcuts(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"a.ko": withFields("license=L", "author=A", "author=B", "description=D", "parmtype=p:int")})
	t.Chdir(dir)
	world := newWorld()
	world.dir = ""
	runCases(t, world, []toolCase{
		{"modinfo -a a.ko", answer{"A\nB\n", "", 0}},
		{"modinfo -a0 a.ko", answer{"A\x00B\x00", "", 0}},
		{"modinfo --desc a.ko", answer{"D\n", "", 0}},
		{"modinfo a.ko -dl", answer{"L\n", "", 0}},
		{"modinfo a.ko -Fauthor --parameters", answer{"p: (int)\n", "", 0}},
		{"modinfo --filename ./a.ko", answer{dir + "/./a.ko\n", "", 0}},
		{"modinfo -F nosuch a.ko", answer{}},
	})
}

// TestModinfoUnlistedBuiltin: a driver that cannot be a module is found by its
// aliases only. Its fields are in two places of modules.builtin.modinfo.
func TestModinfoUnlistedBuiltin(t *testing.T) {
	tree := writeTree(t, "6.0-lab", nil, map[string][]byte{
		"modules.builtin.alias.bin": modtest.Index(modtest.Entry{Key: "acpi*:AMDI0033:*", Value: "pinctrl_amd"}),
		"modules.builtin.modinfo":   []byte("pinctrl_amd.description=pins\x00other.license=GPL\x00pinctrl_amd.alias=acpi*:AMDI0033:*\x00"),
	})
	at := " -S " + tree.release + " -d " + tree.root
	info := " -k " + tree.release + " -b " + tree.root
	runCases(t, newWorld(), []toolCase{
		{"modinfo" + info + " acpi:AMDI0033:", answer{"name:           pinctrl_amd\nfilename:       (builtin)\ndescription:    pins\nalias:          acpi*:AMDI0033:*\n", "", 0}},
		{"modinfo" + info + " pinctrl_amd", answer{"", "modinfo: ERROR: Module pinctrl_amd not found.\n", 1}},
		{"modprobe" + at + " -D acpi:AMDI0033:", answer{"builtin pinctrl_amd\n", "", 0}},
		{"modprobe" + at + " -R acpi:AMDI0033:", answer{"pinctrl_amd\n", "", 0}},
		{"modprobe" + at + " -n -v acpi:AMDI0033:", answer{"", "", 0}},
	})
}

// TestModinfoBareBuiltin: kernels before 5.2 provide nothing about a built-in
// except its name.
func TestModinfoBareBuiltin(t *testing.T) {
	tree := writeTree(t, "4.19-lab", nil,
		map[string][]byte{"modules.builtin.bin": modtest.Index(modtest.Entry{Key: "loop"})})
	at := "modinfo -k " + tree.release + " -b " + tree.root
	runCases(t, newWorld(), []toolCase{
		{at + " loop", answer{"name:           loop\nfilename:       (builtin)\n", "", 0}},
		{at + " -F license loop", answer{"", "", 0}},
		{at + " -p loop", answer{"", "", 0}},
	})
}
