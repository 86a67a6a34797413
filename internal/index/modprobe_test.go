package index

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// TestModprobe compares matches in real trees with those of modprobe -R, which
// prints one module for each match, in order.
func TestModprobe(t *testing.T) {
	dirs, modprobe := realDirs(t), kmodref.Tool(t, "modprobe")
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			root, found := strings.CutSuffix(dir, filepath.Join("/lib/modules", filepath.Base(dir)))
			if !found {
				t.Fatalf("odd directory %s", dir)
			}
			r, config := open(t, filepath.Join(dir, "modules.alias.bin")), t.TempDir()
			for _, query := range modaliases(rnd, collect(t, r), 300) {
				found, err := r.Match(nil, query)
				if err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(modprobe, "-C", config, "-d", root, "-S", filepath.Base(dir), "-R", query)
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("%v: %v", cmd, err)
				}
				if want := strings.Join(strings.Fields(string(out)), " "); valuesOf(found) != want {
					t.Errorf("Match(%q) = %s, want %s", query, valuesOf(found), want)
				}
			}
		})
	}
}

// modaliases makes up modaliases that match some pattern among the entries.
func modaliases(rnd *rand.Rand, entries []Entry, n int) []string {
	var all []string
	for len(all) < n {
		key := entries[rnd.IntN(len(entries))].Key
		var b strings.Builder
		for i := range len(key) {
			switch c := key[i]; c {
			case '*':
				b.WriteString([]string{"", "0", "00000002", "00sd0C0300i"}[rnd.IntN(4)])
			case '?':
				b.WriteByte('1')
			default:
				b.WriteByte(c)
			}
		}
		query := b.String()
		// A query with a colon is not taken for a module's name.
		if strings.Contains(query, ":") && !strings.Contains(query, "[") {
			all = append(all, query)
		}
	}
	return all
}
