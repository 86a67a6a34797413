package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/uevent"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], output(os.Stderr)))
}

// settings are the settings of the command line.
type settings struct {
	config, root, metrics string
	json                  bool
	verbose, quiet        bool
	dryRun, once          bool
	grace                 time.Duration
	args                  []string
}

// usage is the exit status for a command line with mistakes.
const usage = 2

// parse reads the command line.
func parse(args []string, w io.Writer) (*settings, error) {
	s := &settings{}
	flags := flag.NewFlagSet("ondemand", flag.ContinueOnError)
	flags.SetOutput(w)
	flags.Usage = func() {
		fmt.Fprintln(w, "Usage: ondemand [options]\n       ondemand [-q] [options] -- NAME\n\nLoads drivers as devices appear, or the modules of a name.")
		flags.PrintDefaults()
	}
	flags.StringVar(&s.config, "config", "", "the `file` with the policy (default "+defaultConfig+", if there is one)")
	flags.StringVar(&s.root, "root", "", "the `directory` with the machine's files")
	flags.StringVar(&s.metrics, "metrics", "", "write numbers for Prometheus to the `file`")
	flags.BoolVar(&s.verbose, "v", false, "log also what is not loaded, and why")
	flags.BoolVar(&s.quiet, "q", false, "as the kernel's helper: do not say what went wrong")
	flags.BoolVar(&s.dryRun, "n", false, "load nothing, and log what would be")
	flags.BoolVar(&s.once, "once", false, "end when the modules for the devices present are loaded")
	flags.DurationVar(&s.grace, "grace", 10*time.Second, "how long to wait for modules at the end")
	format := flags.String("log", "text", "text or json")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	s.json, s.args = *format == "json", flags.Args()
	if !s.json && *format != "text" {
		err := fmt.Errorf("there is no log format %q", *format)
		fmt.Fprintln(w, "ondemand:", err)
		return nil, err
	}
	if s.quiet && len(s.args) == 0 {
		err := errors.New("-q takes a name")
		fmt.Fprintln(w, "ondemand:", err)
		return nil, err
	}
	return s, nil
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, w io.Writer) int {
	s, err := parse(args, w)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return success
	case err != nil:
		return usage
	}
	if s.quiet && len(s.args) > 0 {
		w = io.Discard
	}
	status, err := s.start(ctx, w)
	if err != nil {
		fmt.Fprintln(w, "ondemand:", err)
		return failure
	}
	return status
}

// start opens what is needed and runs the requested part.
func (s *settings) start(ctx context.Context, w io.Writer) (int, error) {
	log := newLog(w, s.json, s.verbose)
	modules, err := newLibrary(func() (*policy, error) { return readPolicy(s.config) }, s.open, log)
	if err != nil {
		return failure, err
	}
	defer modules.close()
	if len(s.args) > 0 {
		e, done := modules.borrow()
		defer done()
		return help(ctx, e, s.args, s.dryRun, w), nil
	}
	d := &daemon{library: modules, log: log, metrics: newMetrics(s.metrics), dryRun: s.dryRun, grace: s.grace}
	return success, s.serve(ctx, d)
}

// open makes a loader for the current modules.
func (s *settings) open(rules *policy) (*kmod.Loader, error) {
	db, err := kmod.Open(s.database())
	if err != nil {
		return nil, err
	}
	return kmod.NewLoader(db, loaderConfig(db, rules)), nil
}

// loaderConfig says how modules are loaded: as far as policy allows, and with
// the kernel's log if it refuses one.
func loaderConfig(db *kmod.DB, rules *policy) *kmod.LoaderConfig {
	return &kmod.LoaderConfig{
		Explain:   diagnose.Explainer(),
		Policy:    func(step *kmod.Step) error { return rules.step(db.Dir(), step) },
		Command:   runCommand,
		KernelLog: true,
	}
}

// database says where the machine's files are. The kernel command line is
// always this machine's: another root may have no /proc.
func (s *settings) database() *kmod.Config {
	cmdline, _ := os.ReadFile("/proc/cmdline")
	return &kmod.Config{Root: s.root, Cmdline: string(cmdline), NoCmdline: len(cmdline) == 0}
}

// serve runs the daemon.
func (s *settings) serve(ctx context.Context, d *daemon) error {
	e, done := d.library.borrow()
	db := e.loader.DB()
	for _, warning := range db.Warnings() {
		d.log.Warn("configuration", "at", warning.Origin.String(), "text", warning.Text)
	}
	release, dir := db.Release(), filepath.Clean(db.Dir())
	_, _, err := db.PlanAliases(nil) // an error if there is nothing to load from
	done()
	if err != nil {
		return err
	}
	if s.once {
		d.stats = func() uevent.Stats { return uevent.Stats{} }
		return d.once(ctx)
	}
	listener, err := uevent.Listen(nil)
	if err != nil {
		return err
	}
	defer listener.Close()
	d.events, d.stats = listener.Events, listener.Stats
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	d.hangups = hangups
	d.log.Info("listening", "release", release, "modules", dir)
	return d.run(ctx)
}
