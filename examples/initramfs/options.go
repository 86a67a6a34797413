package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/gokmod/gokmod/kmod/closure"
)

// options are the options of the command line.
type options struct {
	root, release  string
	output         string
	init, modprobe string
	names          []string // modules by name or alias
	closure        closure.Options
	image          closure.TreeOptions
	host           bool
	gzip           bool
	list           bool
}

// errUsage means that the command line makes no sense.
var errUsage = errors.New("see initramfs -help")

// parseOptions reads the command line. Its mistakes are reported to stderr.
func parseOptions(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("initramfs", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprintln(stderr, "usage: initramfs -o FILE [options] [MODULE or ALIAS]...")
		f.PrintDefaults()
	}
	f.StringVar(&o.output, "o", "", "write the image to `FILE`; - is standard output")
	f.BoolVar(&o.list, "list", false, "print what the image would have, and why, instead")
	f.StringVar(&o.root, "root", "", "`DIR` that stands for / where modules, firmware and configuration are concerned")
	f.StringVar(&o.release, "release", "", "kernel `RELEASE` (default: the running one)")
	f.Func("path", "modules whose path below the module directory matches `PATTERN` (several times)", o.selectPath)
	f.Func("alias", "modules with an alias that matches `PATTERN` (several times)", o.selectAlias)
	f.Func("drivers", "all drivers of these `KINDS`: block, fs, net, input, crypto", o.selectDrivers)
	f.BoolVar(&o.host, "host", false, "modules for the devices and the root file system of this machine")
	f.Func("exclude", "leave `MODULE` out where it is not indispensable (several times)", o.exclude)
	f.BoolVar(&o.closure.NoSoftdeps, "no-soft", false, "leave soft dependencies out")
	f.BoolVar(&o.closure.NoWeakdeps, "no-weak", false, "leave weak dependencies out")
	f.BoolVar(&o.closure.NoFirmware, "no-firmware", false, "leave firmware out")
	f.BoolVar(&o.image.NoConfig, "no-config", false, "leave the configuration out")
	f.BoolVar(&o.image.Uncompressed, "uncompressed", false, "unpack compressed modules")
	f.Func("firmware", "`DIR` below the root with firmware, instead of those where the kernel looks (several times)", o.firmwareDir)
	f.StringVar(&o.init, "init", "", "`FILE` to be /init (default: this program)")
	f.StringVar(&o.modprobe, "modprobe", "", "`FILE` to be /sbin/modprobe (default: a link to /init)")
	f.BoolVar(&o.gzip, "gzip", false, "compress the image")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if o.release != "" {
		o.release = path.Clean(o.release) // "6.1/", as a shell's pattern gives it
	}
	o.names = f.Args()
	if o.output == "" && !o.list {
		fmt.Fprintln(stderr, "initramfs: -o FILE is missing")
		return nil, errUsage
	}
	return o, nil
}

func (o *options) selectPath(pattern string) error {
	o.closure.Select = append(o.closure.Select, closure.Selection{Path: pattern})
	return nil
}

func (o *options) selectAlias(pattern string) error {
	o.closure.Select = append(o.closure.Select, closure.Selection{Alias: pattern})
	return nil
}

func (o *options) selectDrivers(kinds string) error {
	for name := range strings.SplitSeq(kinds, ",") {
		var kind closure.DriverKind
		if err := kind.UnmarshalText([]byte(name)); err != nil {
			return err
		}
		o.closure.Select = append(o.closure.Select, closure.Selection{Drivers: kind})
	}
	return nil
}

func (o *options) firmwareDir(dir string) error {
	o.closure.FirmwareDirs = append(o.closure.FirmwareDirs, dir)
	return nil
}

func (o *options) exclude(name string) error {
	o.closure.Exclude = append(o.closure.Exclude, name)
	return nil
}
