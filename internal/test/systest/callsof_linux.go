//go:build amd64 || arm64

package systest

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func callsOf(tb testing.TB, c Command) (calls []map[string]int) {
	tb.Helper()
	runtime.LockOSThread() // which is the tracer
	defer runtime.UnlockOSThread()
	output, err := os.Create(filepath.Join(tb.TempDir(), "output"))
	if err != nil {
		tb.Fatal(err)
	}
	defer output.Close()
	program, err := os.StartProcess(c.Path, append([]string{c.Path}, c.Args...), &os.ProcAttr{
		// Preemption's signals interrupt calls, and what runs after a collection wakes the poller.
		Dir: c.Dir, Env: append(slices.Clone(c.Env), "GODEBUG=asyncpreemptoff=1", "GOGC=off"),
		Files: []*os.File{nil, output, output}, Sys: &syscall.SysProcAttr{Ptrace: true},
	})
	if err != nil {
		unavailable(tb, "no program can be traced: "+err.Error())
	}
	t := tracer{main: program.Pid, entered: map[int]*entry{}, mapped: map[int64]bool{}}
	defer func() { _ = program.Release() }()
	exit, err := t.trace()
	if err == unix.EIO || err == unix.EINVAL {
		_ = program.Kill()
		unavailable(tb, "the kernel does not describe system calls")
	}
	if text, _ := os.ReadFile(output.Name()); err != nil || exit != 0 {
		tb.Fatalf("the program ended with %d, %v:\n%s", exit, err, text)
	}
	return t.calls
}

// tracer follows the threads of a program from call to call, ptrace(2).
type tracer struct {
	main     int
	entered  map[int]*entry // what each thread has called, nil between calls
	calls    []map[string]int
	mapped   map[int64]bool // addresses of files in memory
	counting bool
}

// entry is a call that has not returned yet.
type entry struct {
	name string
	in   map[string]int // where it was counted, nil for nowhere
}

// trace lets the program run to its end.
func (t *tracer) trace() (exit int, err error) {
	var status unix.WaitStatus
	if _, err := unix.Wait4(t.main, &status, unix.WALL, nil); err != nil {
		return 0, err
	}
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL
	if err := unix.PtraceSetOptions(t.main, options); err != nil {
		return 0, err
	}
	t.entered[t.main] = nil
	tid := t.main
	for signal := 0; ; {
		// A thread may have been killed meanwhile.
		if err := unix.PtraceSyscall(tid, signal); err != nil && err != unix.ESRCH {
			return 0, err
		}
		if tid, signal, exit, err = t.next(); tid == 0 {
			return exit, err
		}
	}
}

// next waits until a thread stops, and returns it with the signal that it is to get; 0
// when the program has ended.
func (t *tracer) next() (tid, signal, exit int, err error) {
	for {
		var status unix.WaitStatus
		tid, err = unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, 0, 0, err
		case !status.Stopped():
			delete(t.entered, tid)
			if tid == t.main {
				return 0, 0, status.ExitStatus(), nil
			}
			continue
		}
		last, known := t.entered[tid]
		switch signal := status.StopSignal(); {
		case signal == unix.SIGTRAP|0x80:
			t.entered[tid], err = t.stop(tid, last)
			if err == unix.ESRCH {
				continue
			}
			return tid, 0, 0, err
		case status.TrapCause() > 0:
			return tid, 0, 0, nil
		case !known: // a new thread stops once
			t.entered[tid] = nil
			return tid, 0, 0, nil
		default:
			return tid, int(signal), 0, nil
		}
	}
}

// struct ptrace_syscall_info of ptrace(2): what stopped the thread in the first byte; from
// byte 24 on, the number of the call and its arguments, or what it has returned.
const (
	ptraceGetSyscallInfo = 0x420e
	syscallInfoSize      = 88
	infoEntry, infoExit  = 1, 2
	infoData             = 24
)

// The first and the last of the answers that make the kernel call again, which no program sees.
const firstRestart, lastRestart = -516, -512

// stop notes that a thread calls, or that its call has returned.
func (t *tracer) stop(tid int, last *entry) (*entry, error) {
	var info [syscallInfoSize]byte
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, ptraceGetSyscallInfo, uintptr(tid), syscallInfoSize,
		uintptr(unsafe.Pointer(&info[0])), 0, 0)
	if errno != 0 {
		return nil, errno
	}
	word := func(i int) int64 { return int64(binary.NativeEndian.Uint64(info[infoData+8*i:])) }
	switch info[0] {
	case infoEntry:
		return t.enter(word(0), [2]int64{word(1), word(5)}), nil
	case infoExit:
		if last != nil && last.in != nil {
			t.leave(last, word(0))
		}
	}
	return nil, nil
}

// enter notes a call, by its number and its first and fifth argument.
func (t *tracer) enter(number int64, args [2]int64) *entry {
	switch {
	case number == unix.SYS_GETPGID && int32(args[0]) == markBegin:
		t.calls, t.counting = append(t.calls, map[string]int{}), true
	case number == unix.SYS_GETPGID && int32(args[0]) == markEnd:
		t.counting = false
	case number == unix.SYS_MUNMAP && !t.mapped[args[0]]: // memory of the runtime
	case t.counting && !ofRuntime(number, int32(args[1])):
		e := &entry{nameOfCall(number), t.calls[len(t.calls)-1]}
		e.in[e.name]++
		return e
	}
	return &entry{}
}

// leave notes the result of a call that was counted.
func (t *tracer) leave(e *entry, result int64) {
	switch {
	case firstRestart <= result && result <= lastRestart:
		e.in[e.name]--
	case e.name == "mmap":
		t.mapped[result] = true
	}
}
