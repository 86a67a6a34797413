// Command hello is the classic first kernel module, from the source to its last
// word: it compiles hello.c, shows what the module says about itself, inserts
// it with a parameter, shows the kernel log, the parameter and the module's row
// among the loaded ones, and removes it. Packages kmod and modinfo do
// everything that concerns modules.
//
//	go run ./examples/hello          in a virtual machine (QEMU)
//	go run ./examples/hello -here    in the running kernel; needs root
//
// On Debian, Ubuntu and related distributions it installs what is missing with
// apt-get if it runs as root, and otherwise says what to install. The kernel of
// the virtual machine is kept in the user's cache directory. A second run needs
// neither root nor the network.
//
// The exit status is 0 when every step showed what it should.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

func main() { vm.Start(run) }

// run is the program, on the host and in the guest, where the same program
// plays the part that the host assigns to it.
func run() int {
	s, stderr := &screen{output(os.Stdout)}, output(os.Stderr)
	if vm.InGuest() {
		return inGuest(s)
	}
	flag.CommandLine.SetOutput(stderr)
	here := flag.Bool("here", false, "use the running kernel, not a virtual machine (needs root)")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(stderr, "hello takes no arguments, got %q\n", flag.Args())
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	start := time.Now()
	err := hello(ctx, s, thisMachine(), *here)
	if err != nil {
		fmt.Fprintf(stderr, "\nhello: %v\n", err)
		return 1
	}
	s.heading("Done after %s", seconds(time.Since(start)))
	return 0
}

// hello runs all steps, in the running kernel or in a virtual machine.
func hello(ctx context.Context, s *screen, m *machine, here bool) error {
	if here {
		return runHere(ctx, s, m)
	}
	return runInGuest(ctx, s, m)
}
