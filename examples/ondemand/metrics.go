package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gokmod/gokmod/kmod/hotplug"
)

// metrics are the daemon's metrics. They are safe for concurrent use, except for write.
type metrics struct {
	file string // "" for none

	mu             sync.Mutex
	loads          uint64             // modules loaded
	loaded         map[string]float64 // how many seconds each took, the last time
	broken, denied map[string]float64 // how often each failed, and policy kept it out
}

func newMetrics(file string) *metrics {
	return &metrics{file: file, loaded: map[string]float64{}, broken: map[string]float64{}, denied: map[string]float64{}}
}

// load counts a module that was loaded.
func (m *metrics) load(module string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loads++
	m.loaded[label(module)] = took.Seconds()
}

// count counts for a module in one of the maps.
func (m *metrics) count(numbers map[string]float64, module string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	numbers[label(module)]++
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// label is the label of a module's numbers.
func label(module string) string { return `{module="` + escapes.Replace(module) + `"}` }

// text are the numbers in the text format of Prometheus.
func (m *metrics) text(s hotplug.Stats) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	one := func(n uint64) map[string]float64 { return map[string]float64{"": float64(n)} }
	var b strings.Builder
	for _, f := range []struct {
		name, kind, help string
		numbers          map[string]float64 // by label
	}{
		{"modules_loaded_total", "counter", "Modules that were loaded.", one(m.loads)},
		{"module_load_seconds", "gauge", "How long the last load of a module took.", m.loaded},
		{"module_failures_total", "counter", "How often a module could not be loaded.", m.broken},
		{"module_denied_total", "counter", "How often policy kept a module out.", m.denied},
		{"resyncs_total", "counter", "How often all devices were served.", one(s.Resyncs)},
		{"batches_total", "counter", "How often the devices of some events were served.", one(s.Batches)},
		{"events_total", "counter", "Events of the kernel.", one(s.Received.Events)},
		{"events_foreign_total", "counter", "Messages that did not come from the kernel.", one(s.Received.Foreign)},
		{"events_malformed_total", "counter", "Messages of the kernel that were not understood.", one(s.Received.Malformed)},
		{"event_gaps_total", "counter", "How often events were lost.", one(s.Received.Gaps)},
	} {
		if len(f.numbers) > 0 {
			fmt.Fprintf(&b, "# HELP ondemand_%s %s\n# TYPE ondemand_%s %s\n", f.name, f.help, f.name, f.kind)
		}
		for _, label := range slices.Sorted(maps.Keys(f.numbers)) {
			fmt.Fprintf(&b, "ondemand_%s%s %g\n", f.name, label, f.numbers[label])
		}
	}
	return b.String()
}

// write replaces the file, so that readers see the whole old or new one. Only a regular
// file is replaced, not a device.
func (m *metrics) write(s hotplug.Stats) error {
	if m.file == "" {
		return nil
	}
	if info, err := os.Lstat(m.file); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("replace %s: not a regular file", m.file)
	}
	f, err := os.CreateTemp(filepath.Dir(m.file), ".ondemand.*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // if it is still there
	_, err = f.WriteString(m.text(s))
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err == nil {
		err = os.Rename(f.Name(), m.file)
	}
	return err
}
