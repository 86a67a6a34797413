package modname

import (
	"strings"
	"testing"
)

func TestFromPath(t *testing.T) {
	for path, want := range map[string]string{
		"foo-bar.ko.xz":                      "foo_bar",
		"kernel/drivers/net/e1000e.ko":       "e1000e",
		"/lib/modules/6.1-a/b/snd-hda.ko.gz": "snd_hda",
		"./foo.bar.ko":                       "foo",
		"plain":                              "plain",
		".ko":                                "",
		"a/":                                 "",
		"":                                   "",
	} {
		if got := FromPath(path); got != want {
			t.Errorf("FromPath(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestNormalize(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "ext4": "ext4", "snd-hda-intel": "snd_hda_intel", "-": "_", "a[b-c]": "a[b_c]",
	} {
		if got := Normalize(name); got != want {
			t.Errorf("Normalize(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestUnchangedNamesAllocateNothing(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		_ = FromPath("kernel/fs/ext4.ko.xz")
		_ = Normalize("usbcore")
		_, _ = NormalizeAlias("usb:v1D6Bp0105d02[0-1]*")
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzNames(f *testing.F) {
	f.Add("a/foo-bar.ko.xz")
	f.Add("usb-a[0-9]-b")
	f.Add("x]-[")
	f.Fuzz(func(t *testing.T, s string) {
		name := FromPath(s)
		if strings.ContainsAny(name, "/.-") || FromPath(name) != name {
			t.Errorf("FromPath(%q) = %q", s, name)
		}
		if once := Normalize(s); Normalize(once) != once || len(once) != len(s) {
			t.Errorf("Normalize(%q) = %q", s, once)
		}
		alias, err := NormalizeAlias(s)
		if err != nil {
			if alias != "" || !strings.ContainsAny(s, "[]") {
				t.Errorf("NormalizeAlias(%q) = %q, %v", s, alias, err)
			}
			return
		}
		if again, err := NormalizeAlias(alias); again != alias || err != nil {
			t.Errorf("NormalizeAlias(%q) = %q, then %q, %v", s, alias, again, err)
		}
		if Normalize(alias) != Normalize(s) {
			t.Errorf("NormalizeAlias(%q) = %q changes more than dashes", s, alias)
		}
	})
}
