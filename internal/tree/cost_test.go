package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

// counter counts the cost of looks: the elements of the names.
type counter struct {
	looker
	looks, work int
}

func (c *counter) count(name string) {
	c.looks++
	c.work += 1 + strings.Count(name, "/")
}

func (c *counter) lstat(name string) (fs.FileInfo, error) {
	c.count(name)
	return c.looker.lstat(name)
}

func (c *counter) readLink(name string) (string, bool, error) {
	c.count(name)
	return c.looker.readLink(name)
}

// counted makes a tree without openat2 count its looks.
func counted(t testing.TB, root string, hostLinks bool) (*Tree, *counter) {
	t.Helper()
	tree, err := Open(root, hostLinks)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	c := &counter{looker: tree.root.looker}
	tree.root.looker = c
	tree.root.simple.Store(true)
	return tree, c
}

// winding is a layout of links that lead to a file by paths that wind.
func winding(links, turns int) layout {
	l := layout{"root/x/y/file": "in", fmt.Sprint("root/l", links): "-> /x/y/file"}
	for i := range links {
		l[fmt.Sprint("root/l", i)] = "-> " + strings.Repeat("x/y/../../", turns) + fmt.Sprint("l", i+1)
	}
	return l
}

// TestCost: links cost no more than the bound, and names below it are found.
func TestCost(t *testing.T) {
	for _, test := range []struct {
		links, turns int
		want         error
	}{{1, 400, nil}, {39, 50, nil}, {39, 400, syscall.ELOOP}} {
		root := winding(test.links, test.turns).write(t)
		for _, hostLinks := range []bool{false, true} {
			tree, c := counted(t, root, hostLinks)
			if got, err := read(tree, "l0"); !errors.Is(err, test.want) || (got == "in") != (test.want == nil) {
				t.Errorf("%+v, host links %v: %q, %v", test, hostLinks, got, err)
			}
			if c.work > maxWork || test.want != nil && c.work < maxWork/2 {
				t.Errorf("%+v, host links %v: the looks cost %d, the bound is %d", test, hostLinks, c.work, maxWork)
			}
			if test.want != nil && testing.Short() {
				continue
			}
			if dir, err := tree.OpenDir("l0"); err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("%+v, host links %v: %v, %v", test, hostLinks, dir, err)
			}
		}
		dir, err := os.OpenRoot(root)
		if err != nil {
			t.Fatal(err)
		}
		if at, err := PlaceIn(dir, "l0"); !errors.Is(err, test.want) || (at == "x/y/file") != (test.want == nil) {
			t.Errorf("%+v: the place is %s, %v", test, at, err)
		}
		dir.Close()
	}
}

// TestCostOfName: an ordinary name costs little, and the next one in the directory a
// single look. The bound holds for all links of a name together.
func TestCostOfName(t *testing.T) {
	root := layout{
		"root/usr/lib/modules/6.1/kernel/a.ko": "a", "root/usr/lib/modules/6.1/kernel/b.ko": "b",
		"root/lib":     "-> usr/lib",
		"root/far":     "-> " + strings.Repeat("usr/../", 500) + "usr",
		"root/usr/far": "-> " + strings.Repeat("lib/../", 500) + "lib",
	}.write(t)
	for _, hostLinks := range []bool{false, true} {
		tree, c := counted(t, root, hostLinks)
		if got, err := read(tree, "lib/modules/6.1/kernel/a.ko"); got != "a" {
			t.Errorf("%q, %v", got, err)
		}
		if c.looks > 7 || c.work > 7*8/2 {
			t.Errorf("host links %v: a name cost %d looks, %d", hostLinks, c.looks, c.work)
		}
		before := c.looks
		if got, err := read(tree, "lib/modules/6.1/kernel/b.ko"); got != "b" {
			t.Errorf("%q, %v", got, err)
		}
		if c.looks != before+1 {
			t.Errorf("host links %v: the next name cost %d looks", hostLinks, c.looks-before)
		}
	}
}

// TestCostAddsUp: the links of a name add up, even if directories on the way are
// known.
func TestCostAddsUp(t *testing.T) {
	l := layout{"root/file": "in"}
	name := ""
	for i := range 30 {
		l[fmt.Sprint("root/d", i)] = "-> " + strings.Repeat("x/../", 700) + "."
		name += fmt.Sprintf("d%d/", i)
	}
	l["root/x/file"] = "x"
	root := l.write(t)
	for _, hostLinks := range []bool{false, true} {
		tree, c := counted(t, root, hostLinks)
		for _, n := range []int{13, 10, 30} {
			before := c.work
			got, err := read(tree, strings.Join(strings.SplitAfter(name, "/")[:n], "")+"file")
			if n == 10 && got != "in" || n != 10 && !errors.Is(err, syscall.ELOOP) {
				t.Errorf("%d links: %q, %v", n, got, err)
			}
			if c.work-before > 2*maxWork { // it looks again in case links were changed
				t.Errorf("%d links cost %d", n, c.work-before)
			}
		}
	}
	tree, _ := counted(t, root, false)
	if dir, err := tree.MakeDir(name + "new"); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("a directory behind 30 links: %v, %v", dir, err)
	}
}

// FuzzLinks: whatever the links are, nothing leads out of the root, all kinds of trees
// find the same, and the cost is bounded.
func FuzzLinks(f *testing.F) {
	for _, w := range ways {
		for _, text := range w.links {
			if target, ok := strings.CutPrefix(text, "-> "); ok {
				f.Add(target, "../l", "l")
			}
		}
	}
	f.Add("m", strings.Repeat("dir/../", 500)+"l", "l")
	f.Fuzz(func(t *testing.T, first, second, name string) {
		l := common()
		for link, target := range map[string]string{"l": first, "m": second} {
			if target == "" || len(target) > maxName || strings.Contains(target, "\x00") {
				return
			}
			l["root/"+link] = "-> " + strings.ReplaceAll(target, "-> ", "")
		}
		root := l.write(t)
		tree, c := counted(t, root, false)
		staysIn(t, tree, root, name)
		if c.work > 8*maxWork { // the number of operations on the name
			t.Errorf("the cost is %d", c.work)
		}
		simple, err := read(tree, name)
		other := forms(t, root, false)["openat2"]
		staysIn(t, other, root, name)
		if got, otherErr := read(other, name); got != simple && !errors.Is(err, syscall.ELOOP) {
			t.Errorf("with openat2: %q, %v, without: %q, %v", got, otherErr, simple, err)
		}
		host, c := counted(t, root, true)
		if _, err := read(host, name); c.work > 2*maxWork {
			t.Errorf("with host links: %v; the cost is %d", err, c.work)
		}
	})
}
