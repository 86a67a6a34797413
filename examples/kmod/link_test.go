package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// linkWorld is a machine whose program is the file usr/local/bin/kmod below root.
func linkWorld(t *testing.T) (w *world, root string) {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w = newWorld()
	w.dir, w.program = root, root+"/usr/local/bin/kmod"
	writeFile(t, w.program, "the program")
	for _, dir := range []string{"usr/local/sbin", "opt"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return w, root
}

// files lists what is below a directory: links with their targets, files with their
// modes and sizes.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		rel, _ := filepath.Rel(dir, name)
		switch {
		case err != nil:
			return err
		case d.Type() == fs.ModeSymlink:
			all[rel], err = os.Readlink(name)
		case d.IsDir():
			all[rel] = "directory"
		default:
			all[rel] = fmt.Sprint(info.Mode(), " ", info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sameTree reports whether two directories have the same in them.
func sameTree(a, b map[string]string) bool {
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// link calls kmod link, and checks that it ends well.
func link(t *testing.T, w *world, args ...string) string {
	t.Helper()
	got := w.run(append([]string{"kmod", "link"}, args...)...)
	if got.status != success || got.stderr != "" {
		t.Fatalf("%q: status %d, %s", args, got.status, got.stderr)
	}
	return got.stdout
}

func TestLink(t *testing.T) {
	w, root := linkWorld(t)
	if out := link(t, w, "usr/local/sbin"); out != "" {
		t.Errorf("it prints %s", out)
	}
	got := files(t, root+"/usr/local")
	for _, tool := range compatTools() {
		for name, want := range map[string]string{
			"sbin/" + tool: "../bin/kmod", "share/bash-completion/completions/" + tool: "kmod",
			"share/fish/vendor_completions.d/" + tool + ".fish": "kmod.fish",
		} {
			if got[name] != want {
				t.Errorf("%s is %q", name, got[name])
			}
			delete(got, name)
		}
	}
	for _, argv := range allTools() {
		name := "share/man/man8/" + pageName(argv)
		page, err := os.ReadFile("man/" + pageName(argv))
		if err != nil || got[name] != fmt.Sprint("-rw-r--r-- ", len(page)) {
			t.Errorf("%s is %q, %v", name, got[name], err)
		}
		delete(got, name)
	}
	for name, source := range map[string]string{"share/bash-completion/completions/kmod": "kmod.bash",
		"share/zsh/site-functions/_kmod": "kmod.zsh", "share/fish/vendor_completions.d/kmod.fish": "kmod.fish"} {
		text, err := os.ReadFile("completions/" + source)
		installed, err2 := os.ReadFile(root + "/usr/local/" + name)
		if err != nil || err2 != nil || string(text) != string(installed) || !isOwn(text) {
			t.Errorf("%s: %v, %v, %q", name, err, err2, installed)
		}
		for _, tool := range append(compatTools(), "kmod") {
			if !strings.Contains(string(text), " "+tool) {
				t.Errorf("%s is not for %s", source, tool)
			}
		}
		delete(got, name)
	}
	delete(got, "bin/kmod")
	for name, kind := range got {
		if kind != "directory" {
			t.Errorf("it also made %s", name)
		}
	}
}

// TestLinkTarget: links are relative where program and links can be moved together.
func TestLinkTarget(t *testing.T) {
	for where, want := range map[string]string{
		"/usr/bin": "kmod", "/usr/sbin": "../bin/kmod", "/opt": "/usr/bin/kmod", "/usr": "/usr/bin/kmod",
		"/usr/local/bin": "/usr/bin/kmod",
	} {
		if got := linkTarget("/usr/bin/kmod", where); got != want {
			t.Errorf("in %s: %s", where, got)
		}
	}
	if got := linkTarget("/bin/kmod", "/sbin"); got != "/bin/kmod" {
		t.Errorf("in /sbin: %s", got)
	}
	for dir, want := range map[string]string{"/usr/local/sbin": "/usr/local/share", "/sbin": "/usr/share",
		"/bin": "/usr/share", "/tools": "/share"} {
		if got := shareBeside(dir); got != want {
			t.Errorf("beside %s: %s", dir, got)
		}
	}
}

// TestLinkAgain: a second call changes nothing, whether or not it is forced, and one by
// a newer version replaces what is not the same.
func TestLinkAgain(t *testing.T) {
	w, root := linkWorld(t)
	first := link(t, w, "-v", "usr/local/bin")
	if lines := strings.Count(first, "\n"); lines != 6+len(allTools())+3+12 {
		t.Errorf("%d lines: %s", lines, first)
	}
	before := files(t, root)
	for _, flag := range []string{"-v", "-fv", "-nv"} {
		if again := link(t, w, flag, root+"/usr/local/bin/"); again != "" {
			t.Errorf("%s: %s", flag, again)
		}
	}
	page, tool := root+"/usr/local/share/man/man8/lsmod.8", root+"/usr/local/bin/rmmod"
	old, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, page, string(old)+"more\n")
	if err := firstError(os.Remove(tool), os.Symlink(w.program, tool)); err != nil {
		t.Fatal(err)
	}
	changed := files(t, root)
	want := "link " + tool + " -> kmod\nwrite " + page + "\n"
	if got := link(t, w, "-n", "usr/local/bin"); got != strings.ReplaceAll("would "+want, "\nwrite", "\nwould write") ||
		!sameTree(files(t, root), changed) {
		t.Errorf("a dry run: %s", got)
	}
	if got := link(t, w, "--verbose", "usr/local/bin"); got != want {
		t.Errorf("again: %s", got)
	}
	if !sameTree(files(t, root), before) {
		t.Errorf("left are %v, want %v", files(t, root), before)
	}
}

// TestLinkPlaces: options say where pages and completions go.
func TestLinkPlaces(t *testing.T) {
	for args, want := range map[string]string{
		"--share=s": "s/man/man8/kmod.8 s/bash-completion/completions/kmod " +
			"s/zsh/site-functions/_kmod s/fish/vendor_completions.d/kmod.fish",
		"--man m --bash=b --zsh=z --fish f": "m/man8/kmod.8 b/kmod z/_kmod f/kmod.fish b/modprobe f/lsmod.fish",
		"--no-man --share=s":                "s/zsh/site-functions/_kmod",
		"--no-completions --share=s":        "s/man/man8/depmod.8",
		"--no-completions --no-man":         "opt/lsmod",
	} {
		w, root := linkWorld(t)
		link(t, w, append(strings.Fields(args), "opt")...)
		got := files(t, root)
		for _, name := range strings.Fields(want + " opt/modprobe") {
			if got[name] == "" {
				t.Errorf("%s: there is no %s", args, name)
			}
		}
		if strings.Contains(args, "--no-man") != (got["s/man/man8/kmod.8"] == "" && got["m/man8/kmod.8"] == "") ||
			strings.Contains(args, "--no-comp") != (got["s/zsh"] == "" && got["z"] == "") || got["share"] != "" ||
			got["opt/lsmod"] != root+"/usr/local/bin/kmod" {
			t.Errorf("%s: %v", args, got)
		}
	}
}

// TestLinkItself: without a name for it, the program is that of the process.
func TestLinkItself(t *testing.T) {
	w, root := linkWorld(t)
	w.program = ""
	link(t, w, "--no-man", "--no-completions", "opt")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.Readlink(root + "/opt/lsmod"); err != nil || !sameFile(got, self) {
		t.Errorf("the link leads to %s, %v", got, err)
	}
}

// TestLinkMoved: links to the program by another path are its own.
func TestLinkMoved(t *testing.T) {
	w, root := linkWorld(t)
	err := firstError(os.Symlink("../usr/local/bin/kmod", root+"/opt/lsmod"), os.Symlink("usr", root+"/other"),
		os.Symlink(root+"/other/local/bin/kmod", root+"/opt/rmmod"))
	if err != nil {
		t.Fatal(err)
	}
	out := link(t, w, "-v", "--no-man", "--no-completions", root+"//opt")
	if !strings.Contains(out, "/opt/lsmod -> ") || !strings.Contains(out, "/opt/rmmod -> ") {
		t.Errorf("it did: %s", out)
	}
}

// TestLinkNames: the names of the tools are in order, as in the help.
func TestLinkNames(t *testing.T) {
	want := []string{"lsmod", "rmmod", "insmod", "modinfo", "modprobe", "depmod"}
	if got := compatTools(); !slices.Equal(got, want) {
		t.Errorf("the tools are %q", got)
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
