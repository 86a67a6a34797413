package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/terminal"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// world is the environment of a tool under test.
type world struct {
	kernel *kmodtest.Kernel
	dir    string
	root   string // of the machine's own modules, "" for those of this one
	env    map[string]string
	ran    []string // command lines
	shell  func(line string, env []string) error

	program string // the path of kmod

	together bool                               // stderr goes where stdout goes
	terminal bool                               // stderr is a terminal
	wrap     func(*kmodtest.Kernel) live.Kernel // nil for the kernel as it is
}

// rivalKernel is a kernel into which another process inserts every module a
// moment earlier.
type rivalKernel struct{ *kmodtest.Kernel }

func (k rivalKernel) FinitModule(file *os.File, params string, flags live.InsertFlags) error {
	if err := k.Kernel.FinitModule(file, params, flags); err != nil {
		return err
	}
	return k.Kernel.FinitModule(file, params, flags)
}

func (k rivalKernel) InitModule(image []byte, params string) error {
	if err := k.Kernel.InitModule(image, params); err != nil {
		return err
	}
	return k.Kernel.InitModule(image, params)
}

func newWorld() *world {
	return &world{kernel: kmodtest.New(modtest.GoldenRelease), dir: "/nonexistent"}
}

// answer is the result of a call.
type answer struct {
	stdout, stderr string
	status         int
}

// run calls a tool inside this process.
func (w *world) run(argv ...string) answer {
	var stdout, stderr bytes.Buffer
	errors := &stderr
	if w.together {
		errors = &stdout
	}
	var messages io.Writer = errors
	if w.terminal {
		messages = terminal.NewWriter(errors)
	}
	c := &command{
		argv:   argv,
		stdout: bufio.NewWriterSize(&stdout, 4<<10),
		stderr: messages,
		dir:    w.dir,
		config: kmod.Config{Root: w.root, ConfigRoot: "/", ConfigDirs: []string{"/nonexistent"}, NoCmdline: true},
		getenv: func(name string) string { return w.env[name] },
		kernel: w.kernel, program: w.program,
		shell: func(line string, env []string) error {
			w.ran = append(w.ran, line)
			if w.shell == nil {
				return nil
			}
			return w.shell(line, env)
		},
	}
	if w.wrap != nil {
		c.kernel = w.wrap(w.kernel)
	}
	status := c.run()
	return answer{stdout.String(), stderr.String(), status}
}

// check compares an answer with the wanted one.
func (got answer) check(t *testing.T, want answer) {
	t.Helper()
	if got.stdout != want.stdout {
		t.Errorf("stdout:\n%s\nwant:\n%s", got.stdout, want.stdout)
	}
	if got.stderr != want.stderr {
		t.Errorf("stderr:\n%s\nwant:\n%s", got.stderr, want.stderr)
	}
	if got.status != want.status {
		t.Errorf("status %d, want %d", got.status, want.status)
	}
}

// toolCase is a call with the wanted answer.
type toolCase struct {
	command string // split as MODPROBE_OPTIONS is
	want    answer
}

func runCases(t *testing.T, w *world, cases []toolCase) {
	t.Helper()
	for _, test := range cases {
		t.Run(test.command, func(t *testing.T) {
			w.run(splitQuoted(test.command)...).check(t, test.want)
		})
	}
}

func TestMulticall(t *testing.T) {
	usage := newWorld().run("kmod", "-h").stdout
	runCases(t, newWorld(), []toolCase{
		{"kmod", answer{usage, "missing command\n", 1}},
		{"/sbin/kmod -h", answer{usage, "", 0}},
		{"kmod --vers", answer{version, "", 0}},
		{"kmod -Z", answer{"", "kmod: invalid option -- 'Z'\n", 1}},
		{"kmod foo", answer{usage, "invalid command 'foo'\n", 1}},
		{"kmod -- foo -V", answer{usage, "invalid command 'foo'\n", 1}},
		{"kmod help", answer{usage, "", 0}},
		{"kmod help --foo", answer{usage, "", 0}},
		{"kmod -- list", answer{"Module                  Size  Used by\n", "", 0}},
		{"kmod list x", answer{"", "kmod: ERROR: too many arguments provided.\n", 1}},
		{"kmod lsmod x", answer{"", "lsmod: ERROR: too many arguments provided.\n", 1}},
		{"other list x", answer{"", "other: ERROR: too many arguments provided.\n", 1}},
		{"kmod list", answer{"Module                  Size  Used by\n", "", 0}},
		{"kmod modinfo --foo", answer{"", "modinfo: unrecognized option '--foo'\n", 1}},
		{"kmod rmmod", answer{"", "rmmod: ERROR: missing module name.\n", 1}},
		{"/usr/sbin/rmmod -Z", answer{"", "/usr/sbin/rmmod: invalid option -- 'Z'\n", 1}},
		{"/usr/sbin/rmmod", answer{"", "rmmod: ERROR: missing module name.\n", 1}},
	})
}

// TestHelp: the help has a line for each command but hidden ones, which all can be called.
func TestHelp(t *testing.T) {
	help := newWorld().run("/x/kmod", "--help").stdout
	if strings.Contains(help, "NAME") || !strings.Contains(help, "\n\tkmod [options] command") {
		t.Errorf("the help is\n%s", help)
	}
	for _, s := range subcommands() {
		if s.kind == hidden {
			if strings.Contains(help, "  "+s.name+" ") {
				t.Errorf("the help lists %s", s.name)
			}
			continue
		}
		line := "\n  " + s.name + strings.Repeat(" ", 13-len(s.name)) + s.does + "\n"
		if strings.Count(help, line) != 1 || s.does == "" {
			t.Errorf("there is no line for %s", s.name)
		}
		got := newWorld().run("kmod", s.name, "--help")
		if got.status != 0 || !strings.Contains(got.stdout, "Usage:\n\t") || s.kind == addition && !strings.Contains(got.stdout, "\tkmod "+s.name+" ") {
			t.Errorf("kmod %s --help: %+v", s.name, got)
		}
	}
}

func TestNoArguments(t *testing.T) {
	if got := newWorld().run(); got.status != failure || got.stderr != "missing command\n" {
		t.Errorf("got %+v", got)
	}
}

func TestUsageOfEachTool(t *testing.T) {
	for _, name := range []string{"modprobe", "insmod", "rmmod", "modinfo"} {
		got := newWorld().run("/x/"+name, "-h")
		if got.status != 0 || got.stderr != "" || !strings.HasPrefix(got.stdout, "Usage:\n\t"+name+" [options]") {
			t.Errorf("%s -h: %+v", name, got)
		}
		newWorld().run(name, "-V", "--foo").check(t, answer{version, "", 0})
	}
}
