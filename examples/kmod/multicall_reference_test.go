package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// TestMulticallReference: what scripts see of kmod itself is the same: the status, messages,
// the first line of the version, and the help but for the commands that are listed.
func TestMulticallReference(t *testing.T) {
	for name, find := range map[string]func(testing.TB, string) string{"installed": kmodref.Tool, "newest": kmodref.Newest} {
		t.Run(name, func(t *testing.T) {
			reference := find(t, "kmod")
			for _, args := range []string{"", "-h", "--help", "-V", "--version", "--vers", "-V nosuch", "-h -V", "help", "help x", "help -x",
				"nosuch", "NOSUCH -V", "-- nosuch", "--", "diagnos", "-x", "--all", "-xh", "static-nodes -x"} {
				want := askReference(t, reference, strings.Fields(args)...)
				got := newWorld().run(append([]string{"kmod"}, strings.Fields(args)...)...)
				got.stderr = meant.ReplaceAllString(got.stderr, "")
				want.stderr = strings.ReplaceAll(want.stderr, reference+":", "kmod:")
				got.stdout, want.stdout = firstWords(got.stdout), firstWords(want.stdout)
				if got != want {
					t.Errorf("kmod %s:\n%+v\nwant\n%+v", args, got, want)
				}
			}
		})
	}
}

// meant is what ours asks in addition.
var meant = regexp.MustCompile(`(?m)^Did you mean .*\n`)

// firstWords is what is the same of an output. The help of kmod calls itself help when it
// is asked for by that name.
func firstWords(out string) string {
	if version, is := strings.CutPrefix(out, "kmod version "); is && version[0] >= '3' {
		return "kmod version"
	}
	before, commands, isHelp := strings.Cut(out, "\nCommands:\n")
	if !isHelp {
		return out
	}
	var b strings.Builder
	b.WriteString(strings.Replace(before, "\thelp [options]", "\tkmod [options]", 1))
	for line := range strings.Lines(commands) {
		if sameLine.MatchString(line) {
			b.WriteString("\n" + strings.ToLower(line))
		}
	}
	return b.String()
}

// sameLine matches the lines of the help about commands that are the same, but for case.
var sameLine = regexp.MustCompile(`^kmod also |^  (help|list) |^  \w+ +compat `)
