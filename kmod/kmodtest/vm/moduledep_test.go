package vm

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	sampleDep = `kernel/net/a-top.ko.xz: kernel/net/mid.ko.xz kernel/lib/low.ko.xz
kernel/net/mid.ko.xz: kernel/lib/low.ko.xz
kernel/lib/low.ko.xz:
kernel/netx/other.ko.xz:
`
	sampleBuiltin = "kernel/fs/ext-four.ko\n"
)

func TestModuleClosure(t *testing.T) {
	tests := []struct {
		name    string
		ask     string
		want    string
		wantErr string
	}{
		{name: "nothing"},
		{name: "no dependency", ask: "low", want: "kernel/lib/low.ko.xz"},
		{name: "chain", ask: "a_top", want: "kernel/lib/low.ko.xz kernel/net/a-top.ko.xz kernel/net/mid.ko.xz"},
		{name: "dash in the name", ask: "a-top low", want: "kernel/lib/low.ko.xz kernel/net/a-top.ko.xz kernel/net/mid.ko.xz"},
		{name: "built in", ask: "ext_four other", want: "kernel/netx/other.ko.xz"},
		{name: "unknown", ask: "low nope", wantErr: "module nope is neither"},
	}
	dep, err := parseModuleDep([]byte(sampleDep), []byte(sampleBuiltin))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := dep.closure(strings.Fields(test.ask))
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if (err == nil) != (test.wantErr == "") || err != nil && !strings.Contains(err.Error(), test.wantErr) {
				t.Errorf("error %v, want %q", err, test.wantErr)
			}
		})
	}
}

func TestModulesUnder(t *testing.T) {
	dep, err := parseModuleDep([]byte(sampleDep), nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ dir, want string }{
		{"kernel/net", "a_top mid"},
		{"kernel/net/", "a_top mid"},
		{"kernel/netx", "other"},
		{"kernel", "a_top low mid other"},
		{".", "a_top low mid other"},
		{"kernel/ne", ""},
	}
	for _, test := range tests {
		got, err := dep.under(test.dir)
		if strings.Join(got, " ") != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s: %q, %v, want %q", test.dir, got, err, test.want)
		}
	}
}

func TestModuleDepMalformed(t *testing.T) {
	if _, err := parseModuleDep([]byte("kernel/a.ko\n"), nil); err == nil {
		t.Error("a line without colon passes")
	}
}

func TestAddModules(t *testing.T) {
	k := fakeKernel(t, t.TempDir(), "1.2.3")
	m := newImage()
	if err := m.addModules(k, []string{"mid"}, nil); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"lib/modules/1.2.3/kernel/lib/low.ko.xz",
		"lib/modules/1.2.3/kernel/net/mid.ko.xz",
		"lib/modules/1.2.3/modules.builtin",
		"lib/modules/1.2.3/modules.dep",
	}
	if got := sortedKeys(m.files); !slices.Equal(got, want) {
		t.Errorf("image holds %q, want %q", got, want)
	}
	m = newImage()
	if err := m.addModules(k, nil, []string{"kernel/net"}); err != nil || len(m.files) != 5 {
		t.Errorf("by directory: %v, %q", err, sortedKeys(m.files))
	}
	m = newImage()
	if err := m.addModules(k, nil, nil); err != nil || len(m.files) != 0 {
		t.Errorf("none asked for: %v, %q", err, sortedKeys(m.files))
	}
}

// fakeKernel makes the tree of a kernel with the sample indexes.
func fakeKernel(t *testing.T, root, release string) *Kernel {
	t.Helper()
	modules := filepath.Join("lib/modules", release)
	for name, data := range map[string]string{
		"boot/vmlinuz-" + release:                      "image",
		filepath.Join(modules, "modules.dep"):          sampleDep,
		filepath.Join(modules, "modules.builtin"):      sampleBuiltin,
		filepath.Join(modules, "kernel/lib/low.ko.xz"): "low",
	} {
		writeTree(t, filepath.Join(root, name), data)
	}
	k, err := openKernel(root, release)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func writeTree(t *testing.T, name, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestKernelHaving(t *testing.T) {
	k := fakeKernel(t, t.TempDir(), "1.2.3")
	d, err := parseModuleDep([]byte(sampleDep), []byte(sampleBuiltin))
	if err != nil {
		t.Fatal(err)
	}
	all := append(sortedKeys(d.files), sortedKeys(d.builtin)...)
	got, err := k.Having(append([]string{"no-such"}, all...)...)
	if err != nil || !slices.Equal(got, all) {
		t.Errorf("got %q, want %q, error %v", got, all, err)
	}
}
