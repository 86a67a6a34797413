package main

import (
	"bufio"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/modtest"
)

// query is a command of the golden queries with the reference's answer.
type query struct {
	command string // as it stands in the file
	want    answer
}

// goldenQueries reads those of expected/queries.txt that concern a tool;
// golden/README.md describes the file.
func goldenQueries(t *testing.T, tool string) []query {
	t.Helper()
	data, err := fs.ReadFile(modtest.Golden(), "expected/queries.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := parseQueries(t, string(data))
	queries := slices.DeleteFunc(all, func(q query) bool { return !strings.HasPrefix(q.command, tool+" ") })
	if len(queries) == 0 {
		t.Fatalf("there are no queries of %s", tool)
	}
	return queries
}

func parseQueries(t *testing.T, text string) []query {
	t.Helper()
	queries := []query{{}} // the first collects what comes before any command
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		q := &queries[len(queries)-1]
		mark, text, _ := strings.Cut(lines.Text(), " ")
		switch mark {
		case "$":
			queries = append(queries, query{command: text})
		case "|":
			q.want.stdout += text + "\n"
		case "!":
			q.want.stderr += text + "\n"
		case "=":
			status, err := strconv.Atoi(text)
			if err != nil {
				t.Fatalf("the status of %q: %v", q.command, err)
			}
			q.want.status = status
		default:
			t.Fatalf("a query has the line %q", lines.Text())
		}
	}
	return queries[1:]
}

// ask runs the command against the golden tree at root, with nothing loaded.
// As the file does, it shows NUL as "@" and ends the last line.
func (q *query) ask(root string) answer {
	got := newWorld().run(splitQuoted(fill(q.command, root))...)
	got.stdout = strings.ReplaceAll(got.stdout, "\x00", "@")
	if got.stdout != "" && !strings.HasSuffix(got.stdout, "\n") {
		got.stdout += "\n"
	}
	return got
}

// answer is what the command has to answer in the tree at root.
func (q *query) answer(root string) answer {
	want := q.want
	for _, d := range defects {
		if d.command == q.command {
			want.stdout = strings.ReplaceAll(want.stdout, d.wrong, d.right)
		}
	}
	return answer{fill(want.stdout, root), fill(want.stderr, root), want.status}
}

func fill(text, root string) string {
	return strings.NewReplacer("@T@", root, "@V@", modtest.GoldenRelease).Replace(text)
}

// defect is a part of the reference's answer that is wrong, and what is right;
// golden/README.md gives the reasons.
type defect struct{ command, wrong, right string }

var defects = []defect{
	{"modinfo -b @T@ -k @V@ gm_param", "lanes:array of int\n", "lanes: (array of int)\n"},
}

// awaitsConfiguration are the queries whose answer depends on modprobe.d or on
// soft dependencies, which modprobe does not know yet.
var awaitsConfiguration = []string{
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -n -v gm-top extra=1`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -n -v greeter`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -n -v gm-wild-x`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -n -v gm_soft`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -n -v gm_soft2 a=1 b="c d"`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -n -v -i gm_soft2 a=1`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -n -v gm_virtual`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -n -v -b gm_dev`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -n -v pci:v00001AF4d000010FFsv00001AF4sd00001100bc02sc00i00`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -n -v -a gm_mid gm_param`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -D gm_soft2`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d --show-depends gm_top`,
	`modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d -c`,
	`modprobe -S @V@ -d @T@ -C /nonexistent -n -v gm_soft2`,
}

// checkQueries asks all queries of a tool. Those that are pending must fail.
func checkQueries(t *testing.T, tool string, pending []string) {
	t.Helper()
	root := modtest.GoldenRoot(t)
	queries := goldenQueries(t, tool)
	for _, q := range queries {
		t.Run(q.command, func(t *testing.T) {
			got, want := q.ask(root), q.answer(root)
			switch {
			case !slices.Contains(pending, q.command):
				got.check(t, want)
			case got == want:
				t.Error("the answer is right by now: take the query off the list of those that are not")
			}
		})
	}
	for _, command := range pending {
		if !slices.ContainsFunc(queries, func(q query) bool { return q.command == command }) {
			t.Errorf("there is no such query to be pending: %s", command)
		}
	}
}

func TestModinfoQueries(t *testing.T)  { checkQueries(t, "modinfo", nil) }
func TestModprobeQueries(t *testing.T) { checkQueries(t, "modprobe", awaitsConfiguration) }

// TestDefects makes sure that each defect is really in the reference's answer.
func TestDefects(t *testing.T) {
	for _, d := range defects {
		tool, _, _ := strings.Cut(d.command, " ")
		found := slices.ContainsFunc(goldenQueries(t, tool), func(q query) bool {
			return q.command == d.command && strings.Contains(q.want.stdout, d.wrong)
		})
		if !found {
			t.Errorf("the answer to %q has no %q", d.command, d.wrong)
		}
	}
}
