package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/index"
)

// costlyTree has an index in which each byte costs a look at every place of a name
// made of the letters a and b.
func costlyTree(t *testing.T) (root string) {
	t.Helper()
	sets := strings.NewReplacer("0", "[ab]", "1", "[ba]")
	var aliases []index.Entry
	for i := range 1024 {
		aliases = append(aliases, index.Entry{Key: "x:*" + sets.Replace(fmt.Sprintf("%010b", i)) + "Z", Value: "m"})
	}
	index.Sort(aliases)
	root = t.TempDir()
	dir := filepath.Join(root, "lib/modules/6.9")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, entries := range map[string][]index.Entry{
		"modules.alias.bin": aliases, "modules.dep.bin": {{Key: "m", Value: "m.ko:"}},
		"modules.symbols.bin": nil, "modules.builtin.bin": nil, "modules.builtin.alias.bin": nil,
	} {
		data, err := index.Encode(entries)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestBudget: the tools name the file that takes too much work, and do not say that
// there is no such module.
func TestBudget(t *testing.T) {
	root, w := costlyTree(t), newWorld()
	costly := "x:" + strings.Repeat("ab", 2000)
	config := filepath.Join(root, "none.conf")
	if err := os.WriteFile(config, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	modprobe := []string{"modprobe", "-C", config, "-d", root, "-S", "6.9"}
	for _, argv := range [][]string{
		append(modprobe, "-R", costly), append(modprobe, "-D", costly), append(modprobe, "-n", costly),
		append(modprobe, "-r", "-n", costly),
		{"modinfo", "-b", root, "-k", "6.9", costly},
	} {
		got := w.run(argv...)
		if file := root + "/lib/modules/6.9/modules.alias.bin: the patterns take too much work"; got.status != 1 ||
			got.stdout != "" || !strings.Contains(got.stderr, file) || strings.Contains(got.stderr, "not found") {
			end := got.stderr[max(0, len(got.stderr)-300):]
			t.Errorf("%.60q: status %d, %q, …%s", argv, got.status, got.stdout, end)
		}
	}
	got := w.run(append(modprobe, "-R", "x:ab")...)
	if got.status != 1 || !strings.Contains(got.stderr, "Module x:ab not found") {
		t.Errorf("got %+v", got)
	}
}
