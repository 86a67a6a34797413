package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// markerName is a module of the small trees that occurs in no other's answer.
const markerName = "zz_marker"

// labTree is a small tree with the names to ask about.
type labTree struct {
	kernelTree
	modules []string
	builtin []string
	aliases []string // patterns of the indexes
	softdep []string // modules with soft dependencies of their own
	marker  string   // module that is part of no other's answer
}

// writeTree writes a tree of these index files and of modules, which are empty
// since nothing reads them.
func writeTree(t *testing.T, release string, modules []modtest.Entry, indexes map[string][]byte) kernelTree {
	t.Helper()
	tree := fstest.MapFS{}
	add := func(name string, data []byte) {
		tree["lib/modules/"+release+"/"+name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	add("modules.dep.bin", modtest.Index(modules...))
	for _, m := range modules {
		path, _, _ := strings.Cut(m.Value, ":")
		add(path, nil)
	}
	for name, data := range indexes {
		add(name, data)
	}
	return kernelTree{root: modtest.Write(t, tree), release: release}
}

// goldenLab is the golden tree with the marker.
func goldenLab(t *testing.T) *labTree {
	t.Helper()
	golden := kernelTree{root: modtest.GoldenRoot(t), release: modtest.GoldenRelease}
	lab := &labTree{
		marker:  markerName,
		builtin: []string{"gm_built_in", "ext_golden"},
		aliases: []string{"fs-extgolden", "pci:v00001AF4d00001100sv*sd*bc*sc*i*"},
		softdep: []string{"gm_soft", "gm_soft2"},
	}
	deps := []modtest.Entry{}
	text := golden.read(t, "modules.dep") + "kernel/" + markerName + ".ko:\n"
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		path, _, _ := strings.Cut(line, ":")
		name, _, _ := strings.Cut(filepath.Base(path), ".")
		name = strings.ReplaceAll(name, "-", "_")
		deps = append(deps, modtest.Entry{Key: name, Value: line, Priority: uint32(len(deps))})
		lab.modules = append(lab.modules, name)
	}
	lab.modules = lab.modules[:len(lab.modules)-1]
	files := map[string][]byte{}
	for _, name := range []string{"modules.alias.bin", "modules.symbols.bin", "modules.builtin.bin",
		"modules.builtin.alias.bin", "modules.softdep"} {
		files[name] = []byte(golden.read(t, name))
	}
	for _, name := range []string{"modules.alias", "modules.symbols"} {
		lab.aliases = append(lab.aliases, aliasPatterns(golden.read(t, name))...)
	}
	lab.kernelTree = writeTree(t, golden.release, deps, files)
	return lab
}

// randomLab makes a tree of modules with random dependencies.
func randomLab(t *testing.T, r *rand.Rand) *labTree {
	t.Helper()
	lab := &labTree{marker: markerName, builtin: []string{"b_one", "b_two"}, aliases: []string{"bus:one*", "two-*", "mix:*"}}
	var deps, aliases, symbols []modtest.Entry
	closure := [][]int{}
	path := func(i int) string {
		return fmt.Sprintf("kernel/%c/m-%c.ko%s", 'a'+i%3, 'a'+i, []string{"", ".xz", ".gz"}[i%3])
	}
	for i := range 6 + r.IntN(7) {
		name := fmt.Sprintf("m_%c", 'a'+i)
		needs := map[int]bool{}
		for range r.IntN(3) {
			if i > 0 {
				d := r.IntN(i)
				needs[d] = true
				for _, indirect := range closure[d] {
					needs[indirect] = true
				}
			}
		}
		var list []int
		line := path(i) + ":"
		for d := i - 1; d >= 0; d-- {
			if needs[d] {
				list = append(list, d)
				line += " " + path(d)
			}
		}
		closure = append(closure, list)
		priority := uint32(i)
		deps = append(deps, modtest.Entry{Key: name, Value: line, Priority: priority})
		lab.modules = append(lab.modules, name)
		for range r.IntN(3) {
			pattern := pick(r, "bus:v*d"+name, "bus:*", "two_"+name, "mix:["+"a-f"+"]*", "dev?"+name, "m_x")
			aliases = append(aliases, modtest.Entry{Key: pattern, Value: name, Priority: priority})
			lab.aliases = append(lab.aliases, pattern)
		}
		symbols = append(symbols, modtest.Entry{Key: "symbol:s_" + name, Value: name, Priority: priority})
	}
	deps = append(deps, modtest.Entry{Key: markerName, Value: "kernel/" + markerName + ".ko:", Priority: 99})
	lab.aliases = append(lab.aliases, "symbol:s_m_a", "symbol:s_m_c")
	text := ""
	for range r.IntN(4) {
		name := pick(r, lab.modules...)
		if !slices.Contains(lab.softdep, name) {
			lab.softdep = append(lab.softdep, name)
			text += "softdep " + name + " " + pick(r, "pre:", "post:") + " " + pick(r, lab.modules...) +
				" " + instance(r, pick(r, lab.aliases...)) + " post: " + pick(r, lab.modules...) + "\n"
		}
	}
	lab.kernelTree = writeTree(t, "6.0-lab", deps, map[string][]byte{
		"modules.alias.bin":   modtest.Index(aliases...),
		"modules.symbols.bin": modtest.Index(symbols...),
		"modules.builtin.bin": modtest.Index(modtest.Entry{Key: "b_one"}, modtest.Entry{Key: "b_two"}),
		"modules.builtin.alias.bin": modtest.Index(modtest.Entry{Key: "bus:one*", Value: "b_one"},
			modtest.Entry{Key: "two_*", Value: "b_two"}, modtest.Entry{Key: "mix:*", Value: "b_two"}),
		"modules.softdep": []byte(text),
	})
	return lab
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// aliasPatterns extracts the patterns from modules.alias or modules.symbols.
func aliasPatterns(text string) []string {
	var patterns []string
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "alias" {
			patterns = append(patterns, words[1])
		}
	}
	return patterns
}

// instance makes a text that matches a pattern.
func instance(r *rand.Rand, pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '*':
			for range r.IntN(5) {
				b.WriteByte(pick(r, []byte("0123456789ABCDEFabcz")...))
			}
		case '?':
			b.WriteByte(pick(r, []byte("0123456789ABCDEFxyz")...))
		case '[':
			end := strings.IndexByte(pattern[i:], ']')
			if end < 0 {
				return b.String() + pattern[i:]
			}
			b.WriteByte(member(r, pattern[i+1:i+end]))
			i += end
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// member picks a byte from a bracket expression.
func member(r *rand.Rand, set string) byte {
	if len(set) == 0 || set[0] == '!' || set[0] == '^' {
		return '~'
	}
	var all []byte
	for i := 0; i < len(set); i++ {
		last := set[i]
		if i+2 < len(set) && set[i+1] == '-' {
			last = set[i+2]
		}
		for c := int(set[i]); c <= int(last); c++ {
			all = append(all, byte(c))
		}
		if last != set[i] {
			i += 2
		}
	}
	return pick(r, all...)
}
