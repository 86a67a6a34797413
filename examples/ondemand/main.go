package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/hotplug"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], output(os.Stderr)))
}

// The exit status: modprobe's, and another for mistakes in the command line.
const success, failure, usage = 0, 1, 2

// settings are the settings of the command line.
type settings struct {
	config, root, metrics     string
	json, quiet, dryRun, once bool
	level                     slog.Level
	grace                     time.Duration
	args                      []string
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, w io.Writer) int {
	s := &settings{}
	flags := flag.NewFlagSet("ondemand", flag.ContinueOnError)
	flags.SetOutput(w)
	flags.StringVar(&s.config, "config", "", "the `file` with the policy (default "+defaultConfig+", if there is one)")
	flags.StringVar(&s.root, "root", "", "the `directory` with the machine's files, such as /host in a container")
	flags.StringVar(&s.metrics, "metrics", "", "write numbers for Prometheus to the `file`, after each change")
	flags.BoolVar(&s.json, "json", false, "log in JSON")
	flags.BoolFunc("v", "log also what is not loaded, and why", func(string) error { s.level = slog.LevelDebug; return nil })
	flags.BoolVar(&s.quiet, "q", false, "as the kernel's helper: do not say what went wrong")
	flags.BoolVar(&s.dryRun, "n", false, "load nothing, and log what would be")
	flags.BoolVar(&s.once, "once", false, "end when the modules for the devices present are loaded")
	flags.DurationVar(&s.grace, "grace", 10*time.Second, "how long to wait for modules at the end")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return success
	case err != nil:
		return usage
	case s.quiet && flags.NArg() == 0:
		flags.Usage() // it takes a name
		return usage
	case s.quiet:
		w = io.Discard
	}
	s.args = flags.Args()
	if err := s.start(ctx, w); err != nil {
		fmt.Fprintln(w, "ondemand:", err)
		return failure
	}
	return success
}

// start opens what is needed and runs the requested part.
func (s *settings) start(ctx context.Context, w io.Writer) error {
	p, err := readPolicy(s.config)
	if err != nil {
		return err
	}
	d := &daemon{Logger: s.log(w), metrics: newMetrics(s.metrics)}
	d.policy.Store(p)
	if len(s.args) > 0 {
		loader, err := s.open(d)
		if err != nil {
			return err
		}
		defer loader.DB().Close()
		return help(ctx, loader, p, s.args, s.dryRun)
	}
	d.prepare(hotplug.Config{Grace: s.grace, Run: kmod.RunOptions{DryRun: s.dryRun}, Open: func() (*kmod.Loader, error) {
		loader, err := s.open(d)
		if err == nil {
			_, _, err = loader.DB().PlanAliases(nil) // an error if there is nothing to load from
		}
		return loader, err
	}})
	if s.once {
		if batch, err := d.engine.Once(ctx); batch == nil || batch.Result == nil {
			return err
		}
		return ctx.Err() // that some modules fail is not an error
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, hangup)
	defer signal.Stop(hangups)
	go func() {
		for range hangups {
			d.reload(readPolicy(s.config))
		}
	}()
	return d.engine.Run(ctx)
}

// open makes a loader for the machine's modules. The kernel command line is always this
// machine's: another root may have no /proc.
func (s *settings) open(d *daemon) (*kmod.Loader, error) {
	cmdline, _ := os.ReadFile("/proc/cmdline")
	db, err := kmod.Open(&kmod.Config{Root: s.root, Cmdline: string(cmdline), NoCmdline: len(cmdline) == 0})
	if err != nil {
		return nil, err
	}
	return kmod.NewLoader(db, d.loaderConfig(db)), nil
}

// log makes the log.
func (s *settings) log(w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: s.level}
	if s.json {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// hangup is SIGHUP, which package syscall does not have on every system.
const hangup = syscall.Signal(1)
