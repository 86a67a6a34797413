package modconf

import (
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// goldenConfig reads the configuration of the golden tree, with the
// dependencies that the newest depmod extracted.
func goldenConfig(t testing.TB) *Config {
	t.Helper()
	src := Sources{FS: modtest.Golden(), Dirs: []string{"tree/etc/modprobe.d"}, Prefix: "@", ModuleDir: "expected"}
	return Read(src)
}

// TestGolden compares with the output of the newest modprobe -c.
func TestGolden(t *testing.T) {
	queries, err := fs.ReadFile(modtest.Golden(), "expected/queries.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, answer, found := strings.Cut(string(queries), "modprobe.d -c\n")
	answer, _, ended := strings.Cut(answer, "| \n| # End of configuration files.")
	if !found || !ended {
		t.Fatal("the golden answers have no modprobe -c")
	}
	want := strings.ReplaceAll("\n"+answer, "\n| ", "\n")[1:]
	want = strings.ReplaceAll(want, "gm-dash-namepost:", "gm-dash-name post:") // a defect of the reference
	c := goldenConfig(t)
	if got := text(t, c); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	checkWarnings(t, c, "@tree/etc/modprobe.d/20-cmds.conf line 5: ignoring bad line starting with 'bogus'",
		"@tree/etc/modprobe.d/20-cmds.conf line 6: ignoring bad line starting with 'options'")
}

// text is the configuration as WriteTo writes it.
func text(t testing.TB, c *Config) string {
	t.Helper()
	var b strings.Builder
	if n, err := c.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo says %d, %v after %d bytes", n, err, b.Len())
	}
	return b.String()
}

func checkWarnings(t testing.TB, c *Config, want ...string) {
	t.Helper()
	var got []string
	for _, w := range c.Warnings {
		got = append(got, w.Error())
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("the warnings are\n%s\nwant\n%s", g, w)
	}
}

// TestModuleFS has modules.softdep in another file system than the rest.
func TestModuleFS(t *testing.T) {
	c := Read(Sources{
		FS:       fstest.MapFS{"d/a.conf": {Data: []byte("softdep a pre: b\n")}, "m/modules.softdep": {Data: []byte("softdep x pre: y\n")}},
		ModuleFS: fstest.MapFS{"m/modules.softdep": {Data: []byte("softdep c pre: d\n")}},
		Dirs:     []string{"d"}, Prefix: "/", ModuleDir: "m", ModulePrefix: "@/",
	})
	want := []Softdep{
		{Module: "a", Pre: []string{"b"}, Origin: Origin{"/d/a.conf", 1}},
		{Module: "c", Pre: []string{"d"}, Origin: Origin{"@/m/modules.softdep", 1}},
	}
	if !reflect.DeepEqual(c.Softdeps, want) {
		t.Errorf("got %v, want %v", c.Softdeps, want)
	}
}
