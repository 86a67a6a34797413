package modname

import "testing"

func TestExt(t *testing.T) {
	for name, want := range map[string]string{
		"a.ko":          ".ko",
		"a.ko.gz":       ".ko.gz",
		"dir/a.ko.xz":   ".ko.xz",
		"/x/a.ko.zst":   ".ko.zst",
		"a.ko.lz4":      ".ko.lz4",
		"a.b.ko":        ".ko",
		"a.ko.bz2":      "",
		"a.ko.gz.xz":    "",
		"a.KO":          "",
		"ako":           "",
		"a.gz":          "",
		".ko":           "",
		"dir/.ko.xz":    "",
		"modules.order": "",
		"":              "",
	} {
		if got := Ext(name); got != want {
			t.Errorf("Ext(%q) = %q, want %q", name, got, want)
		}
		if got := IsModuleFile(name); got != (want != "") {
			t.Errorf("IsModuleFile(%q) = %v", name, got)
		}
	}
}
