//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// The guest has kmod's program and ours in directories of their own.
const (
	theirsInGuest = "/theirs/modprobe"
	oursInGuest   = "/ours/modprobe"
)

func TestMain(m *testing.M) { vm.Main(m) }

// TestVM runs TestGuestTools and TestGuestOwnName inside real kernels.
func TestVM(t *testing.T) {
	reference, err := filepath.EvalSymlinks(kmodref.Tool(t, "modprobe"))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range vm.Kernels(t, kernels.OldToNew()...) {
		t.Run(k.Release, func(t *testing.T) {
			modules, err := k.Having("xfs", "crc32c_generic", "loop", "dummy", "bonding", "nls_utf8", "nls_cp437", "nls_ascii",
				"vcan", "can_raw", "can_bcm", "can_gw", "sr_mod")
			if err != nil {
				t.Fatal(err)
			}
			vm.RunGuestTests(t, k, &vm.Config{
				Args:    []string{"-test.run=^TestGuest(Tools|OwnName)$"},
				Timeout: 6 * time.Minute,
				Modules: modules,
				Files: []vm.File{
					{Guest: theirsInGuest, Host: reference, Mode: 0o755},
					{Guest: oursInGuest, Host: build(t), Mode: 0o755},
					{Guest: "/bin/sh", Host: "/bin/sh"},
					{Guest: "/etc/modprobe.d/a.conf", Data: []byte(guestConfig)},
				},
			})
		})
	}
}

// TestGuestTools runs the scenario with kmod's tools and with ours: their output
// and their effect on the kernel must be the same.
func TestGuestTools(t *testing.T) {
	vm.RequireGuest(t)
	db, err := kmod.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var script [][]string
	for _, line := range strings.Split(strings.TrimSpace(scenario), "\n") {
		argv := strings.Fields(line)
		for i, arg := range argv {
			if name, ok := strings.CutPrefix(arg, "PATH/"); ok {
				m, err := db.Module(name)
				if err != nil {
					t.Fatal(err)
				}
				argv[i] = m.Path
			}
		}
		script = append(script, argv)
	}
	theirs, ours := transcript(t, script, theirsInGuest), transcript(t, script, oursInGuest)
	for i := range theirs {
		if script[i][0] != "~" && theirs[i] != ours[i] {
			t.Errorf("kmod:\n%s\nours:\n%s", theirs[i], ours[i])
		}
	}
}

// transcript runs the commands with a program and returns the output of each.
func transcript(t *testing.T, script [][]string, program string) []string {
	var said []string
	var u user
	for _, argv := range script {
		text := ""
		switch argv[0] {
		case "hold":
			u.hold(t)
		case "release":
			u.release(t, argv[1])
		case "~":
			runIn(program, argv[1:])
		default:
			text = runIn(program, argv)
		}
		said = append(said, "$ "+strings.Join(argv, " ")+"\n"+text)
	}
	return said
}

// runIn runs a tool, which also serves the commands that it runs itself.
func runIn(program string, argv []string) string {
	var out, errs bytes.Buffer
	var settings []string // before the command, as in a shell
	for strings.Contains(argv[0], "=") {
		settings, argv = append(settings, argv[0]), argv[1:]
	}
	cmd := exec.Command(program)
	cmd.Args, cmd.Stdout, cmd.Stderr = argv, &out, &errs
	cmd.Env = append(settings, "PATH="+filepath.Dir(program)+":/bin")
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		return err.Error()
	}
	output := out.String()
	if argv[0] == "lsmod" {
		lines := strings.SplitAfter(output, "\n")
		slices.Sort(lines) // the order of inserts side by side is not always the same
		output = strings.Join(lines, "")
	}
	messages := libraryMessage.ReplaceAllString(errs.String(), "modprobe: ERROR: ")
	return fmt.Sprintf("%s%s= %d\n", output, messages, cmd.ProcessState.ExitCode())
}

// libraryMessage begins a message of kmod's library, which includes its place
// in the source.
var libraryMessage = regexp.MustCompile(`(?m)^modprobe: ERROR: \S+:\d+ \w+\(\) `)

// user is a process that uses the module can_raw, by a socket.
type user struct{ socket int }

func (u *user) hold(t *testing.T) {
	const canRaw = 1
	var err error
	if u.socket, err = syscall.Socket(syscall.AF_CAN, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, canRaw); err != nil {
		t.Error(err)
	}
}

// release ends the use after some milliseconds.
func (u *user) release(t *testing.T, ms string) {
	wait, err := strconv.Atoi(ms)
	if err != nil {
		t.Fatal(err)
	}
	socket := u.socket
	time.AfterFunc(time.Duration(wait)*time.Millisecond, func() { syscall.Close(socket) })
}
