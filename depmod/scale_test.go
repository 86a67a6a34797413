package depmod

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// wideTree has that many modules, each with two exports, an alias and needs of
// a few modules before it.
func wideTree(modules int) fs.FS {
	files := fstest.MapFS{}
	for i := range modules {
		var needs []string
		// Groups of 16, whose modules need the first of theirs and the one
		// before, so that lists are short however many groups there are.
		if k := i % 16; k > 0 {
			needs = []string{fmt.Sprintf("a%d", i-k), fmt.Sprintf("b%d", i-(k+1)/2)}
		}
		m := modtest.Named("m", []string{fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i)}, needs)
		m.Modinfo = append(m.Modinfo, fmt.Sprintf("alias=pci:v%08Xd*", uint32(i)*2654435761))
		name := fmt.Sprintf("lib/modules/%s/kernel/%03d/m%d.ko", modtest.Release, i%100, i)
		files[name] = &fstest.MapFile{Data: m.Build(), Mode: 0o644}
	}
	return newFolders(files)
}

// chainTree has modules of which each needs the next.
func chainTree(modules int) fs.FS {
	files := fstest.MapFS{}
	for i := range modules {
		m := modtest.Named("m", []string{fmt.Sprintf("s%d", i)}, []string{fmt.Sprintf("s%d", i+1)})
		files[fmt.Sprintf("lib/modules/%s/k/%d.ko", modtest.Release, i)] = &fstest.MapFile{Data: m.Build(), Mode: 0o644}
	}
	return newFolders(files)
}

// folders is a file system that knows what lies in a folder, where a MapFS
// looks through all files for that.
type folders struct {
	fstest.MapFS
	of map[string]fstest.MapFS
}

func newFolders(files fstest.MapFS) folders {
	f := folders{files, map[string]fstest.MapFS{}}
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

func (f folders) Open(name string) (fs.File, error) {
	if below, ok := f.of[name]; ok {
		return below.Open(name)
	}
	return f.of[parent(name)].Open(name)
}

func (f folders) Stat(name string) (fs.FileInfo, error) {
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
// 200 million paths, for which modules.dep.bin has no room: that is said before
// memory is taken for them.
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
		t.Errorf("%d bytes were taken", taken)
	}
	x = scanFS(t, chainTree(2000))
	_, lines, err := x.depLines()
	if err != nil || strings.Count(lines[0], " ") != 1999 {
		t.Errorf("a chain of 2000 gives a list of %d, %v", strings.Count(lines[0], " "), err)
	}
}

// TestLongCycle: modules that need each other in a long circle are an error.
func TestLongCycle(t *testing.T) {
	const modules = 5000
	files := fstest.MapFS{}
	for i := range modules {
		m := modtest.Named("m", []string{fmt.Sprintf("s%d", i)}, []string{fmt.Sprintf("s%d", (i+1)%modules)})
		files[fmt.Sprintf("lib/modules/%s/k/%d.ko", modtest.Release, i)] = &fstest.MapFile{Data: m.Build(), Mode: 0o644}
	}
	_, err := Scan(context.Background(), &Config{FS: newFolders(files), Release: modtest.Release})
	cycle, ok := err.(*CycleError)
	if !ok || len(cycle.Cycles) != 1 || len(cycle.Cycles[0]) != modules {
		t.Errorf("%.200v", err)
	}
}

// BenchmarkScale: time and memory grow with the number of modules. The time is
// given for each module, too.
func BenchmarkScale(b *testing.B) {
	for _, modules := range []int{2000, 8000, 32000} {
		tree := wideTree(modules)
		b.Run(fmt.Sprint(modules), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := scanFS(b, tree).Files(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*modules), "ns/module")
		})
	}
	for _, modules := range []int{500, 1000, 2000} {
		tree := chainTree(modules)
		b.Run(fmt.Sprint("chain/", modules), func(b *testing.B) {
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
