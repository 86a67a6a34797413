package systest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Container says how to run a program as container runtimes do: in mount and PID
// namespaces of its own, as process 1, with a read-only root that has nothing but the
// program, /proc, /sys and the mounts, and with one capability. It takes root.
type Container struct {
	Program string // a static binary
	Args    []string
	Mounts  []Mount

	// OwnNetwork makes a network namespace. Network is one to enter, such as
	// /proc/PID/ns/net; "" means that of the caller.
	OwnNetwork bool
	Network    string

	Capability uintptr // the one that the program has
}

// Mount is a directory or file of the machine's that the container sees.
type Mount struct {
	From, To string // absolute
	Writable bool
}

// CapSysModule is the capability to insert and remove modules.
const CapSysModule = unix.CAP_SYS_MODULE

// containerVariable makes a test binary set up a container and become its program. It
// holds a Container as JSON.
const containerVariable = "GOKMOD_SYSTEST_CONTAINER"

func init() {
	spec := os.Getenv(containerVariable)
	if spec == "" {
		return
	}
	runtime.LockOSThread() // capabilities are those of a thread, which exec keeps
	var c Container
	err := json.Unmarshal([]byte(spec), &c)
	if err == nil {
		err = c.enter()
	}
	fmt.Fprintln(os.Stderr, "systest: the container cannot be started:", err)
	os.Exit(125)
}

// Command returns the process that becomes the container's, through the test binary.
func (c *Container) Command() (*exec.Cmd, error) {
	spec, err := json.Marshal(c)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{containerVariable + "=" + string(spec)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID, Pdeathsig: unix.SIGKILL}
	if c.OwnNetwork {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWNET
	}
	return cmd, err
}

// enter makes this process the container's. It returns only if it cannot.
func (c *Container) enter() error {
	if c.Network != "" {
		if err := enterNetwork(c.Network); err != nil {
			return err
		}
	}
	for _, s := range c.steps() {
		if err := s.mount(); err != nil {
			return err
		}
	}
	if err := changeRoot(); err != nil {
		return err
	}
	if err := dropCapabilities(c.Capability); err != nil {
		return err
	}
	return syscall.Exec("/program", append([]string{filepath.Base(c.Program)}, c.Args...), nil)
}

func enterNetwork(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter %s: %w", path, err)
	}
	return nil
}

// The container's root, and a directory that is moved in front of the machine's, as the
// root of a virtual machine, an initramfs, cannot be pivoted from.
const (
	outerRoot = "/run/outer"
	innerRoot = "/run/outer/inner"
)

// steps are the mounts that make the root.
func (c *Container) steps() []step {
	steps := []step{
		{"", "/", "", unix.MS_REC | unix.MS_PRIVATE},
		{"tmpfs", outerRoot, "tmpfs", 0},
		{"tmpfs", innerRoot, "tmpfs", 0},
		{c.Program, innerRoot + "/program", "", unix.MS_BIND},
		{"proc", innerRoot + "/proc", "proc", unix.MS_RDONLY},
	}
	for _, m := range append([]Mount{{From: "/sys", To: "/sys"}}, c.Mounts...) {
		steps = append(steps, step{m.From, innerRoot + m.To, "", unix.MS_BIND})
		if !m.Writable {
			steps = append(steps, step{"", innerRoot + m.To, "", unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY})
		}
	}
	return append(steps, step{"", innerRoot, "", unix.MS_REMOUNT | unix.MS_RDONLY})
}

// changeRoot leaves nothing of the machine's root.
func changeRoot() error {
	for i, call := range []func() error{
		func() error { return os.Chdir(outerRoot) },
		func() error { return unix.Mount(".", "/", "", unix.MS_MOVE, "") },
		func() error { return unix.Chroot(".") },
		func() error { return os.Chdir("/" + filepath.Base(innerRoot)) },
		func() error { return unix.PivotRoot(".", ".") },
		func() error { return unix.Unmount(".", unix.MNT_DETACH) },
		func() error { return os.Chdir("/") },
	} {
		if err := call(); err != nil {
			return fmt.Errorf("step %d of the change of the root: %w", i+1, err)
		}
	}
	return nil
}

// step is a call of mount(2).
type step struct {
	from, to, kind string
	flags          uintptr
}

// mount mounts, at a place that it makes.
func (s *step) mount() error {
	err := os.MkdirAll(filepath.Dir(s.to), 0o755)
	if info, statErr := os.Stat(s.from); statErr == nil && !info.IsDir() {
		err = os.WriteFile(s.to, nil, 0o755)
	} else if err == nil {
		err = os.MkdirAll(s.to, 0o755)
	}
	if err == nil {
		err = unix.Mount(s.from, s.to, s.kind, s.flags, "")
	}
	if err != nil {
		return fmt.Errorf("mount %s at %s: %w", s.from, s.to, err)
	}
	return nil
}

// dropCapabilities leaves one capability to this thread and what it becomes.
func dropCapabilities(kept uintptr) error {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if c == kept {
			continue
		}
		// An older kernel does not know them all (EINVAL).
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && err != unix.EINVAL {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}
