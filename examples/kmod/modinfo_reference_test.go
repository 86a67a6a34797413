package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// batch is the number of arguments for one call of a tool.
const batch = 250

// TestModinfoLikeReference compares modinfo's output for every module of whole
// kernels with that of kmod's.
func TestModinfoLikeReference(t *testing.T) {
	tool := kmodref.Newest(t, "modinfo")
	for _, tree := range kernelTrees(t) {
		t.Run(tree.release, func(t *testing.T) {
			t.Parallel()
			modules := tree.modules(t)
			t.Run("lines", func(t *testing.T) { compare(t, tool, "\n", nil, modules) })
			t.Run("null", func(t *testing.T) { compare(t, tool, "\x00", []string{"-0"}, modules) })
			some := everyNth(modules)
			t.Run("parm", func(t *testing.T) { compare(t, tool, "\n", []string{"-p"}, some) })
			t.Run("signature", func(t *testing.T) { compare(t, tool, "\n", []string{"-F", "signature"}, some) })
		})
	}
}

// TestModinfoOfBuiltinsLikeReference does the same for the built-in modules, by
// name.
func TestModinfoOfBuiltinsLikeReference(t *testing.T) {
	tool := kmodref.Newest(t, "modinfo")
	for _, tree := range kernelTrees(t) {
		t.Run(tree.release, func(t *testing.T) {
			t.Parallel()
			var names []string
			for _, line := range sample(tree.lines(t, "modules.builtin")) {
				names = append(names, strings.TrimSuffix(line[strings.LastIndexByte(line, '/')+1:], ".ko"))
			}
			flags := []string{"-b", grouped(t, tree).root, "-k", tree.release}
			t.Run("lines", func(t *testing.T) { compare(t, tool, "\n", flags, names) })
			t.Run("null", func(t *testing.T) { compare(t, tool, "\x00", append(flags, "-0"), names) })
		})
	}
}

// grouped makes a tree of the built-ins in which the fields of each module are
// together, after its first one. Newer kernels put the aliases of all at the
// end, and kmod shows only those before another module's fields.
func grouped(t *testing.T, tree kernelTree) kernelTree {
	t.Helper()
	fields := strings.SplitAfter(tree.read(t, "modules.builtin.modinfo"), "\x00")
	first := map[string]int{}
	for i, field := range fields {
		name, _, _ := strings.Cut(field, ".")
		if _, met := first[name]; !met {
			first[name] = i
		}
	}
	slices.SortStableFunc(fields, func(a, b string) int {
		a, _, _ = strings.Cut(a, ".")
		b, _, _ = strings.Cut(b, ".")
		return first[a] - first[b]
	})
	return writeTree(t, tree.release, nil, map[string][]byte{
		"modules.builtin.bin":     []byte(tree.read(t, "modules.builtin.bin")),
		"modules.builtin.modinfo": []byte(strings.Join(fields, "")),
	})
}

// compare runs both tools over the arguments, a batch at a time. It stops at
// the first difference.
func compare(t *testing.T, tool, separator string, flags, args []string) {
	t.Helper()
	if len(args) == 0 {
		t.Fatal("there is nothing to compare")
	}
	for some := range slices.Chunk(args, batch) {
		argv := append(slices.Clone(flags), some...)
		got := newWorld().run(append([]string{"modinfo"}, argv...)...)
		want := askReference(t, tool, argv...)
		if got.status != want.status || got.stderr != want.stderr {
			t.Fatalf("status %d, stderr %q\nkmod's: %d, %q", got.status, got.stderr, want.status, want.stderr)
		}
		if difference := firstDifference(got.stdout, want.stdout, separator); difference != "" {
			t.Fatal(difference)
		}
	}
}

// firstDifference compares outputs record by record, without the build id that
// only ours has. It names the module of the first difference.
func firstDifference(got, want, separator string) string {
	ours := slices.DeleteFunc(strings.SplitAfter(got, separator), isBuildID)
	theirs := strings.SplitAfter(want, separator)
	module := "the first module"
	for i := range max(len(ours), len(theirs)) {
		if i >= len(ours) || i >= len(theirs) {
			return "of " + module + " one has more to say"
		}
		if ours[i] != theirs[i] {
			return "of " + module + " it says\n" + ours[i] + "\nkmod's says\n" + theirs[i]
		}
		if strings.HasPrefix(ours[i], "filename:") || strings.HasPrefix(ours[i], "name:") {
			module = ours[i]
		}
	}
	return ""
}

// isBuildID recognizes the record of a build id that fits on one line.
func isBuildID(record string) bool {
	return strings.HasPrefix(record, "build-id:  ") || strings.HasPrefix(record, "build-id=")
}

func TestFirstDifference(t *testing.T) {
	for _, test := range []struct {
		name, got, want string
		differ          bool
	}{
		{"the same", "a: 1\nb: 2\n", "a: 1\nb: 2\n", false},
		{"a build id", "a: 1\nbuild-id:       AB:CD\nb: 2\n", "a: 1\nb: 2\n", false},
		{"no description", "parm:           x: (int)\n", "parm:           x:int\n", true},
		{"less", "a: 1\n", "a: 1\nb: 2\n", true},
		{"more", "a: 1\nb: 2\n", "a: 1\n", true},
		{"other", "a: 1\n", "a: 2\n", true},
	} {
		if got := firstDifference(test.got, test.want, "\n"); (got != "") != test.differ {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}
