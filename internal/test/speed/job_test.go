package main

import (
	"errors"
	"os"
	"testing"
)

func TestReadReport(t *testing.T) {
	r, err := readReport([]byte("a warning\n\n" + jobMark + `{"values":{"time":[1,2]},"peak":3}` + "\nmore\n"))
	if err != nil || len(r.Values[loadTime]) != 2 || r.Peak != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := readReport([]byte("panic\n")); !errors.Is(err, errNoReport) {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestJobs runs those jobs that need neither peers nor a real kernel.
func TestJobs(t *testing.T) {
	root, machine := t.TempDir(), t.TempDir()
	const modules, devices = 40, 30
	if _, err := writeTree(&treeParams{Root: root, Modules: modules}); err != nil {
		t.Fatal(err)
	}
	err := writeDevices(machine, devices, func(i int) string { return deviceAlias(i, modules) })
	if err != nil {
		t.Fatal(err)
	}
	for what := range works {
		params := &growParams{treeParams{Root: root, Modules: modules}, what, machine, devices, false}
		if r, err := grow(params); err != nil || r.Values[loadTime][0] <= 0 {
			t.Errorf("%s: %+v, %v", what, r, err)
		}
	}
	r, err := present(&presentParams{Dir: machine, Devices: devices, Rounds: 2})
	if err != nil || len(r.Values[ourName]) != 2 {
		t.Errorf("present: %+v, %v", r, err)
	}
	if r, err := present(&presentParams{Dir: machine, Devices: 1, Rounds: 1}); err == nil {
		t.Errorf("present with other devices: %+v", r)
	}
}

func TestRunJob(t *testing.T) {
	for name, params := range map[string]string{
		"nonsense": "{}", "tree": "[", "present": `{"dir":"/nonexistent","rounds":1}`,
	} {
		if status := runJob(name, params); status == 0 {
			t.Errorf("%s %s succeeds", name, params)
		}
	}
	if status := runJob("tree", `{"root":"`+t.TempDir()+`","modules":1}`); status != 0 {
		t.Errorf("a good job ends with %d", status)
	}
}

func TestPeaks(t *testing.T) {
	own := ownPeak()
	if _, err := os.Stat("/proc/self/status"); err == nil && own < 1<<20 {
		t.Errorf("this process had %v bytes", own)
	}
}
