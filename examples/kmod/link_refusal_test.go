package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinkRefuses: what is somebody else's stays, unless it is forced, and then nothing
// else is changed either.
func TestLinkRefuses(t *testing.T) {
	const foreign = "it exists, and is not this program's; --force replaces it"
	for _, test := range []struct {
		name, make, says string
		forced           bool // works with --force
	}{
		{"usr/local/bin/lsmod", "file", foreign, true},
		{"usr/local/bin/lsmod", "link /bin/true", foreign, true},
		{"usr/local/bin/lsmod", "link nosuch", foreign, true},
		{"usr/local/bin/lsmod", "directory", "it exists, and is not a file", false},
		{"usr/local/bin/lsmod", "program", "it is this program itself", false},
		{"usr/local/share/man/man8/kmod.8", "file", foreign, true},
		{"usr/local/share/man/man8/kmod.8", "link depmod.8", foreign, true},
		{"usr/local/share/man/man8/kmod.8", "directory", "it exists, and is not a file", false},
		{"usr/local/share/man", "file", "Not a directory", false},
		{"usr/local/share/zsh/site-functions/_kmod", "file", foreign, true},
		{"usr/local/share/bash-completion/completions/modprobe", "file", foreign, true},
		{"usr/local/share/bash-completion/completions/modprobe", "link /usr/local/bin/kmod", foreign, true},
		{"usr/local/share/fish/vendor_completions.d/kmod.fish", "link lsmod.fish", foreign, true},
	} {
		t.Run(test.name+" "+test.make, func(t *testing.T) {
			w, root := linkWorld(t)
			name := filepath.Join(root, test.name)
			obstruct(t, w, name, test.make)
			before := files(t, root)
			for _, flag := range []string{"-v", "-n"} {
				got := w.run("kmod", "link", flag, "usr/local/bin")
				if got.status != failure || !strings.Contains(got.stderr, test.name+": "+test.says) &&
					!strings.Contains(got.stderr, test.name+"/man8/kmod.8: "+test.says) ||
					strings.HasPrefix(got.stdout, "link") || strings.Contains(got.stdout, test.name+"\n") {
					t.Errorf("%s: status %d, %s, %s", flag, got.status, got.stderr, got.stdout)
				}
			}
			if !sameTree(files(t, root), before) {
				t.Errorf("left are %v", files(t, root))
			}
			got := w.run("kmod", "link", "--force", "usr/local/bin")
			if (got.status == success) != test.forced || sameTree(files(t, root), before) == test.forced {
				t.Errorf("forced: status %d, %s", got.status, got.stderr)
			}
			if text, err := os.ReadFile("/bin/true"); err != nil || len(text) == 0 {
				t.Error("the file behind a link is gone")
			}
		})
	}
}

// obstruct puts something in the place of an output.
func obstruct(t *testing.T, w *world, name, what string) {
	t.Helper()
	what, target, _ := strings.Cut(what, " ")
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	switch what {
	case "file":
		writeFile(t, name, "precious")
	case "link":
		err = firstError(err, os.Symlink(target, name))
	case "directory":
		err = firstError(err, os.Mkdir(name, 0o755))
	case "program":
		err = firstError(err, os.Rename(w.program, name))
		w.program = name
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestLinkBad: each failure names the path.
func TestLinkBad(t *testing.T) {
	w, root := linkWorld(t)
	writeFile(t, root+"/file", "")
	if err := os.Symlink("loop", root+"/loop"); err != nil {
		t.Fatal(err)
	}
	empty := "the name of a file is empty."
	for args, want := range map[string]string{
		"":        "missing directory.",
		"opt opt": "more than one directory is given.",
		"''":      empty, "--share= opt": empty, "--man '' opt": empty, "--bash= opt": empty, "--zsh= opt": empty,
		"--fish= opt":               empty,
		"nosuch":                    "could not find " + root + "/nosuch: No such file or directory",
		"file":                      "could not use " + root + "/file: it is not a directory",
		"file/x":                    "could not find " + root + "/file/x: Not a directory",
		"loop":                      "could not find " + root + "/loop: ",
		"--share=file opt":          "could not write " + root + "/file/man/man8/depmod.8: Not a directory",
		"--no-man --zsh=file/x opt": "could not write " + root + "/file/x/_kmod: Not a directory",
	} {
		before := files(t, root)
		got := w.run(append([]string{"kmod", "link"}, splitQuoted(args)...)...)
		if got.status != failure || !strings.HasPrefix(got.stderr, "link: ERROR: "+want) || got.stdout != "" {
			t.Errorf("%q: status %d, %q, want %q", args, got.status, got.stderr, want)
		}
		if !sameTree(files(t, root), before) {
			t.Errorf("%q: left are %v", args, files(t, root))
		}
	}
	w.program = root + "/gone"
	got := w.run("kmod", "link", "opt")
	got.check(t, answer{"", "link: ERROR: could not find this program, " + root + "/gone: No such file or directory\n", 1})
	newWorld().run("kmod", "link", "-Z").check(t, answer{"", "link: invalid option -- 'Z'\n", 1})
}

// TestLinkRace: what appears after the check may keep an output from its name; nothing
// else is left then.
func TestLinkRace(t *testing.T) {
	dir := t.TempDir()
	obstruct(t, nil, dir+"/b", "directory")
	l := &linker{outputs: []*output{
		{path: dir + "/a", target: "x"}, {path: dir + "/b", content: []byte("text")}, {path: dir + "/new/c", target: "y"},
	}}
	if err := l.write(); err == nil || !strings.HasPrefix(err.Error(), "replace "+dir+"/b: ") {
		t.Errorf("the error is %v", err)
	}
	if left := files(t, dir); left["a"] != "x" || len(left) != 3 {
		t.Errorf("left are %v", left)
	}
}
