package depmod

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// wideTree has the given number of modules, each with two exports, an alias and
// dependencies on a few modules before it.
func wideTree(modules int) fs.FS {
	files := fstest.MapFS{}
	for i := range modules {
		var needs []string
		// Groups of 16, whose modules need the first of theirs and the one
		// before, so that lists stay short however many groups there are.
		if k := i % 16; k > 0 {
			needs = []string{fmt.Sprintf("a%d", i-k), fmt.Sprintf("b%d", i-(k+1)/2)}
		}
		m := modtest.Named("m", []string{fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)}, needs)
		m.Modinfo = append(m.Modinfo, fmt.Sprintf("alias=pci:v%08Xd*", uint32(i)*2654435761))
		name := fmt.Sprintf("lib/modules/%s/kernel/%03d/m%d.ko", modtest.Release, i%100, i)
		files[name] = &fstest.MapFile{Data: m.Build(), Mode: 0o644}
	}
	return newDirFS(files)
}

// chainTree has modules each of which needs the next.
func chainTree(modules int) fs.FS {
	files := fstest.MapFS{}
	for i := range modules {
		m := modtest.Named("m", []string{fmt.Sprintf("s%d", i)}, []string{fmt.Sprintf("s%d", i+1)})
		files[fmt.Sprintf("lib/modules/%s/k/%d.ko", modtest.Release, i)] = &fstest.MapFile{Data: m.Build(), Mode: 0o644}
	}
	return newDirFS(files)
}

// dirFS is a file system that keeps a list for each directory; a MapFS would
// search all files.
type dirFS struct {
	fstest.MapFS
	of map[string]fstest.MapFS
}

func newDirFS(files fstest.MapFS) dirFS {
	f := dirFS{files, map[string]fstest.MapFS{}}
	for name, file := range files {
		for ; name != "."; name = parent(name) {
			dir := parent(name)
			if f.of[dir] == nil {
				f.of[dir] = fstest.MapFS{}
			}
			if f.of[dir][name] != nil {
				break
			}
			f.of[dir][name] = file
			file = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		}
	}
	return f
}

func parent(name string) string {
	if at := strings.LastIndexByte(name, '/'); at >= 0 {
		return name[:at]
	}
	return "."
}

func (f dirFS) Open(name string) (fs.File, error) {
	if below, ok := f.of[name]; ok {
		return below.Open(name)
	}
	return f.of[parent(name)].Open(name)
}

func (f dirFS) Stat(name string) (fs.FileInfo, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return file.Stat()
}

func scanFS(t testing.TB, tree fs.FS) *Index {
	t.Helper()
	x, err := Scan(context.Background(), &Config{FS: tree, Release: modtest.Release})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestManyModules: there may be more than 65,535 modules.
func TestManyModules(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes 70,000 modules")
	}
	const modules = 70000
	x := scanFS(t, wideTree(modules))
	files, err := x.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		want := map[string]int{"modules.dep.bin": modules, "modules.alias.bin": modules, "modules.symbols.bin": 2 * modules}[f.Name]
		if want == 0 {
			continue
		}
		r, err := index.New(f.Name, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		n, high := 0, uint32(0)
		for e, err := range r.All() {
			if err != nil {
				t.Fatal(err)
			}
			n, high = n+1, max(high, e.Priority)
		}
		if n != want || high != modules-1 {
			t.Errorf("%s has %d entries up to the priority %d, want %d", f.Name, n, high, want)
		}
	}
}

// TestLongChain: a chain of 20,000 modules is resolved. Its lists would have
// 200 million paths, too many for modules.dep.bin: that is an error before
// memory is allocated for them.
func TestLongChain(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes 20,000 modules")
	}
	x := scanFS(t, chainTree(20000))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	files, err := x.Files()
	runtime.ReadMemStats(&after)
	if err == nil || files != nil || !strings.Contains(err.Error(), "modules.dep.bin") {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 16<<20 {
		t.Errorf("%d bytes were allocated", taken)
	}
	x = scanFS(t, chainTree(2000))
	_, lines, err := x.depLines()
	if err != nil || strings.Count(lines[0], " ") != 1999 {
		t.Errorf("a chain of 2000 gives a list of %d, %v", strings.Count(lines[0], " "), err)
	}
}

