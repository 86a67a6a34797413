package depmod

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// gzipped is a file compressed with gzip.
func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// TestSizeLimit: a module of the largest allowed size is read, compressed or not, and
// one that is a byte larger is not, however little memory there is.
func TestSizeLimit(t *testing.T) {
	image := stating("alias=a\x00" + strings.Repeat("x\x00", 50000))
	size := int64(len(image))
	for name, file := range map[string][]byte{"m.ko": image, "m.ko.xz": modtest.StoredXZ(image), "m.ko.gz": gzipped(t, image)} {
		for _, maxBytes := range []int64{1, size - 1, size, size + 1, 2*size + 1, 0} {
			for _, limit := range []int64{size - 1, size, size + 1, 0} {
				files := map[string][]byte{"k/" + name: file, "k/small.ko": stating("x"), "k/large.ko.gz": gzipped(t, image)}
				x, err := Scan(context.Background(), &Config{FS: treeOf(files), Release: modtest.Release,
					MaxBytes: maxBytes, MaxModuleSize: limit, Parallel: 2})
				if err != nil {
					t.Fatal(err)
				}
				// The xz file is larger than its content.
				good := limit == 0 || limit >= size && (limit >= int64(len(file)) || name == "m.ko.gz")
				bad := x.Report.Unreadable
				if good != slices.ContainsFunc(x.modules, func(m Module) bool { return m.Name == "m" }) {
					t.Errorf("%s of %d with %d, at most %d: %v", name, size, maxBytes, limit, bad)
				}
				if !good && (len(bad) == 0 || !errors.Is(bad[len(bad)-1].Err, modinfo.ErrTooLarge)) {
					t.Errorf("%s of %d with %d, at most %d: %v", name, size, maxBytes, limit, bad)
				}
			}
		}
	}
}

// TestWorkerGivesBack: whatever happens to a module, its memory is available for the next
// one.
func TestWorkerGivesBack(t *testing.T) {
	big := stating(strings.Repeat("x\x00", 10000))
	files := map[string][]byte{
		"good.ko": stating("alias=a\x00"), "junk.ko": []byte("junk"), "big.ko": big, "big.ko.gz": gzipped(t, big),
		"bad.ko.gz": gzipped(t, big)[:100], "junk.ko.gz": gzipped(t, []byte("junk")), "empty.ko": {},
	}
	s, err := newScanner(context.Background(), &Config{FS: treeOf(files), Release: modtest.Release, MaxBytes: 30000})
	if err != nil {
		t.Fatal(err)
	}
	defer s.tree.Close()
	r := &reading{ctx: s.ctx, cfg: s.cfg, files: s.tree, budget: newBudget(s.cfg.maxBytes())}
	w := &worker{reading: r, keep: 5000}
	w.table, w.purse.tree = &symbols{}, newAllowance(treeAllowance)
	for name := range files {
		_, _, err := w.readFile(s.dir + "/" + name)
		if good := name == "good.ko" || strings.HasPrefix(name, "big"); good != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		if r.budget.left != r.budget.all || w.share != 0 {
			t.Errorf("%s: %d of %d are left, the share is %d", name, r.budget.left, r.budget.all, w.share)
		}
		if int64(cap(w.packed)) > w.keep || int64(cap(w.image)) > w.keep {
			t.Errorf("%s: buffers of %d and %d bytes are kept", name, cap(w.packed), cap(w.image))
		}
	}
	w.keep = 1 << 30
	if _, _, err := w.readFile(s.dir + "/big.ko.gz"); err != nil || cap(w.packed) == 0 || cap(w.image) < len(big) {
		t.Errorf("buffers of %d and %d bytes are kept, %v", cap(w.packed), cap(w.image), err)
	}
}

// TestTake: each module is taken once, in order, a batch at a time.
func TestTake(t *testing.T) {
	for _, n := range []int{0, 1, batch - 1, batch, batch + 1, 3*batch + 2} {
		r := &reading{}
		for i := range n {
			r.pending = append(r.pending, 2*i)
		}
		var got []int
		for {
			share := r.take()
			if len(share) == 0 {
				break
			}
			if len(share) != min(batch, n-len(got)) {
				t.Errorf("%d of %d are taken at once", len(share), n)
			}
			got = append(got, share...)
		}
		if !slices.Equal(got, r.pending) {
			t.Errorf("taken are %v", got)
		}
	}
}

// TestTakeTogether: several workers take less at a time towards the end.
func TestTakeTogether(t *testing.T) {
	r := &reading{pending: make([]int, 100), workers: 2}
	var got []int
	for share := r.take(); len(share) > 0; share = r.take() {
		got = append(got, len(share))
	}
	want := []int{8, 8, 8, 8, 8, 8, 7, 6, 5, 5, 4, 4, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1}
	if !slices.Equal(got, want) {
		t.Errorf("taken at once are %v", got)
	}
}

// TestProgress: the number of finished modules grows to the total, those from the cache
// first.
func TestProgress(t *testing.T) {
	for n, want := range map[int][]string{
		1: {"1/1"}, 8: {"8/8"}, 9: {"8/9", "9/9"}, 20: {"8/20", "16/20", "20/20"},
	} {
		cfg := cachedTree(t, n)
		var seen []string
		cfg.Parallel = 1
		cfg.Progress = func(done, total int) { seen = append(seen, fmt.Sprint(done, "/", total)) }
		scanLater(t, cfg)
		if !slices.Equal(seen, want) {
			t.Errorf("%q, not %q", seen, want)
		}
		seen = nil
		scanLater(t, cfg)
		if !slices.Equal(seen, want[len(want)-1:]) {
			t.Errorf("from the cache: %q", seen)
		}
	}
}

// TestDefaults: the meaning of a configuration's zero values.
func TestDefaults(t *testing.T) {
	zero := &Config{}
	if zero.parallel() < 1 || zero.maxBytes() != 64<<20 || zero.maxModuleSize() != modinfo.DefaultMaxSize {
		t.Errorf("%d, %d, %d", zero.parallel(), zero.maxBytes(), zero.maxModuleSize())
	}
	set := &Config{Parallel: 1, MaxBytes: 1, MaxModuleSize: 1}
	if set.parallel() != 1 || set.maxBytes() != 1 || set.maxModuleSize() != 1 {
		t.Errorf("%d, %d, %d", set.parallel(), set.maxBytes(), set.maxModuleSize())
	}
	below := &Config{Parallel: -1, MaxBytes: -1}
	if below.parallel() < 1 || below.maxBytes() != 64<<20 {
		t.Errorf("%d, %d", below.parallel(), below.maxBytes())
	}
}
