package tree

import (
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// linkGenerator makes layouts of a root and its outside, in which links lead
// anywhere. The content of a file is its path below the layout's directory.
type linkGenerator struct{ *rand.Rand }

func (g linkGenerator) pick(words ...string) string { return words[g.IntN(len(words))] }

// name makes one below the root, or below a directory whose path exists below the
// root too, as that of modules on the host may.
func (g linkGenerator) name() string {
	name := g.pick("a", "b", "a", "b", "@/out", "@/out", "@/root")
	for range g.IntN(3) {
		name += g.pick("/a", "/b")
	}
	return name
}

func (g linkGenerator) layout() layout {
	l := layout{"root/keep": "root/keep"}
	for _, name := range []string{"out/a/a", "out/a/b", "out/b/a", "out/b/b"} {
		l.add(name, "")
	}
	for range 3 + g.IntN(12) {
		l.add("root/"+g.name(), g.target())
	}
	return l
}

func (g linkGenerator) target() string {
	if g.IntN(4) == 0 {
		return ""
	}
	name := g.name()
	up := g.pick("", "../", "../../", "../../../", "./", "a/../")
	if strings.HasPrefix(name, "@") && g.IntN(2) == 0 {
		up = ""
	} else if name = strings.TrimPrefix(name, "@/"); g.IntN(2) == 0 {
		up = "/"
	}
	return "-> " + up + name + g.pick("", "", "", "", "", "/.", "/..", "/")
}

// add puts a file, for the text "", or a link into the layout, unless another is in
// the way.
func (l layout) add(name, text string) {
	if text == "" {
		text = name
	}
	for other := range l {
		if other == name || strings.HasPrefix(other, name+"/") || strings.HasPrefix(name, other+"/") {
			return
		}
	}
	l[name] = text
}

// linkModel resolves names in a layout as the package documentation says.
type linkModel struct {
	nodes     map[string]string // by path below the root; "dir" for a directory
	hostLinks bool
	host      func(path string) string // the content of a file, seen from the root
	left      int                      // links that may still be followed
}

var errHard, errMissing = errors.New("hard"), errors.New("missing")

// find returns the path below the root or, if host is true, that on the
// machine.
func (m *linkModel) find(dir, name string, active []string) (at string, host, climbs bool, err error) {
	at = dir
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case host:
			at += "/" + part
		case m.nodes[at] != "dir":
			return "", false, climbs, errMissing
		case part == "" || part == ".":
		case part == "..":
			climbs = climbs || at == "."
			at = path.Dir(at)
		default:
			at = path.Join(at, part)
			text, isLink := strings.CutPrefix(m.nodes[at], "-> ")
			if m.nodes[at] == "" {
				return "", false, climbs, errMissing
			}
			if isLink {
				if at, host, err = m.link(at, text, active); err != nil {
					return "", false, climbs, err
				}
			}
		}
	}
	return at, host, climbs, nil
}

func (m *linkModel) link(link, text string, active []string) (string, bool, error) {
	if m.left--; m.left < 0 {
		return "", false, errHard
	}
	if i := slices.Index(active, link); i >= 0 {
		if m.hostLinks {
			return "", false, errors.New(link) // that link has itself as its target
		}
		return "", false, errHard
	}
	from, leaves := path.Dir(link), path.IsAbs(text)
	if leaves {
		from = "."
	}
	at, host, climbs, err := m.find(from, text, append(slices.Clone(active), link))
	holds := err == nil && !host && (at == "." || strings.HasPrefix(link, at+"/"))
	if m.hostLinks && (leaves || climbs) && (holds || err == errMissing || err != nil && err.Error() == link) {
		if leaves {
			return text, true, nil
		}
		return path.Dir(link) + "/" + text, true, nil
	}
	return at, host, err
}

// read is the content of a file, "" for none.
func (m *linkModel) read(name string) string {
	m.left = maxLinks
	at, host, _, err := m.find(".", name, nil)
	switch {
	case err != nil || m.nodes[at] == "dir" && !host:
		return ""
	case host:
		return m.host(at)
	}
	return m.nodes[at]
}

// below makes a model's nodes of a layout in the directory base.
func (l layout) below(base string) map[string]string {
	nodes := map[string]string{".": "dir"}
	for name, text := range l {
		name, inside := strings.CutPrefix(strings.ReplaceAll(name, "@", base), "root/")
		if !inside {
			continue
		}
		name = strings.TrimPrefix(path.Clean(name), "/")
		nodes[name] = strings.ReplaceAll(text, "@", base)
		if !strings.HasPrefix(text, "-> ") {
			nodes[name] = text
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			nodes[dir] = "dir"
		}
	}
	return nodes
}

// TestLinksProperty compares trees with a model, and checks that nothing outside is
// read without host links.
func TestLinksProperty(t *testing.T) {
	rounds := 100
	if testing.Short() {
		rounds = 25
	}
	seen := map[string]int{}
	for seed := range uint64(rounds) {
		g := linkGenerator{rand.New(rand.NewPCG(seed, 9))}
		l := g.layout()
		root := l.write(t)
		base := filepath.Dir(root)
		var names []string
		for _, name := range slices.Sorted(maps.Keys(l)) {
			if name, ok := strings.CutPrefix(name, "root/"); ok {
				names = append(names, name)
			}
		}
		for _, hostLinks := range []bool{false, true} {
			m := &linkModel{nodes: l.below(base), hostLinks: hostLinks, host: func(name string) string {
				if !path.IsAbs(name) {
					name = root + "/" + name
				}
				data, _ := os.ReadFile(name) // the system follows the links
				return string(data)
			}}
			trees := forms(t, root, hostLinks)
			for range 20 {
				name := g.name()
				if len(names) > 0 && g.IntN(3) > 0 {
					name = g.pick(names...) + g.pick("", "/a", "/b", "/a/a", "/b/a")
				}
				name = strings.TrimPrefix(path.Clean(strings.ReplaceAll(name, "@", base)), "/")
				want := m.read(name)
				for form, tree := range trees {
					got, _ := read(tree, name)
					if got != want {
						t.Errorf("seed %d, %v: %s is %q, want %q, host links %v, %s", seed, l, name, got, want, hostLinks, form)
					}
					if !hostLinks && got != "" && !strings.HasPrefix(got, "root/") {
						t.Errorf("seed %d, %v: %s leads out, %s", seed, l, name, form)
					}
				}
				top, _, _ := strings.Cut(want, "/")
				seen[top]++
			}
			for _, tree := range trees {
				tree.Close()
			}
		}
	}
	t.Logf("read were %v", seen)
	if seen["root"] < rounds/2 || seen["out"] < rounds/8 {
		t.Errorf("too few names led to a file: %v", seen)
	}
}