// TestLongCycle: modules that need each other in a long cycle are an error.
func TestLongCycle(t *testing.T) {
	const modules = 5000
	files := fstest.MapFS{}
	for i := range modules {
		m := modtest.Named("m", []string{fmt.Sprintf("s%d", i)}, []string{fmt.Sprintf("s%d", (i+1)%modules)})
		files[fmt.Sprintf("lib/modules/%s/k/%d.ko", modtest.Release, i)] = &fstest.MapFile{Data: m.Build(), Mode: 0o644}
	}
	_, err := Scan(context.Background(), &Config{FS: newDirFS(files), Release: modtest.Release})
	cycle, ok := err.(*CycleError)
	if !ok || len(cycle.Cycles) != 1 || len(cycle.Cycles[0]) != modules {
		t.Errorf("%.200v", err)
	}
}

// TestModinfoLimits: the limits of package modinfo hold, and what is just within
// them counts.
func TestModinfoLimits(t *testing.T) {
	good := stating("alias=good\x00")
	for _, test := range []struct {
		name, info string
		kept       int
	}{
		{"most entries", "alias=a\x00" + strings.Repeat("x\x00", elfmod.MaxFields-1), 1},
		{"one too many", "alias=a\x00" + strings.Repeat("x\x00", elfmod.MaxFields), -1},
		{"padding is not an entry", "alias=a" + strings.Repeat("\x00", 2*elfmod.MaxFields) + "alias=b", 2},
		{"most bytes", "alias=a\x00" + strings.Repeat("\x00", elfmod.MaxModinfo-8), 1},
		{"a byte too many", "alias=a\x00" + strings.Repeat("\x00", elfmod.MaxModinfo-7), -1},
		{"all kinds", "alias=a\x00softdep=pre: b\x00weakdep=c\x00alias\x00aliases=d\x00=e\x00depends=f", 1},
	} {
		x, err := scanTree(t, map[string][]byte{"k/m.ko": stating(test.info), "k/good.ko": good})
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if left := len(x.Report.Unreadable); left != 0 && test.kept >= 0 || left != 1 && test.kept < 0 {
			t.Errorf("%s: unreadable are %v", test.name, x.Report.Unreadable)
		}
		for _, e := range x.Report.Unreadable {
			if !errors.Is(e.Err, elfmod.ErrFormat) {
				t.Errorf("%s: %v", test.name, e.Err)
			}
		}
		if got := x.aliases() - 1; got != max(test.kept, 0) {
			t.Errorf("%s: %d aliases", test.name, got)
		}
	}
}

// TestBuiltinLimits: the files of the kernel's build have the same limits, beyond
// which they are left out and reported.
func TestBuiltinLimits(t *testing.T) {
	const list, fields, order = "modules.builtin", "modules.builtin.modinfo", "modules.order"
	most := elfmod.MaxFields
	for _, test := range []struct {
		name, file, text string
		names, aliases   int
		why              error // nil: it counts
	}{
		{"most names", list, strings.Repeat("a.ko\n", most), most, 0, nil},
		{"one too many", list, strings.Repeat("a.ko\n", most+1), 0, 0, errEntries},
		{"most fields", fields, "a.alias=x\x00" + strings.Repeat("b.x\x00", most-1), 0, 1, nil},
		{"a field too many", fields, "a.alias=x\x00" + strings.Repeat("b.x\x00", most), 0, 0, errEntries},
		{"most bytes", order, strings.Repeat("x", maxInput), 0, 0, nil},
		{"a byte too many", order, strings.Repeat("x", maxInput+1), 0, 0, nil},
	} {
		x, err := scanTree(t, map[string][]byte{"k/m.ko": stating("x"), test.file: []byte(test.text)})
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if len(x.builtinNames) != test.names || len(x.builtinAliases) != test.aliases {
			t.Errorf("%s: %d names, %d aliases", test.name, len(x.builtinNames), len(x.builtinAliases))
		}
		bad := x.Report.Unreadable
		wantBad := test.why != nil || len(test.text) > maxInput
		if wantBad != (len(bad) == 1) || wantBad && (!strings.HasSuffix(bad[0].Path, test.file) ||
			test.why != nil && bad[0].Err != test.why) {
			t.Errorf("%s: unreadable are %v", test.name, bad)
		}
	}
}

