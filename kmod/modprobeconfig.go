package kmod

import (
	"fmt"
	"io"
	"io/fs"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/tree"
)

// Origin is where a piece of configuration is written.
type Origin struct {
	// File is the path, with the root that it lies under.
	File string `json:"file"`

	// Line counts from 1. It is 0 for the kernel command line.
	Line int `json:"line,omitempty"`
}

func (o Origin) String() string { return modconf.Origin(o).String() }

// Warning is a piece of configuration that could not be read or understood, and was
// ignored.
type Warning struct {
	Origin
	Text string
}

func (w Warning) String() string {
	return modconf.Warning{Origin: modconf.Origin(w.Origin), Text: w.Text}.Error()
}

// Warnings returns what is wrong with the configuration. None of it keeps other
// configuration from taking effect. But if descriptors or memory run out, or the disk
// fails, everything that depends on configuration returns an error.
func (db *DB) Warnings() []Warning {
	return publicWarnings(db.conf().Warnings)
}

func publicWarnings(warnings []modconf.Warning) []Warning {
	var list []Warning
	for _, w := range warnings {
		list = append(list, Warning{Origin(w.Origin), w.Text})
	}
	return list
}

// WriteConfig writes the configuration that is in effect as lines of
// modprobe.d(5), grouped by keyword, like the first part of the output of
// "modprobe --showconfig".
func (db *DB) WriteConfig(w io.Writer) error {
	if err := configError(db.conf()); err != nil {
		return err
	}
	_, err := db.conf().WriteTo(w)
	return err
}

// configError returns why the configuration could not be read completely although
// its files exist.
func configError(conf *modconf.Config) error { return unreadable(conf.Err) }

func unreadable(failed *fs.PathError) error {
	if failed == nil {
		return nil
	}
	return fmt.Errorf("read the configuration: %w", failed)
}

// readConfig reads all configuration. It is called once, when configuration is
// first needed.
func (db *DB) readConfig(cfg *Config) *modconf.Config {
	sources := modconf.Sources{
		FS: db.config.FS, Prefix: db.config.Prefix,
		ModuleFS: db.indexes.Tree.FS, ModulePrefix: db.indexes.Tree.Prefix, ModuleDir: db.indexes.Name,
	}
	for _, f := range cfg.ConfigFiles {
		sources.Files = append(sources.Files, modconf.File(f))
	}
	if !cfg.NoConfig {
		sources.Dirs = modconf.StandardDirs()
		if cfg.ConfigDirs != nil {
			sources.Dirs = tree.Names(cfg.ConfigDirs)
		}
	}
	var failed *fs.PathError
	if !cfg.NoConfig && !cfg.NoCmdline {
		sources.Cmdline, sources.CmdlineName, failed = readCmdline(db.config, cfg)
	}
	conf := modconf.Read(sources)
	if conf.Err == nil {
		conf.Err = failed
	}
	return conf
}

// maxCmdline bounds the kernel command line, which is 64 KiB at the most.
const maxCmdline = 1 << 20

// readCmdline reads the kernel command line from the tree of the configuration.
func readCmdline(t *tree.Tree, cfg *Config) (text, name string, failed *fs.PathError) {
	if cfg.Cmdline != "" {
		return cfg.Cmdline, "the kernel command line", nil
	}
	name = t.Show("proc/cmdline")
	f, info, err := t.OpenFile("proc/cmdline")
	if err == nil {
		defer f.Close()
		var data []byte
		if data, err = openfile.ReadAll(nil, f, info.Size(), maxCmdline); err == nil {
			return string(data), name, nil
		}
	}
	if openfile.MachineFailed(err) {
		failed = &fs.PathError{Op: "read", Path: name, Err: openfile.Cause(err)}
	}
	return "", "", failed
}
