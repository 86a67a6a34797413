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
	config, root, metrics, listen string
	json, quiet, dryRun, once     bool
	level                         slog.Level
	grace, rescan                 time.Duration
	args                          []string
}

// flags makes the options.
func (s *settings) flags(w io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("ondemand", flag.ContinueOnError)
	flags.SetOutput(w)
	flags.StringVar(&s.config, "config", "", "the `file` with the policy (default "+defaultConfig+", if there is one)")
	flags.StringVar(&s.root, "root", "", "the `directory` with the machine's files, such as /host in a container")
	flags.StringVar(&s.metrics, "metrics", "", "write numbers for Prometheus to the `file`, after each change")
	flags.StringVar(&s.listen, "listen", "", "serve HTTP at the `address`, HOST:PORT or unix:PATH: /metrics, /healthz, /readyz, /state")
	flags.BoolVar(&s.json, "json", false, "log in JSON")
	flags.BoolFunc("v", "log also what is not loaded, and why", func(string) error { s.level = slog.LevelDebug; return nil })
	flags.BoolVar(&s.quiet, "q", false, "as the kernel's helper: do not say what went wrong")
	flags.BoolVar(&s.dryRun, "n", false, "load nothing, and log what would be")
	flags.BoolVar(&s.once, "once", false, "end when the modules for the devices present are loaded")
	flags.DurationVar(&s.grace, "grace", 10*time.Second, "how long to wait for modules at the end")
	flags.DurationVar(&s.rescan, "rescan", 0, "serve all devices that often, even without an event (default 30s where no events "+
		"can come, else never; a negative `duration`: never)")
	return flags
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, w io.Writer) int {
	s := &settings{}
	flags := s.flags(w)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return success
	case err != nil:
		return usage
	case s.quiet && flags.NArg() == 0, s.listen != "" && (s.once || flags.NArg() > 0):
		flags.Usage() // -q takes a name, and only a daemon listens
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
	file := &policyFile{name: s.config}
	p, err := file.load()
	if err != nil {
		return err
	}
	d := newDaemon(s.log(w), s.metrics, p)
	if len(s.args) > 0 {
		loader, err := s.open(d)
		if err != nil {
			return err
		}
		defer loader.DB().Close()
		return help(ctx, loader, p, s.args, s.dryRun)
	}
	d.prepare(hotplug.Config{
		Grace: s.grace, Rescan: s.rescan, Patient: s.listen != "",
		Run:  kmod.RunOptions{DryRun: s.dryRun},
		Open: func() (*kmod.Loader, error) { return s.openForDevices(d) },
	})
	if s.once {
		if batch, err := d.engine.Once(ctx); batch == nil || batch.Result == nil {
			return err
		}
		return ctx.Err() // that some modules fail is not an error
	}
	return s.serve(ctx, d, file)
}

// serve runs the daemon until the context ends.
func (s *settings) serve(ctx context.Context, d *daemon, file *policyFile) error {
	if s.listen != "" {
		ln, err := listen(s.listen)
		if err != nil {
			return err
		}
		defer d.answer(ctx, ln)()
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, hangup)
	defer signal.Stop(hangups)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go d.watch(ctx, file, hangups)
	return d.engine.Run(ctx)
}

// openForDevices makes a loader. It is an error if there is nothing to load from.
func (s *settings) openForDevices(d *daemon) (*kmod.Loader, error) {
	loader, err := s.open(d)
	if err == nil {
		_, _, err = loader.DB().PlanAliases(nil)
	}
	return loader, err
}

// open makes a loader for the machine's modules. The kernel command line is that of the
// kernel that runs, which is not below another root.
func (s *settings) open(d *daemon) (*kmod.Loader, error) {
	kernel := hostKernel(s.root)
	cmdline, _ := kernelCmdline(kernel)
	db, err := kmod.Open(&kmod.Config{Root: s.root, Cmdline: cmdline, NoCmdline: cmdline == ""})
	if err != nil {
		return nil, err
	}
	cfg := d.loaderConfig(db)
	cfg.Kernel = kernel
	return kmod.NewLoader(db, cfg), nil
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
