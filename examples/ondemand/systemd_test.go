package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// unit is what systemd reads: the unit, and a drop-in unless that is empty.
type unit struct{ text, dropin string }

// readUnit reads the unit, and a drop-in unless its name is empty.
func readUnit(t *testing.T, dropin string) (u unit) {
	t.Helper()
	for name, text := range map[string]*string{"ondemand.service": &u.text, dropin: &u.dropin} {
		if name == "" {
			continue
		}
		data, err := os.ReadFile(filepath.Join("systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		*text = string(data)
	}
	return u
}

// analyze runs a verb of systemd-analyze for the unit, which it takes to be installed
// together with its program. It returns what that prints.
func (u unit) analyze(t *testing.T, args ...string) (string, error) {
	t.Helper()
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		kmodref.Absent(t, "systemd-analyze is not installed")
	}
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "ondemand.service")
	write(t, file, strings.Replace(u.text, "ExecStart=/usr/sbin/ondemand", "ExecStart="+program, 1))
	if u.dropin != "" {
		write(t, filepath.Join(file+".d", "drop-in.conf"), u.dropin)
	}
	cmd := exec.Command(tool, append(args, file)...)
	cmd.Env = append(os.Environ(), "SYSTEMD_COLORS=0", "SYSTEMD_PAGER=", "SYSTEMD_UNIT_PATH="+dir+":")
	printed, err := cmd.CombinedOutput()
	return string(printed), err
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// exposures are the most that "systemd-analyze security" may make of the unit, alone and
// with each drop-in, in tenths: version 252 says 1.6, 2.4 and 2.1, version 257 0.2 less.
var exposures = map[string]string{"": "20", "listen.conf": "28", "kernel-log.conf": "23"}

// TestUnit: systemd understands every line of the unit and of its drop-ins, and takes the
// service for a confined one.
func TestUnit(t *testing.T) {
	for dropin, most := range exposures {
		t.Run("with "+dropin, func(t *testing.T) {
			u := readUnit(t, dropin)
			if printed, err := u.analyze(t, "verify", "--man=no"); err != nil || printed != "" {
				t.Errorf("verify: %v\n%s", err, printed)
			}
			printed, err := u.analyze(t, "security", "--offline=true", "--threshold="+most)
			if err != nil {
				t.Errorf("security: %v\n%s", err, printed)
			}
			t.Log(printed[max(0, strings.LastIndex(printed, "→")):])
		})
	}
}

// TestUnitChanged: the tools find what TestUnit is for.
func TestUnitChanged(t *testing.T) {
	u := readUnit(t, "")
	for _, change := range []struct{ from, to, verb, want string }{
		{"ProtectHome=", "ProtectHomes=", "verify", "ProtectHomes"},
		{"@basic-io", "@basic", "verify", "@basic"},
		{"CapabilityBoundingSet=CAP_SYS_MODULE\n", "", "security", "CAP_SYS_ADMIN"},
		{"SystemCallFilter=", "#", "security", "system call"},
		{"NoNewPrivileges=yes", "NoNewPrivileges=no", "security", "NoNewPrivileges"},
	} {
		t.Run(change.to, func(t *testing.T) {
			changed := unit{text: strings.ReplaceAll(u.text, change.from, change.to)}
			args := []string{change.verb, "--man=no"}
			if change.verb == "security" {
				args = []string{change.verb, "--offline=true", "--threshold=" + exposures[""]}
			}
			printed, err := changed.analyze(t, args...)
			if err == nil && printed == "" || !strings.Contains(printed, change.want) ||
				changed.text == u.text {
				t.Errorf("%v\n%s", err, printed)
			}
		})
	}
}

// setting returns the value of the last setting of a name in a unit or drop-in.
func setting(text, name string) (value string) {
	for line := range strings.Lines(text) {
		if v, found := strings.CutPrefix(strings.TrimSpace(line), name+"="); found {
			value = v
		}
	}
	return value
}

// TestUnitCapability: the service has the one capability that inserting takes.
func TestUnitCapability(t *testing.T) {
	u := readUnit(t, "")
	if set := setting(u.text, "CapabilityBoundingSet"); set != "CAP_SYS_MODULE" {
		t.Errorf("its capabilities are %q", set)
	}
	if listening := readUnit(t, "listen.conf"); strings.Contains(listening.dropin, "Capabilit") {
		t.Error("it takes more to listen")
	}
}

// TestUnitEnd: the program has the time at its end that it counts on.
func TestUnitEnd(t *testing.T) {
	u := readUnit(t, "")
	var help bytes.Buffer
	run(context.Background(), []string{"-h"}, &help)
	_, grace, _ := strings.Cut(help.String(), "at the end (default ")
	grace, _, _ = strings.Cut(grace, ")")
	patience, err := time.ParseDuration(grace)
	if err != nil {
		t.Fatal(err)
	}
	stop, err := time.ParseDuration(setting(u.text, "TimeoutStopSec") + "s")
	if err != nil || stop <= patience {
		t.Errorf("TimeoutStopSec=%v, -grace=%v: %v", stop, patience, err)
	}
}

// TestUnitOptions: the program takes the options of the drop-in.
func TestUnitOptions(t *testing.T) {
	listening := readUnit(t, "listen.conf")
	options := strings.TrimPrefix(setting(listening.dropin, "Environment"), "OPTIONS=")
	args := append(strings.Fields(options), "-h")
	if status := run(context.Background(), args, io.Discard); status != success || len(args) == 1 {
		t.Errorf("the options %q: status %d", options, status)
	}
}
