package depmod_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestReplaced: of files with one name, the report names the one that counts in
// the end, not one that counted until a better one was found.
func TestReplaced(t *testing.T) {
	files := needTree("a:")
	module := modtest.Named("m", nil, nil).Build()
	for _, path := range []string{"extra/m.ko", "kernel/m.ko", "updates/m.ko"} {
		files[moduleDir+"/"+path] = text(string(module))
	}
	index, err := scanFS(t, files, depmod.Config{ConfigFiles: []depmod.ConfigFile{{Name: "a.conf", Text: "search updates extra built-in\n"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []depmod.Replaced{
		{Module: "m", Path: "kernel/m.ko", By: "updates/m.ko"},
		{Module: "m", Path: "extra/m.ko", By: "updates/m.ko"},
	}
	if !slices.Equal(index.Report.Replaced, want) {
		t.Errorf("replaced are %v", index.Report.Replaced)
	}
	if paths := modulePaths(index); paths != "kernel/a.ko updates/m.ko" {
		t.Errorf("the modules are %s", paths)
	}
}

func modulePaths(index *depmod.Index) string {
	var paths []string
	for _, m := range index.Modules() {
		paths = append(paths, m.Path)
	}
	return strings.Join(paths, " ")
}

// TestOrderJunk: lines of modules.order that are not modules do not count,
// however long they are.
func TestOrderJunk(t *testing.T) {
	for _, test := range []struct{ name, order, want string }{
		{"lines of other things", "\n\x00\xff\n# x\n../kernel/a.ko\n/kernel/a.ko\nkernel/c.ko\nkernel/none.ko\n", "c a b"},
		{"a long line", strings.Repeat("x", 1<<17) + "\nkernel/c.ko\nkernel/b.ko\n", "c b a"},
		{"a line twice", "kernel/b.ko\nkernel/c.ko\nkernel/b.ko\n", "b c a"},
		{"no end", "kernel/c.ko\nkernel/b.ko", "c b a"},
		{"other ends of lines", "kernel/c.ko\r\nkernel/b.ko\r\n", "c b a"},
		{"nothing", "", "a b c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := needTree("a:", "b:", "c:")
			files[moduleDir+"/modules.order"] = text(test.order)
			index, err := scanFS(t, files, depmod.Config{})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.NewReplacer("kernel/", "", ".ko", "").Replace(modulePaths(index)); got != test.want {
				t.Errorf("the modules are %s, want %s", got, test.want)
			}
		})
	}
}
