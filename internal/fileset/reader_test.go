package fileset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// snapshot opens and reads all files, and reports whether they are of one set,
// in the way that the package describes.
func snapshot(t *testing.T, dir string) (texts []string, whole bool) {
	files := make([]*os.File, len(testNames))
	for i, name := range testNames {
		start := time.Now()
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			unlessStopped(t, start, err)
			return nil, false
		}
		defer f.Close()
		files[i] = f
	}
	whole = true
	for i, name := range testNames {
		opened, err := files[i].Stat()
		if err != nil {
			t.Error(err)
		}
		start := time.Now()
		now, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			unlessStopped(t, start, err)
			return nil, false
		}
		whole = whole && os.SameFile(opened, now)
		text, err := io.ReadAll(files[i])
		if err != nil {
			t.Error(err)
		}
		texts = append(texts, string(text))
	}
	return texts, whole
}

// unlessStopped reports an error of a reader, unless the machine has stopped it on its
// way along a link for longer than a run waits: such a reader may miss the file.
func unlessStopped(t *testing.T, start time.Time, err error) {
	t.Helper()
	if !errors.Is(err, fs.ErrNotExist) || time.Since(start) < patience {
		t.Error(err)
	}
}

func generation(g int) (files []File) {
	for _, name := range testNames {
		files = append(files, File{Name: name, Data: []byte(fmt.Sprint(g))})
	}
	return files
}

func TestReaders(t *testing.T) {
	rounds := 1000
	if testing.Short() {
		rounds = 20
	}
	dir := t.TempDir()
	must(t, replaceAt(dir, generation(-1), nil, hooks{}))
	var stop atomic.Bool
	var wholes, changed atomic.Int64
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for !stop.Load() && !t.Failed() {
				texts, whole := snapshot(t, dir)
				if !whole {
					changed.Add(1)
					continue
				}
				wholes.Add(1)
				for _, text := range texts {
					if text != texts[0] {
						t.Errorf("a mixture: %q", texts)
					}
				}
			}
		})
	}
	for g := range rounds {
		if err := replaceAt(dir, generation(g), nil, hooks{}); err != nil {
			t.Error(err)
			break
		}
	}
	stop.Store(true)
	wg.Wait()
	t.Logf("%d sets read, %d changes noticed", wholes.Load(), changed.Load())
}

func benchmarkSet() (files []File) {
	for i := range 11 {
		files = append(files, File{Name: fmt.Sprintf("modules.%d", i), Data: bytes.Repeat([]byte{'x'}, 4<<20/11)})
	}
	return files
}

func BenchmarkReplace(b *testing.B) {
	files := benchmarkSet()
	for name, opts := range map[string]*Options{"fileset": nil, "fileset sync": {Sync: true}} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			for b.Loop() {
				must(b, replaceAt(dir, files, opts, hooks{}))
			}
		})
	}
	b.Run("plain writes", func(b *testing.B) {
		dir := b.TempDir()
		for b.Loop() {
			for _, f := range files {
				tmp := filepath.Join(dir, f.Name+".tmp")
				must(b, os.WriteFile(tmp, f.Data, 0o644))
				must(b, os.Rename(tmp, filepath.Join(dir, f.Name)))
			}
		}
	})
}
