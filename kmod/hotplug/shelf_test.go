package hotplug_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

const release = "6.1.0-test"

// writeTree writes a module tree as depmod does: each file replaces the previous one.
func writeTree(t *testing.T, root string, modules ...kmodtest.Module) {
	t.Helper()
	tree, err := (&kmodtest.Tree{Modules: modules}).FS()
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range tree {
		path := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path+".new", file.Data, 0o644)
		}
		if err == nil {
			err = os.Rename(path+".new", path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// onDisk has the engine find its modules in a directory, and keep count of its DBs.
func onDisk(m *machine, root string, dbs *[]*kmod.DB, fail *error) {
	m.cfg.Open = func() (*kmod.Loader, error) {
		db, err := kmod.Open(&kmod.Config{Root: root, Release: release})
		*dbs = append(*dbs, db)
		return kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: m.kernel}), errors.Join(err, *fail)
	}
	m.cfg.Opened = func(l *kmod.Loader) {
		if l.DB() == (*dbs)[len(*dbs)-1] {
			m.say("opened")
		}
	}
}

func closed(db *kmod.DB) bool {
	_, err := db.Lookup("a")
	return errors.Is(err, fs.ErrClosed)
}

// TestNewIndexes: what depmod has written takes effect at the next batch, for all devices;
// the old DB is closed when nothing uses it any more. Without that, the last one stays.
func TestNewIndexes(t *testing.T) {
	root := t.TempDir()
	a := kmodtest.Module{Name: "a", Aliases: []string{"pci:a*"}}
	b := kmodtest.Module{Name: "b", Aliases: []string{"pci:b*"}}
	c := kmodtest.Module{Name: "c", Aliases: []string{"pci:c*"}}
	writeTree(t, root, a)
	var dbs []*kmod.DB
	var fail error
	inBubble(t, func(m *machine) { onDisk(m, root, &dbs, &fail) }, func(m *machine) {
		_, release := m.kernel.Block("a")
		m.plug("pci:b1", "pci:c1")
		m.start()
		m.expect(moment, "opened", "all 2:")
		m.plug("pci:a1")
		m.expect(moment)
		writeTree(t, root, a, b)
		m.plug("pci:x")
		m.expect(moment, "opened", "batch 1:", "all 3: b")
		if closed(dbs[0]) {
			t.Error("the DB is closed while a module is being loaded")
		}
		release()
		m.expect(moment, "batch 1: a", "batch 1:")
		if !closed(dbs[0]) || closed(dbs[1]) {
			t.Error("the old DB is still open, or the new one is closed")
		}
		fail = errors.New("too many files")
		writeTree(t, root, a, b, c)
		m.plug("pci:x", "pci:c1")
		m.expect(moment, "error: too many files", "batch 2:")
		m.plug("pci:x")
		m.expect(moment, "batch 1:")
		fail = nil
		m.after(time.Second)
		m.plug("pci:x")
		m.expect(moment, "opened", "batch 1:", "all 4: c")
		fail = errors.New("no policy")
		m.engine.Reload()
		m.expect(moment, "error: no policy", "all 4:")
		m.end()
	})
	for i, db := range dbs {
		if !closed(db) {
			t.Errorf("DB %d of %d is open in the end", i, len(dbs))
		}
	}
}

// TestNoIndexes: indexes that are missing are reported and tried again, and used as soon
// as depmod has written them.
func TestNoIndexes(t *testing.T) {
	root := t.TempDir()
	var dbs []*kmod.DB
	var fail error
	inBubble(t, func(m *machine) { onDisk(m, root, &dbs, &fail) }, func(m *machine) {
		m.plug("pci:a1")
		m.start()
		if got := m.after(moment); len(got) != 3 {
			t.Errorf("said %q", got)
		}
		m.plug("pci:b1")
		if got := m.after(moment); len(got) != 1 {
			t.Errorf("at the next event it said %q", got)
		}
		writeTree(t, root, kmodtest.Module{Name: "a", Aliases: []string{"pci:a*"}})
		m.expect(time.Second, "opened", "all 2: a")
		m.end()
	})
}