// TestTreeAllowance: modules that are each within their allowance, and together
// beyond that of the tree, are an error of the scan.
func TestTreeAllowance(t *testing.T) {
	files := map[string][]byte{}
	bomb := stating(strings.Repeat("softdep=a\x00", elfmod.MaxFields))
	files["k/m.ko"] = bomb
	if x, err := scanTree(t, files); err != nil || len(x.modules) != 1 {
		t.Fatalf("one module: %v", err)
	}
	files["k/n.ko"] = bomb
	x, err := scanTree(t, files)
	file := (*FileError)(nil)
	if x != nil || !errors.Is(err, ErrBudget) || !errors.As(err, &file) || !strings.HasSuffix(file.Path, modtest.Release) {
		t.Errorf("two modules: %v", err)
	}
}

// TestFilesSize: index files that would be too large are not made.
func TestFilesSize(t *testing.T) {
	long := "a" + strings.Repeat("x", 240)
	var info strings.Builder
	for info.Len() < MaxFilesSize*8/len(long)+1000 {
		info.WriteString("alias=a\x00")
	}
	files := map[string][]byte{"k/" + long + ".ko": stating(info.String())}
	x, err := scanTree(t, files)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	made, err := x.Files()
	runtime.ReadMemStats(&after)
	if made != nil || !errors.Is(err, ErrBudget) || strings.Count(err.Error(), "make modules.") != 2 ||
		strings.Count(err.Error(), "modules.alias") != 2 {
		t.Errorf("%d files, %v", len(made), err)
	}
	// Either file alone would have half of the bound.
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 2*MaxFilesSize {
		t.Errorf("%d bytes were taken", taken)
	}
}

// TestManyTogether: files made one after another are those made together.
func TestManyTogether(t *testing.T) {
	var info strings.Builder
	for i := range maxTogether + 1 {
		fmt.Fprintf(&info, "alias=%x\x00", i%100)
	}
	x, err := scanTree(t, map[string][]byte{"k/m.ko": stating(info.String()), "modules.builtin": []byte("a/b.ko\n")})
	if err != nil {
		t.Fatal(err)
	}
	files, err := x.Files()
	if err != nil || len(files) != len(moddir.Indexes()) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for i, f := range files {
		if f.Name != moddir.Indexes()[i] || len(f.Data) == 0 && f.Name != "modules.devname" {
			t.Errorf("%s has %d bytes", f.Name, len(f.Data))
		}
	}
}

// BenchmarkChain: in a chain, where each module lists all that follow, the time grows with
// the size of the files.
func BenchmarkChain(b *testing.B) {
	for _, modules := range []int{500, 1000, 2000} {
		tree := chainTree(modules)
		b.Run(fmt.Sprint(modules), func(b *testing.B) {
			b.ReportAllocs()
			output := 0
			for b.Loop() {
				files, err := scanFS(b, tree).Files()
				if err != nil {
					b.Fatal(err)
				}
				output = 0
				for _, f := range files {
					output += len(f.Data)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*output), "ns/byte")
		})
	}
}

// TestLimitTexts: errors say the limits that there are.
func TestLimitTexts(t *testing.T) {
	for err, limit := range map[error]int{errEntries: maxEntries, errDeep: maxDepth} {
		if !strings.Contains(err.Error(), " "+strconv.Itoa(limit)+" ") {
			t.Errorf("%v, but the limit is %d", err, limit)
		}
	}
}
