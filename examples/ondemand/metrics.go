package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gokmod/gokmod/kmod/uevent"
)

// metrics are the daemon's metrics. They are safe for concurrent use.
type metrics struct {
	file    string     // "" for none
	writing sync.Mutex // held from text to rename, so that the newest numbers win

	mu       sync.Mutex
	loaded   map[string]time.Duration // how long each module took, the last time
	failed   map[string]int           // how often each module failed
	denied   map[string]int           // how often policy kept each module out
	loads    int                      // modules loaded
	resyncs  int                      // how often all devices were served
	batches  int                      // how often the devices of some events were served
	received uevent.Stats
}

func newMetrics(file string) *metrics {
	return &metrics{file: file, loaded: map[string]time.Duration{}, failed: map[string]int{}, denied: map[string]int{}}
}

// change lets f change the numbers.
func (m *metrics) change(f func(*metrics)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m)
}

// text are the numbers in the text format of Prometheus.
func (m *metrics) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	counter(&b, "ondemand_modules_loaded_total", "Modules that were loaded.", m.loads)
	family(&b, "ondemand_module_load_seconds", "gauge", "How long the last load of a module took.", m.loaded, time.Duration.Seconds)
	family(&b, "ondemand_module_failures_total", "counter", "How often a module could not be loaded.", m.failed, float)
	family(&b, "ondemand_module_denied_total", "counter", "How often policy kept a module out.", m.denied, float)
	counter(&b, "ondemand_resyncs_total", "How often all devices were served.", m.resyncs)
	counter(&b, "ondemand_batches_total", "How often the devices of some events were served.", m.batches)
	counter(&b, "ondemand_events_total", "Events of the kernel.", m.received.Events)
	counter(&b, "ondemand_events_foreign_total", "Messages that did not come from the kernel.", m.received.Foreign)
	counter(&b, "ondemand_events_malformed_total", "Messages of the kernel that were not understood.", m.received.Malformed)
	counter(&b, "ondemand_event_gaps_total", "How often events were lost.", m.received.Gaps)
	return b.String()
}

func float(n int) float64 { return float64(n) }

func counter[N int | uint64](b *strings.Builder, name, help string, n N) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s counter\n%s %d\n", name, help, name, name, n)
}

// family writes a number for each module.
func family[N cmp.Ordered](b *strings.Builder, name, kind, help string, numbers map[string]N, value func(N) float64) {
	if len(numbers) == 0 {
		return
	}
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
	for _, module := range slices.Sorted(maps.Keys(numbers)) {
		fmt.Fprintf(b, "%s{module=\"%s\"} %g\n", name, labelEscapes.Replace(module), value(numbers[module]))
	}
}

// labelEscapes escapes the value of a label.
var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// write replaces the file, so that readers see the whole old or new one.
func (m *metrics) write() error {
	if m.file == "" {
		return nil
	}
	m.writing.Lock()
	defer m.writing.Unlock()
	return replace(m.file, func(f *os.File) error {
		_, err := f.WriteString(m.text())
		return err
	})
}
