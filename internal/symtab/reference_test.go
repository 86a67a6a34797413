package symtab

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// neededNames are the symbols that the tree's module needs, each with version
// 1.
var neededNames = []string{"a", "_b", "__c", ".d", "._e", "f.g", "TOC.", ".TOC.", "__ksymtab_h", "gpl_i", "module_layout"}

// referenceTree has one module that needs all of them.
func referenceTree(t *testing.T) string {
	t.Helper()
	m := modtest.Named("m", nil, nil)
	for _, name := range neededNames {
		m.Needed = append(m.Needed, modtest.Needed{Name: name})
		m.Versions = append(m.Versions, modtest.Version{Name: name, CRC: 1})
	}
	files := modtest.Tree(nil, modtest.TreeModule{Path: "kernel/m.ko", File: m.Build()})
	return modtest.Write(t, files)
}

// complaints runs depmod and returns its messages about symbols.
func complaints(t *testing.T, tool, root string, args ...string) []string {
	t.Helper()
	args = append([]string{"-n", "-e", "-b", root, "-C", filepath.Join(root, "none")}, append(args, modtest.Release)...)
	cmd := exec.Command(tool, args...)
	var stderr bytes.Buffer
	cmd.Stderr, cmd.Env = &stderr, []string{"LC_ALL=C"}
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
	var found []string
	for line := range strings.Lines(stderr.String()) {
		if _, message, ok := strings.Cut(line, "/kernel/m.ko "); ok {
			found = append(found, strings.TrimSuffix(message, "\n"))
		}
	}
	return found
}

// expected returns the messages that follow from a set.
func expected(s *Set, prefix byte) []string {
	var all []string
	for _, name := range neededNames {
		known := Needed(name, prefix)
		crc, versioned := s.CRC(known)
		if !s.Has(known) {
			if !Always(name) {
				all = append(all, "needs unknown symbol "+name)
				continue
			}
			crc, versioned = 0, s.versions
		}
		if versioned && crc != 1 {
			all = append(all, "disagrees about version of symbol "+name)
		}
	}
	return all
}

// TestReference compares what depmod reports with what the sets say.
func TestReference(t *testing.T) {
	tool, root := kmodref.Tool(t, "depmod"), referenceTree(t)
	list := filepath.Join(root, "list")
	rng := rand.New(rand.NewPCG(5, 7))
	pick := func(words ...string) string { return words[rng.IntN(len(words))] }
	rounds := 300
	if testing.Short() {
		rounds = 20
	}
	messages := 0
	for n := range rounds {
		symvers, prefix := n%2 == 0, byte(0)
		args := []string{"-F", list}
		readSet := ReadSystemMap
		if symvers {
			args[0], readSet = "-E", ReadSymvers
		}
		if rng.IntN(3) == 0 {
			prefix = '_'
			args = append(args, "-P", "_")
		}
		var text strings.Builder
		for range rng.IntN(16) {
			name := strings.TrimPrefix(pick(neededNames...), pick("", ".", "_"))
			if symvers {
				fmt.Fprintf(&text, "%s\t%s\t%s\tEXPORT_SYMBOL\n", pick("0x00000001", "1", "0x2", "0x0", "zz"), name, pick("vmlinux", "vmlinux", "\tvmlinux", "m", "vmlinux.o"))
			} else {
				fmt.Fprintf(&text, "%s%s\n", pick("ffffffff81000000 r __ksymtab_", "0 R __ksymtab_", "x y ___ksymtab_", "0 T ", "0 r __kstrtab_", "bad"), name)
			}
		}
		if err := os.WriteFile(list, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := readSet(strings.NewReader(text.String()), Options{prefix})
		if err != nil {
			t.Fatal(err)
		}
		got, want := expected(s, prefix), complaints(t, tool, root, args...)
		if !slices.Equal(got, want) {
			t.Fatalf("round %d, %v with\n%s\ngot\n%s\nwant\n%s", n, args, &text, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		messages += len(want)
	}
	if messages < rounds*5 {
		t.Errorf("only %d messages", messages)
	}
}
