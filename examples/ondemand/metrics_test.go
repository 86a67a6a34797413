package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokmod/gokmod/kmod/uevent"
)

func TestMetricsText(t *testing.T) {
	m := newMetrics("")
	m.change(func(m *metrics) {
		m.loads, m.resyncs, m.batches = 2, 1, 3
		m.loaded["nvme"], m.loaded["nvme_core"] = 1500*time.Microsecond, 2*time.Second
		m.failed["i915"] = 1
		m.denied["odd\"\\\n"] = 4
		m.received = uevent.Stats{Events: 10, Foreign: 20, Malformed: 30, Gaps: 40}
	})
	want := `# HELP ondemand_modules_loaded_total Modules that were loaded.
# TYPE ondemand_modules_loaded_total counter
ondemand_modules_loaded_total 2
# HELP ondemand_module_load_seconds How long the last load of a module took.
# TYPE ondemand_module_load_seconds gauge
ondemand_module_load_seconds{module="nvme"} 0.0015
ondemand_module_load_seconds{module="nvme_core"} 2
# HELP ondemand_module_failures_total How often a module could not be loaded.
# TYPE ondemand_module_failures_total counter
ondemand_module_failures_total{module="i915"} 1
# HELP ondemand_module_denied_total How often policy kept a module out.
# TYPE ondemand_module_denied_total counter
ondemand_module_denied_total{module="odd\"\\\n"} 4
# HELP ondemand_resyncs_total How often all devices were served.
# TYPE ondemand_resyncs_total counter
ondemand_resyncs_total 1
# HELP ondemand_batches_total How often the devices of some events were served.
# TYPE ondemand_batches_total counter
ondemand_batches_total 3
# HELP ondemand_events_total Events of the kernel.
# TYPE ondemand_events_total counter
ondemand_events_total 10
# HELP ondemand_events_foreign_total Messages that did not come from the kernel.
# TYPE ondemand_events_foreign_total counter
ondemand_events_foreign_total 20
# HELP ondemand_events_malformed_total Messages of the kernel that were not understood.
# TYPE ondemand_events_malformed_total counter
ondemand_events_malformed_total 30
# HELP ondemand_event_gaps_total How often events were lost.
# TYPE ondemand_event_gaps_total counter
ondemand_event_gaps_total 40
`
	if got := m.text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMetricsWrite(t *testing.T) {
	dir := t.TempDir()
	m := newMetrics(filepath.Join(dir, "ondemand.prom"))
	for i := range 2 {
		m.change(func(m *metrics) { m.loads = i })
		if err := m.write(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(m.file)
	if err != nil || string(got) != m.text() || !strings.Contains(string(got), "loaded_total 1\n") {
		t.Errorf("file %q, %v", got, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("files left: %v, %v", entries, err)
	}
	if err := newMetrics("").write(); err != nil {
		t.Errorf("without a file: %v", err)
	}
	if err := newMetrics(filepath.Join(dir, "none/x")).write(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into a directory that does not exist: %v", err)
	}
}

// TestMetricsPlace: a link to the file stays, and only a regular file is
// replaced, not a directory or a device.
func TestMetricsPlace(t *testing.T) {
	dir := t.TempDir()
	for name, to := range map[string]string{"link": "file", "directory": "."} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := newMetrics(filepath.Join(dir, "link")).write(); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || len(got) == 0 {
		t.Errorf("behind the link: %q, %v", got, err)
	}
	if err := newMetrics(filepath.Join(dir, "directory")).write(); !errors.Is(err, errNotRegular) {
		t.Errorf("onto a directory: %v", err)
	}
	for _, name := range []string{"link", "directory"} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is %v, %v", name, info, err)
		}
	}
}

// TestMetricsWriteTogether: the file has the numbers of the last change, however
// many writers there are.
func TestMetricsWriteTogether(t *testing.T) {
	m := newMetrics(filepath.Join(t.TempDir(), "ondemand.prom"))
	for range 50 {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				m.change(func(m *metrics) { m.loads++ })
				if err := m.write(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got, err := os.ReadFile(m.file); err != nil || string(got) != m.text() {
			t.Fatalf("an old file, %v, of %d loads", err, m.loads)
		}
	}
}
