package tree

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestSwapped: while a directory of the root and a link out of it keep swapping
// places, nothing outside is read or written.
func TestSwapped(t *testing.T) {
	rounds := 2000
	if testing.Short() {
		rounds = 200
	}
	root := layout{"root/a/d/file": "in", "out/file": "out", "root/link": "-> @/out",
		"root/rel": "-> ../../out"}.write(t)
	before := listOutside(t, filepath.Dir(root))
	stop := make(chan struct{})
	var swapping sync.WaitGroup
	swapping.Go(func() {
		d, aside := root+"/a/d", root+"/aside"
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			link := root + [...]string{"/link", "/rel"}[i%2]
			for _, move := range [][2]string{{d, aside}, {link, d}, {d, link}, {aside, d}} {
				if err := os.Rename(move[0], move[1]); err != nil {
					// A directory was made in place of the one that is aside.
					os.RemoveAll(move[1])
					os.Rename(move[0], move[1])
				}
			}
		}
	})
	trees := forms(t, root, false)
	for range rounds {
		for form, tree := range trees {
			if got, _ := read(tree, "a/d/file"); got != "" && got != "in" {
				t.Errorf("%s: read was %q", form, got)
			}
			if info, err := fs.Stat(tree.FS, "a/d/file"); err == nil && info.Size() != int64(len("in")) {
				t.Errorf("%s: looked at were %d bytes", form, info.Size())
			}
			if dir, err := tree.MakeDir("a/d/new"); err == nil {
				if f, err := dir.Create("written"); err == nil {
					f.Close()
				}
				dir.Close()
			}
			if dir, err := tree.OpenDir("a/d"); err == nil {
				if f, err := dir.Create("written"); err == nil {
					f.Close()
				}
				dir.Close()
			}
		}
	}
	close(stop)
	swapping.Wait()
	if after := listOutside(t, filepath.Dir(root)); len(after) != len(before) {
		t.Errorf("outside there is %q, before %q", after, before)
	}
}
