package fileset

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// writerVariable turns this test binary into a program that replaces the set in
// that directory over and over, until it is killed.
const writerVariable = "GOKMOD_FILESET_WRITER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerVariable); dir != "" {
		for g := 0; ; g++ {
			if err := replaceAt(dir, generation(g), nil, hooks{}); err != nil {
				os.Stderr.WriteString(err.Error())
				os.Exit(1)
			}
		}
	}
	os.Exit(m.Run())
}

// Two concurrent processes replace the set and are killed at any time.
func TestKilled(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 5
	}
	dir := t.TempDir()
	must(t, replaceAt(dir, generation(-1), nil, hooks{}))
	for range rounds {
		writers := [2]*exec.Cmd{}
		for i := range writers {
			writers[i] = exec.Command("/proc/self/exe")
			writers[i].Env = append(os.Environ(), writerVariable+"="+dir)
			must(t, writers[i].Start())
		}
		// Any moment is as good as another.
		<-time.After(time.Duration(5+rand.IntN(25)) * time.Millisecond)
		for _, w := range writers {
			w.Process.Kill()
		}
		for _, w := range writers {
			w.Wait()
			if w.ProcessState.Exited() {
				t.Fatal("a writer failed")
			}
		}
		texts, whole := snapshot(t, dir)
		for _, text := range texts {
			if text != texts[0] || !whole {
				t.Fatalf("a mixture: %q", texts)
			}
		}
	}
	must(t, replaceAt(dir, generation(-2), nil, hooks{}))
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != len(testNames) {
		t.Errorf("something is left: %v", entries)
	}
}

// A full disk leaves the old set in place, however full it is.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k,nr_inodes=64"); err != nil {
		t.Skip("a small file system cannot be mounted: ", err)
	}
	defer syscall.Unmount(dir, 0)
	must(t, replaceAt(dir, generation(-1), nil, hooks{}))
	before := read(t, dir)
	full := generation(1)
	full[len(full)-1].Data = make([]byte, 1<<20)
	err := replaceAt(dir, full, nil, hooks{})
	var e *Error
	if !errors.Is(err, syscall.ENOSPC) || !errors.As(err, &e) || e.State != Old || e.Name != testNames[len(testNames)-1] {
		t.Errorf("the error is %v", err)
	}
	if got := read(t, dir); !same(got, before) {
		t.Errorf("the set is %q", got)
	}
	// No inodes: for each count another step fails.
	for free := range 30 {
		must(t, os.Mkdir(filepath.Join(dir, "fill"), 0o755))
		for i := range 64 {
			os.WriteFile(filepath.Join(dir, "fill", string(rune('A'+i))), nil, 0o644)
		}
		for i := range free {
			os.Remove(filepath.Join(dir, "fill", string(rune('A'+i))))
		}
		before := read(t, dir)
		err := replaceAt(dir, generation(free), nil, hooks{})
		got := read(t, dir)
		if (err != nil) != same(got, before) {
			t.Errorf("%d inodes: %v, but the set is %q", free, err, got)
		}
		must(t, os.RemoveAll(filepath.Join(dir, "fill")))
		entries, _ := os.ReadDir(dir)
		if len(entries) != len(testNames) {
			t.Errorf("%d inodes: something is left: %v", free, entries)
		}
	}
}
