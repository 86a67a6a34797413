package modconf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// checkList checks what is listed, as "module" or "module (origin)", and the warnings.
func checkList(t *testing.T, s ModulesLoadSources, want, warnings []string) {
	t.Helper()
	list := ReadModulesLoad(s)
	var got []string
	for _, m := range list.Modules {
		got = append(got, fmt.Sprintf("%s (%v)", m.Module, m.Origin))
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("listed are\n%s\nwant\n%s", g, w)
	}
	checkWarnings(t, &Config{Warnings: list.Warnings}, warnings...)
	if list.Err != nil {
		t.Error(list.Err)
	}
}

// file is a file with a text.
func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text), Mode: 0o644} }

// TestModulesLoadFiles: a name in an earlier directory hides the later ones; files are
// read in the order of their names, after the kernel command line.
func TestModulesLoadFiles(t *testing.T) {
	sources := ModulesLoadSources{Prefix: "/", Dirs: ModulesLoadDirs(), Cmdline: "quiet modules_load=first", FS: fstest.MapFS{
		"etc/modules-load.d/20-b.conf":           file("b"),
		"etc/modules-load.d/README":              file("readme"),
		"etc/modules-load.d/.hidden.conf":        file("hidden"),
		"run/modules-load.d/20-b.conf":           file("not-b"),
		"run/modules-load.d/30-c.conf":           file("c1\nc2\n"),
		"usr/local/lib/modules-load.d/10-a.conf": file("a\n"),
		"usr/local/lib/modules-load.d/30-c.conf": file("not-c"),
		"usr/lib/modules-load.d/40-d.conf":       file(""),
		"lib/modules-load.d/40-d.conf":           file("not-d"),
		"lib/modules-load.d/50-e.conf":           file("e"),
		"etc/modprobe.d/x.conf":                  file("x"),
	}}
	checkList(t, sources, []string{"first (/proc/cmdline)", "a (/usr/local/lib/modules-load.d/10-a.conf line 1)",
		"b (/etc/modules-load.d/20-b.conf line 1)", "c1 (/run/modules-load.d/30-c.conf line 1)", "c2 (/run/modules-load.d/30-c.conf line 2)",
		"e (/lib/modules-load.d/50-e.conf line 1)"}, nil)
}

// TestModulesLoadLines: comments, white space and what is not a name.
func TestModulesLoadLines(t *testing.T) {
	text := strings.Join([]string{"# comment", "; another", "", "  \t# third", "\tloop \r", "snd-timer",
		"pci:v00008086d*", "snd_timer", "dm-mod # no comment", "loop max_loop=8", "nul\x00byte", "esc\x1b[0m",
		"\xff\xfe", "x[a", strings.Repeat("n", maxName+1), strings.Repeat("m", maxName), `a\`, "b", "c;d#e", "../evil", "\u00e4"}, "\n")
	at := func(name string, line int) string { return fmt.Sprintf("%s (f line %d)", name, line) }
	checkList(t, ModulesLoadSources{Dirs: []string{"f"}, FS: fstest.MapFS{"f": file(text)}},
		[]string{at("loop", 5), at("snd_timer", 6), at("pci:v00008086d*", 7), at(strings.Repeat("m", maxName), 16),
			at(`a\`, 17), at("b", 18), at("c;d#e", 19), at("../evil", 20), at("\u00e4", 21)},
		[]string{"f line 9: ignoring 'dm-mod # no comment', since a line names one module",
			"f line 10: ignoring 'loop max_loop=8', since a line names one module",
			`f line 11: ignoring 'nul\x00byte', which is not text`, `f line 12: ignoring 'esc\x1b[0m', which is not text`,
			`f line 13: ignoring '\xff\xfe', which is not text`, "f line 14: ignoring the bad module name 'x[a'",
			"f line 15: ignoring '" + strings.Repeat("n", maxPrintable) + "...', which is longer than any name of a module"})
}

func TestModulesLoadCmdline(t *testing.T) {
	for cmdline, want := range map[string]string{
		"modules_load=a,b quiet modules_load=c-d,a": "a b c_d",
		"modules_load=":                       "",
		"modules_load":                        "",
		"modules_load=,,a,":                   "a",
		`modules_load="a,b" "modules_load=c"`: "a b c",
		"rd.modules_load=a modules_load=b":    "a b",
		"x.modules_load=a modules_loads=b modules-load=c modprobe.blacklist=d rd_modules_load=e": "",
		"-- modules_load=a":              "a",
		"modules_load=a\x00modules_load": "a",
		`modules_load=a,b "`:             "a b",
		"\nmodules_load=a\n":             "a",
	} {
		for _, initramfs := range []bool{true, false} {
			want := want
			if !initramfs && strings.HasPrefix(cmdline, "rd.") {
				want = "b"
			}
			list := ReadModulesLoad(ModulesLoadSources{Cmdline: cmdline, CmdlineName: "cmdline", Initramfs: initramfs})
			var got []string
			for _, m := range list.Modules {
				if got = append(got, m.Module); m.Origin != (Origin{File: "cmdline"}) {
					t.Errorf("%q: %v", cmdline, m.Origin)
				}
			}
			if strings.Join(got, " ") != want || len(list.Warnings) > 0 {
				t.Errorf("%q: %q, %v, want %q", cmdline, got, list.Warnings, want)
			}
		}
	}
}

// TestModulesLoadKinds: links out of order, directories and pipes called x.conf.
func TestModulesLoadKinds(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) { writeFile(t, filepath.Join(root, name), text) }
	write("run/modules-load.d/masked.conf", "masked")
	write("usr/lib/modules-load.d/good.conf", "good")
	write("etc/modules-load.d/directory.conf/file", "inside")
	write("etc/modules-load.d/y.conf", "y")
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	link("/dev/null", "etc/modules-load.d/masked.conf")
	write("etc/modules", "from-etc-modules\n")
	link("../modules", "etc/modules-load.d/modules.conf") // as in Debian
	link("loop.conf", "run/modules-load.d/loop.conf")
	write("usr/local/lib/modules-load.d/z.conf", "z")
	link("nowhere", "usr/local/lib/modules-load.d/good.conf")
	checkList(t, ModulesLoadSources{FS: os.DirFS(root), Dirs: ModulesLoadDirs()},
		[]string{"good (usr/lib/modules-load.d/good.conf line 1)",
			"from_etc_modules (etc/modules-load.d/modules.conf line 1)", "y (etc/modules-load.d/y.conf line 1)",
			"z (usr/local/lib/modules-load.d/z.conf line 1)"},
		[]string{"etc/modules-load.d/directory.conf: directories inside directories are not supported",
			"run/modules-load.d/loop.conf: cannot be read: " + syscall.ELOOP.Error(),
			"usr/local/lib/modules-load.d/good.conf: cannot be read: " + syscall.ENOENT.Error()})
}

