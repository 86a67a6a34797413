package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/uevent"
)

func TestMetricsText(t *testing.T) {
	m := newMetrics("")
	m.loads = 2
	m.loaded[label("nvme")], m.loaded[label("nvme_core")] = 0.0015, 2
	m.broken[label("i915")] = 1
	m.denied[label("odd\"\\\n")] = 4
	stats := hotplug.Stats{
		Resyncs: 1, Batches: 3,
		Received: uevent.Stats{Events: 1000000, Foreign: 20, Malformed: 30, Gaps: 40},
	}
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
ondemand_events_total 1e+06
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
	if got := m.text(stats); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMetricsWrite(t *testing.T) {
	dir := t.TempDir()
	m := newMetrics(filepath.Join(dir, "ondemand.prom"))
	for i := range uint64(2) {
		m.loads = i
		if err := m.write(hotplug.Stats{}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(m.file)
	if err != nil || string(got) != m.text(hotplug.Stats{}) || !strings.Contains(string(got), "loaded_total 1\n") {
		t.Errorf("file %q, %v", got, err)
	}
	if info, err := os.Stat(m.file); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("files left: %v, %v", entries, err)
	}
	if err := newMetrics("").write(hotplug.Stats{}); err != nil {
		t.Errorf("without a file: %v", err)
	}
	if err := newMetrics(filepath.Join(dir, "none/x")).write(hotplug.Stats{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into a directory that does not exist: %v", err)
	}
	if err := newMetrics(dir).write(hotplug.Stats{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("onto a directory: %v", err)
	}
}
