package main

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// The differential tests ask kmod's modprobe and ours the same questions and
// compare output and exit status. Neither of them loads anything.
// differential_rules_test.go says where the answers may differ, and why.

// duel is a module tree with the two tools that answer about it.
type duel struct {
	reference string // path of kmod's modprobe
	kernelTree
	marker string // module that is part of no other's answer
	dirs   []string
	rules  *rules
}

func newDuel(t *testing.T, reference string, tree kernelTree, marker string, dirs ...string) *duel {
	t.Helper()
	return &duel{reference, tree, marker, dirs, newRules(t, tree, dirs...)}
}

// ask gets both tools' answers. The reference may be given more configuration;
// see rules.merged.
func (d *duel) ask(t *testing.T, args ...string) (got, want answer) {
	t.Helper()
	return d.askBoth(t, args, args)
}

// askBoth is ask with arguments for each of them.
func (d *duel) askBoth(t *testing.T, ourArgs, theirArgs []string) (got, want answer) {
	t.Helper()
	base := []string{"-d", d.root, "-S", d.release}
	ours := slices.Clone(base)
	for _, dir := range d.dirs {
		ours = append(ours, "-C", dir)
	}
	theirs := slices.Clone(base)
	if d.rules.merged != "" && !slices.Contains(theirArgs, "-c") {
		theirs = append(theirs, "-C", d.rules.merged)
	}
	theirs = append(theirs, ours[len(base):]...)
	got = modprobeHere(append(ours, ourArgs...)...)
	want = askReference(t, d.reference, append(theirs, theirArgs...)...)
	got.stderr = obsolete.ReplaceAllString(got.stderr, "$1$2") // the reference gives no line for these
	want.stderr = d.rules.stderr(want.stderr, slices.Contains(theirArgs, "-c"))
	return got, want
}

// modprobeHere calls our tool with the configuration of this machine, which
// includes its kernel command line whatever the directories are.
func modprobeHere(args ...string) answer {
	var stdout, stderr bytes.Buffer
	c := &command{
		argv: append([]string{"modprobe"}, args...), stdout: bufio.NewWriter(&stdout), stderr: &stderr,
		dir: "/nonexistent", getenv: func(string) string { return "" },
		kernel: kmodtest.New(modtest.GoldenRelease), config: kmod.Config{ConfigRoot: "/"},
	}
	status := c.run()
	return answer{stdout.String(), stderr.String(), status}
}

// question is a question about some names, which -a allows to ask together.
type question struct {
	flags   []string
	without string // flag that only we are given
	names   []string
}

func (q *question) has(flag string) bool { return slices.Contains(q.flags, flag) }

// args are the arguments of the call.
func (q *question) args() []string { return slices.Concat(q.flags, []string{"--"}, q.names) }

// theirs are the arguments without those that only we are given.
func (q *question) theirs(args []string) []string {
	at := slices.Index(args, q.without)
	if q.without == "" || at < 0 {
		return args
	}
	return slices.Delete(slices.Clone(args), at, at+1)
}

// batch asks about all names in one call of each tool. The marker between them
// separates the answers.
func (d *duel) batch(t *testing.T, q question) []difference {
	t.Helper()
	if len(q.names) == 0 {
		return nil
	}
	args := slices.Concat(q.flags, []string{"-a", "--", d.marker})
	for _, name := range q.names {
		args = append(args, name, d.marker)
	}
	got, want := d.askBoth(t, args, q.theirs(args))
	ours, theirs := d.split(got.stdout), d.split(want.stdout)
	if len(ours) != len(q.names) || len(theirs) != len(q.names) {
		if len(q.names) == 1 {
			return []difference{{args, got, want}}
		}
		half, rest := q, q // find out which name it is
		half.names, rest.names = q.names[:len(q.names)/2], q.names[len(q.names)/2:]
		return append(d.batch(t, half), d.batch(t, rest)...)
	}
	var all []difference
	for i, name := range q.names {
		one := question{q.flags, q.without, q.names[i : i+1]}
		if expected := d.rules.stdout(&q, name, theirs[i], ours[i]); ours[i] != expected {
			all = append(all, difference{append(one.args(), "(with others)"), answer{stdout: ours[i]}, answer{stdout: expected}})
		}
	}
	if len(all) == 0 && (got.stderr != want.stderr || got.status != want.status) {
		got.stdout, want.stdout = "", ""
		all = append(all, difference{args, got, want})
	}
	return all
}

// single asks about one name, with parameters for it.
func (d *duel) single(t *testing.T, q question, params ...string) []difference {
	t.Helper()
	args := append(q.args(), params...)
	got, want := d.askBoth(t, args, q.theirs(args))
	want.stdout = d.rules.stdout(&q, q.names[0], want.stdout, got.stdout)
	if q.has("--first-time") && d.rules.leftAlone(q.names[0]) {
		got.stderr, got.status = want.stderr, want.status
	}
	if got != want {
		return []difference{{args, got, want}}
	}
	return nil
}

// split cuts an answer at the lines of the marker, the first of which begins it.
func (d *duel) split(stdout string) []string {
	var parts []string
	var part strings.Builder
	for line := range strings.Lines(stdout) {
		if name, _, _ := inserted(line); name == d.marker || line == d.marker+"\n" {
			parts = append(parts, part.String())
			part.Reset()
		} else {
			part.WriteString(line)
		}
	}
	if len(parts) == 0 || parts[0] != "" || part.Len() > 0 {
		return nil
	}
	return parts[1:]
}

// difference is a question with two answers.
type difference struct {
	args      []string
	got, want answer
}

func (d *difference) String() string {
	var b strings.Builder
	b.WriteString("modprobe " + strings.Join(d.args, " ") + "\n")
	show := func(what, got, want string) {
		if got, want = unlike(got, want); got != want {
			b.WriteString("ours " + what + ":\n" + got + "the reference's:\n" + want)
		}
	}
	show("on stdout", d.got.stdout, d.want.stdout)
	show("on stderr", d.got.stderr, d.want.stderr)
	if d.got.status != d.want.status {
		fmt.Fprintf(&b, "exit status %d, not %d\n", d.got.status, d.want.status)
	}
	return b.String()
}

// unlike omits the lines with which both texts begin and end, if there are
// many.
func unlike(a, b string) (string, string) {
	x, y := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	if len(x) < 30 && len(y) < 30 {
		return a, b
	}
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return strings.Join(x, ""), strings.Join(y, "")
}

// report fails the test with some of the differences.
func report(t *testing.T, all []difference) {
	t.Helper()
	for i := range all {
		if i == 10 {
			t.Errorf("and %d more", len(all)-i)
			return
		}
		t.Errorf("%s", &all[i])
	}
}

// sourcePosition is what Debian's kmod 30 puts into messages of its library.
var sourcePosition = regexp.MustCompile(`(?m)^(libkmod: ERROR) \.\./\S+:\d+ `)
