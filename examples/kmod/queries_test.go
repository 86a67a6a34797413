package main

import (
	"bufio"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// query is a command of the golden queries with the reference's answer.
type query struct {
	command string // as it stands in the file
	want    answer
}

// goldenQueries reads the queries in expected/queries.txt that concern a tool;
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

// ask runs the command against the golden tree at root, with nothing loaded. As
// in the file, it shows NUL as "@" and ends the last line.
func (q *query) ask(root string) answer {
	got := newWorld().run(splitQuoted(fill(q.command, root))...)
	got.stdout = strings.ReplaceAll(got.stdout, "\x00", "@")
	if got.stdout != "" && !strings.HasSuffix(got.stdout, "\n") {
		got.stdout += "\n"
	}
	return got
}

// answer is the wanted answer in the tree at root.
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

// defect is a wrong part of the reference's answer, and what is right;
// golden/README.md gives the reasons.
type defect struct{ command, wrong, right string }

var defects = []defect{
	{asked + "-n -v gm_soft", insmodBase + insmodBase, insmodBase},
	{asked + `-n -v gm_soft2 a=1 b="c d"`, insmodSoft2 + `a=1 b="c d"` + "\n", insmodDash + insmodSoft + installSoft2 + `a=1 b="c d"` + "\n"},
	{asked + "-n -v -i gm_soft2 a=1", insmodSoft2 + "a=1\n", insmodDash + insmodSoft + insmodSoft2 + "a=1\n" + insmodDev},
	{asked + "-D gm_soft2", insmodSoft2 + "\n", insmodDash + insmodSoft + installSoft2 + "\n"},
	{asked + "-c", "gm-dash-namepost: ", "gm-dash-name post: "},
	{"modprobe -S @V@ -d @T@ -C /nonexistent -n -v gm_soft2", insmodSoft2 + "\n", insmodDash + insmodSoft + insmodParam + insmodSoft2 + "\n"},
}

// Parts of answers.
const (
	asked        = "modprobe -S @V@ -d @T@ -C @T@/etc/modprobe.d "
	insmodIn     = "insmod @T@/lib/modules/6.1.0-56-amd64/"
	insmodBase   = insmodIn + "updates/gm_base.ko \n"
	insmodDash   = insmodIn + "kernel/gm/gm-dash-name.ko \n"
	insmodDev    = insmodIn + "kernel/gm/gm_dev.ko.gz \n"
	insmodParam  = insmodIn + "kernel/gm/gm_param.ko.xz \n"
	insmodSoft   = insmodIn + "kernel/gm/gm_soft.ko.zst \n"
	insmodSoft2  = insmodIn + "kernel/gm/gm_soft2.ko "
	installSoft2 = "install /bin/echo installing gm_soft2 with $CMDLINE_OPTS "
)

// checkQueries asks all queries of a tool.
func checkQueries(t *testing.T, tool string) {
	t.Helper()
	root := modtest.GoldenRoot(t)
	for _, q := range goldenQueries(t, tool) {
		t.Run(q.command, func(t *testing.T) {
			q.ask(root).check(t, q.answer(root))
		})
	}
}

func TestModinfoQueries(t *testing.T)  { checkQueries(t, "modinfo") }
func TestModprobeQueries(t *testing.T) { checkQueries(t, "modprobe") }

// TestDefects checks that each defect is really in the reference's answer.
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
