package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

func main() { vm.Start(run) }

// run is the program, or a job of it, on this machine or in a guest.
func run() int {
	if len(os.Args) == 4 && os.Args[1] == jobWord {
		return runJob(os.Args[2], os.Args[3])
	}
	if err := speed(); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		return 1
	}
	return 0
}

// options are those of the command line.
type options struct {
	rows   *regexp.Regexp
	rounds int
	sizes  []int
	cpu    bool
	list   bool
}

func parseOptions() (*options, error) {
	rows := flag.String("rows", "", "measure only rows whose name matches this `pattern`")
	rounds := flag.Int("n", 0, "rounds of each row; 0 means the row's own number")
	sizes := flag.String("sizes", "2000,8000,32000,128000", "`numbers` of modules for the table of growth")
	cpu := flag.Bool("cpu", false,
		"take the time of all processors, not the clock's, for what does not sleep or run in a guest")
	list := flag.Bool("list", false, "list the names of the rows")
	flag.Parse()
	o := &options{rounds: *rounds, cpu: *cpu, list: *list}
	var err error
	if o.rows, err = regexp.Compile(*rows); err != nil {
		return nil, err
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a number of modules", text)
		}
		o.sizes = append(o.sizes, n)
	}
	return o, nil
}

// speed measures the rows and prints the tables.
func speed() error {
	o, err := parseOptions()
	if err != nil {
		return err
	}
	if o.list {
		for _, name := range rowNames() {
			fmt.Println(name)
		}
		return nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	defer l.close()
	printRows(ctx, l)
	printGrowth(ctx, l)
	return ctx.Err()
}