// TestModulesLoadLimits: neither large files nor many names take more than is allowed.
func TestModulesLoadLimits(t *testing.T) {
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "etc/b.conf"), "b\n")
	huge := filepath.Join(root, "etc/a.conf")
	if err := errors.Join(os.WriteFile(huge, nil, 0o644), os.Truncate(huge, 1<<30)); err != nil {
		t.Skip("no sparse files: ", err)
	}
	const tooMuch = ": left out, because all files together are larger than 16777216 bytes"
	allocated := modtest.Allocated(func() {
		checkList(t, ModulesLoadSources{FS: os.DirFS(root), Dirs: []string{"etc"}},
			[]string{"b (etc/b.conf line 1)"}, []string{"etc/a.conf" + tooMuch})
	})
	if allocated > MaxSize {
		t.Errorf("%d bytes were allocated", allocated)
	}
	checkList(t, ModulesLoadSources{FS: oddFS{}, Dirs: []string{"endless"}}, nil, []string{"endless" + tooMuch})
	noise := file(strings.Repeat("\x00\n", MaxSize/2-1) + "m")
	list := ReadModulesLoad(ModulesLoadSources{Dirs: []string{"f"}, FS: fstest.MapFS{"f": noise}})
	if len(list.Modules) != 1 || len(list.Warnings) != MaxWarnings+1 {
		t.Errorf("of noise: %v, %d warnings", list.Modules, len(list.Warnings))
	}
	var many strings.Builder
	for i := range MaxListed + 3 {
		fmt.Fprintf(&many, "m%d\nm%d\n", i, i)
	}
	list = ReadModulesLoad(ModulesLoadSources{Dirs: []string{"f"}, FS: fstest.MapFS{"f": file(many.String())}})
	if len(list.Modules) != MaxListed || list.Modules[MaxListed-1].Module != fmt.Sprint("m", MaxListed-1) {
		t.Errorf("%d are listed", len(list.Modules))
	}
	checkWarnings(t, &Config{Warnings: list.Warnings},
		"f line 131073: this and further modules are left out, because there are more than 65536")
}

// TestModulesLoadFailure: a failure of the machine is told.
func TestModulesLoadFailure(t *testing.T) {
	list := ReadModulesLoad(ModulesLoadSources{FS: oddFS{}, Dirs: []string{"broken"}})
	if list.Err == nil || !errors.Is(list.Err, syscall.EIO) || list.Err.Path != "broken" {
		t.Errorf("got %v", list.Err)
	}
}

// FuzzModulesLoad: what is listed are names in the text, each once, at their places.
func FuzzModulesLoad(f *testing.F) {
	f.Add("a\n# b\n;c\n d-e \n\x00\nf g", "modules_load=a,x rd.modules_load=\"y\"")
	f.Fuzz(func(t *testing.T, text, cmdline string) {
		list := ReadModulesLoad(ModulesLoadSources{
			FS: fstest.MapFS{"f": file(text)}, Dirs: []string{"f"}, Cmdline: cmdline, Initramfs: true})
		lines := strings.Split(text, "\n")
		seen := map[string]bool{}
		for i, m := range list.Modules {
			if seen[m.Module] {
				t.Errorf("%q is listed twice", m.Module)
			}
			seen[m.Module] = true
			if m.Module == "" || strings.ContainsFunc(m.Module, func(c rune) bool { return unicode.IsControl(c) || c == ' ' }) {
				t.Errorf("%q is listed", m.Module)
			}
			if m.File == "/proc/cmdline" {
				if i > 0 && list.Modules[i-1].File != m.File {
					t.Error("the kernel command line does not come first")
				}
				continue
			}
			if name, err := modname.NormalizeAlias(strings.TrimSpace(lines[m.Line-1])); err != nil || name != m.Module {
				t.Errorf("%q is not in line %d", m.Module, m.Line)
			}
		}
		for _, w := range list.Warnings {
			if len(w.Text) > 400 || strings.ContainsFunc(w.Text, unicode.IsControl) {
				t.Errorf("the warning is %q", w.Text)
			}
		}
		for i, line := range lines { // nothing is left out in silence
			name, err := modname.NormalizeAlias(strings.TrimSpace(line))
			warned := slices.ContainsFunc(list.Warnings, func(w Warning) bool { return w.Line == i+1 })
			if err == nil && name != "" && name[0] != '#' && name[0] != ';' && !seen[name] && !warned &&
				len(list.Warnings) < MaxWarnings {
				t.Errorf("line %d, %q, is not listed", i+1, line)
			}
		}
	})
}
