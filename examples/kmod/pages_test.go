package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// pageName is the manual page of the tool that argv calls.
func pageName(argv []string) string { return strings.Join(argv, "-") + ".8" }

// pageOptions reads a page in mdoc(7): the options that it explains, with whether they
// take a value, and those that it only mentions.
func pageOptions(text string) (explained map[string]bool, mentioned []string) {
	explained = map[string]bool{}
	for line := range strings.Lines(text) {
		words := strings.Fields(strings.NewReplacer(" Ns = Ns ", " ", "|", " | ").Replace(line))
		item, option, foreign := false, "", false
		for _, word := range words {
			switch word {
			case ".It":
				item = true
			case "Fl", ".Fl":
				option = "Fl"
			case "Ar":
				if item && option != "" && option != "Fl" {
					explained[option] = true
				}
				option = ""
			case ".Op", "|", ",":
			case ".Nm", "Nm", ".Xr", ".Dl", ".Dq", ".Ql":
				foreign = word == ".Dl" || foreign
			default:
				switch {
				case option == "" || foreign || strings.Trim(word, ".;:)") == "":
				case item:
					option = "-" + word
					explained[option] = false
				default:
					mentioned = append(mentioned, flags(word)...)
				}
			}
		}
	}
	return explained, mentioned
}

// flags are the options of a macro's argument: "-json", "v", or several letters.
func flags(word string) (all []string) {
	if strings.HasPrefix(word, "-") {
		return []string{"-" + word}
	}
	for _, letter := range word {
		all = append(all, "-"+string(letter))
	}
	return all
}

// realOptions are the options that a tool has, with whether they take a value.
func realOptions(argv []string) map[string]bool {
	table, all := optionsOf(argv...), map[string]bool{}
	for _, letter := range table.letters() {
		all["-"+string(letter)] = table.takesValue(letter)
	}
	for _, opt := range table.long {
		all["--"+opt.name] = opt.value
	}
	return all
}

// pageSections are in every page.
var pageSections = []string{"NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "DIFFERENCES FROM KMOD",
	"SEE ALSO"}

// TestPageOptions: the pages explain the options that the tools have, and no others.
func TestPageOptions(t *testing.T) {
	for _, argv := range allTools() {
		name := pageName(argv)
		text, err := documents.ReadFile("man/" + name)
		if err != nil {
			t.Error(err)
			continue
		}
		has := realOptions(argv)
		explained, mentioned := pageOptions(string(text))
		for option, value := range has {
			if got, is := explained[option]; !is || got != value {
				t.Errorf("%s: %s is explained: %v, with a value: %v, which it takes: %v", name, option, is, got, value)
			}
		}
		for option := range explained {
			if _, is := has[option]; !is {
				t.Errorf("%s explains %s, which is not an option", name, option)
			}
		}
		for _, option := range mentioned {
			if _, is := has[option]; !is && name+option != "rmmod.8-r" { // of modprobe
				t.Errorf("%s mentions %s, which is not an option", name, option)
			}
		}
		for _, section := range pageSections {
			if !strings.Contains(string(text), "\n.Sh "+section+"\n") {
				t.Errorf("%s has no section %s", name, section)
			}
		}
		if !isOwn(text) {
			t.Errorf("%s does not say whose it is", name)
		}
	}
}

// TestPageOptionsFound checks that the test finds what it should.
func TestPageOptionsFound(t *testing.T) {
	explained, mentioned := pageOptions(".Op Fl ab\n.Op Fl -long Ns = Ns Ar x\n" +
		".It Fl C Ar path , Fl -config Ns = Ns Ar path\n" +
		".It Fl r , Fl -remove\n.It Pa /x\n.Fl z ;\n.Fl D | R\n.Dl Fl q\nFlags\n.Op Fl a | F Ar y\n.Fl -force .\n")
	want := map[string]bool{"-C": true, "--config": true, "-r": false, "--remove": false}
	if !maps.Equal(explained, want) {
		t.Errorf("explained are %v", explained)
	}
	if got := strings.Join(mentioned, " "); got != "-a -b --long -z -D -R -a -F --force" {
		t.Errorf("mentioned are %s", got)
	}
}

// TestPages: each tool has a page, each page a tool, and the page of kmod names them all.
func TestPages(t *testing.T) {
	var want, got []string
	for _, argv := range allTools() {
		want = append(want, pageName(argv))
	}
	entries, err := documents.ReadDir("man")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("there are the pages %q, want %q", got, want)
	}
	text, err := documents.ReadFile("man/kmod.8")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range subcommands() {
		if strings.Contains(string(text), s.name) == (s.kind == hidden) {
			t.Errorf("kmod.8: %s", s.name)
		}
	}
}

// pageTree writes the pages into a directory, with empty ones of others to which they refer.
func pageTree(t *testing.T) (dir string, pages []string) {
	t.Helper()
	dir = t.TempDir()
	for _, argv := range allTools() {
		text, err := documents.ReadFile("man/" + pageName(argv))
		if err != nil {
			t.Fatal(err)
		}
		page := filepath.Join(dir, pageName(argv))
		pages = append(pages, page)
		writeFile(t, page, string(text))
	}
	for _, other := range []string{"modprobe.d.5", "depmod.d.5", "modules.dep.5", "tmpfiles.d.5", "syslog.3"} {
		writeFile(t, filepath.Join(dir, other), "")
	}
	return dir, pages
}

// writeFile writes a file, with the directories that it is in.
func writeFile(t *testing.T, name, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestPageSyntax: mandoc and man-db have nothing to say about the pages.
func TestPageSyntax(t *testing.T) {
	dir, pages := pageTree(t)
	for name, args := range map[string][]string{
		"mandoc": {"-Tlint"}, "man": {"--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"},
	} {
		t.Run(name, func(t *testing.T) {
			path, err := exec.LookPath(name)
			if err != nil {
				kmodref.Absent(t, name+" is not installed")
			}
			cmd := exec.Command(path, append(args, pages...)...)
			cmd.Dir = dir // where mandoc looks for pages to which others refer
			cmd.Env = append(os.Environ(), "MANPAGER=cat", "LC_ALL=C.UTF-8")
			var complaints strings.Builder
			cmd.Stderr = &complaints
			out, err := cmd.Output()
			if name == "mandoc" {
				complaints.Write(out)
			}
			for line := range strings.Lines(complaints.String()) {
				if !strings.Contains(line, "outdated mandoc.db") { // there is none
					t.Error(line)
				}
			}
			if err != nil {
				t.Error(err)
			}
			if name == "man" && !strings.Contains(string(out), "MODPROBE") {
				t.Errorf("the output is %d bytes", len(out))
			}
		})
	}
}
