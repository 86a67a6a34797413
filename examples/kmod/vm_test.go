package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/vmtest"
	"github.com/gokmod/gokmod/kmod"
)

// referenceInGuest is where the guest has kmod's own program.
const referenceInGuest = "/usr/bin/kmod"

func TestMain(m *testing.M) { vmtest.Main(m) }

// TestVM runs TestGuestTools inside real kernels.
func TestVM(t *testing.T) {
	reference, err := filepath.EvalSymlinks(referenceTool(t, "modprobe"))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range vmtest.Kernels(t) {
		t.Run(k.Release, func(t *testing.T) {
			vmtest.RunGuestTests(t, k, &vmtest.Config{
				Modules: []string{"xfs", "crc32c_generic", "loop", "dummy", "bonding"},
				Files:   []vmtest.File{{Guest: referenceInGuest, Host: reference, Mode: 0o755}},
			})
		})
	}
}

// scenario is a list of commands that leaves the kernel as it was. PATH/NAME
// stands for the file of a module. Left out is rmmod of a built-in, of which
// kmod 30 says that unloading is not supported.
const scenario = `
lsmod
insmod PATH/dummy numdummies=2
lsmod
insmod PATH/dummy
rmmod dummy
rmmod dummy
insmod /tmp/absent.ko
insmod PATH/xfs
modprobe dummy numdummies=3
modprobe dummy
modprobe --first-time dummy
modprobe -v dummy
modprobe -r dummy
modprobe -r dummy
modprobe -r --first-time dummy
modprobe -v loop max_loop=5 max_part=2
modprobe -n -v loop
modprobe -R fs-xfs
modprobe crc32c_generic
modprobe xfs
lsmod
rmmod libcrc32c
rmmod xfs nosuch
modprobe xfs
modprobe -n -v -r xfs
modprobe -r -v xfs
modprobe -r loop
lsmod
modprobe nosuch
modprobe -q nosuch
modprobe -r nosuch
modprobe -a dummy loop nosuch
lsmod
rmmod -v dummy loop
modprobe -r crc32c_generic
modprobe -r kernel
lsmod
`

// TestGuestTools goes through the scenario with kmod's tools and with ours: what
// they say and how they leave the kernel has to be the same.
func TestGuestTools(t *testing.T) {
	vmtest.RequireGuest(t)
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
	theirs, ours := transcript(script, reference), transcript(script, inProcess)
	for i := range theirs {
		if theirs[i] != ours[i] {
			t.Errorf("kmod:\n%s\nours:\n%s", theirs[i], ours[i])
		}
	}
}

// transcript runs the commands and returns what each said.
func transcript(script [][]string, run func(argv []string) (stdout, stderr string, status int)) []string {
	var said []string
	for _, argv := range script {
		stdout, stderr, status := run(argv)
		said = append(said, fmt.Sprintf("$ %s\n%s%s= %d\n", strings.Join(argv, " "), stdout, stderr, status))
	}
	return said
}

func reference(argv []string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	cmd := exec.Command(referenceInGuest)
	cmd.Args, cmd.Stdout, cmd.Stderr = argv, &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		return "", err.Error(), -1
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func inProcess(argv []string) (stdout, stderr string, status int) {
	var out, errs bytes.Buffer
	c := &command{argv: argv, stdout: bufio.NewWriter(&out), stderr: &errs, getenv: os.Getenv,
		kernel: &kmod.Host{}, config: kmod.Config{ConfigRoot: "/"}, sleep: time.Sleep}
	status = c.run()
	return out.String(), errs.String(), status
}
