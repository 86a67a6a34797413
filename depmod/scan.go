package depmod

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/tree"
)

// Scan reads a tree of modules. It returns an error, and no Index, if the module directory cannot
// be read, if nothing in it can (a [NoModulesError]), if modules need each other in a cycle (a
// [CycleError]), if descriptors or memory run out, the disk fails or the modules state too much,
// [ErrBudget] (a [FileError]), and if the context ends. Every other problem is in the Report of the
// Index, unless Config.Strict turns it into an error.
func Scan(ctx context.Context, cfg *Config) (*Index, error) {
	return scanFrom(ctx, cfg, time.Now())
}

// scanFrom scans a tree as of the given time.
func scanFrom(ctx context.Context, cfg *Config, now time.Time) (*Index, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	s, err := newScanner(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s.started = now
	defer s.tree.Close()
	if err := s.scan(); err != nil {
		return nil, err
	}
	if err := s.index.Report.strict(); cfg.Strict && err != nil {
		return nil, err
	}
	return s.index, nil
}

// newScanner opens the tree, which the caller must close, and reads the
// configuration.
func newScanner(ctx context.Context, cfg *Config) (*scanner, error) {
	t, err := tree.Of(cfg.FS, cfg.Root, cfg.HostLinks)
	if err != nil {
		return nil, err
	}
	s := &scanner{ctx: ctx, cfg: cfg, tree: t}
	if err := s.prepare(); err != nil {
		t.Close()
		return nil, err
	}
	return s, nil
}

func (s *scanner) prepare() error {
	config, err := s.tree.ForConfig(s.cfg.FS, s.cfg.Root, s.cfg.ConfigRoot, s.cfg.HostLinks)
	if err != nil {
		return err
	}
	if config != s.tree {
		defer config.Close()
	}
	release, dir, err := moddir.Place(s.tree, s.cfg.Release, s.cfg.ModuleDir)
	if err != nil {
		return err
	}
	s.dir = dir
	s.index = &Index{release: release, dir: s.tree.Show(dir), prefix: s.cfg.SymbolPrefix}
	if s.conf, err = readConfig(config, s.cfg); err != nil {
		return err
	}
	for _, w := range s.conf.Warnings {
		note(&s.index.Report.Config, &s.index.Report.Unlisted.Config, ConfigWarning{w.File, w.Line, w.Text})
	}
	return s.checkDir()
}

// checkDir checks that the module directory is a directory.
func (s *scanner) checkDir() error {
	info, err := s.statDir(s.dir, true)
	if err != nil {
		return fmt.Errorf("scan the modules in %s: %w", s.tree.Show(s.dir), err)
	}
	host, _ := s.tree.Outside(s.dir)
	s.index.home = home{s.cfg.FS != nil, s.cfg.Root, s.dir, info, host}
	return nil
}

// Reasons why there is no module directory.
var (
	// ErrRelease: a release cannot be the name of a directory.
	ErrRelease = moddir.ErrRelease

	// ErrOutside means that ModuleDir, or one of Files, leads out of the root, or
	// that index files would be written there.
	ErrOutside = tree.ErrOutside
)

// scanner makes an Index.
type scanner struct {
	ctx     context.Context
	started time.Time
	cfg     *Config
	tree    *tree.Tree
	dir     string
	conf    *modconf.DepmodConfig
	index   *Index
}

func (s *scanner) scan() error {
	cache := s.openCache()
	defer cache.wait()
	if err := s.list(); err != nil {
		return err
	}
	s.index.symbols = &symbols{}
	cache.recall(s.index)
	errs, read, err := readAll(s.ctx, s.cfg, s.tree, s.index.modules, s.index.symbols)
	if errors.Is(err, ErrBudget) {
		return &FileError{s.index.dir, err}
	}
	if err != nil {
		return err
	}
	s.index.Effort.Read = read
	if s.keepReadable(errs); len(errs) > 0 && len(s.index.modules) == 0 {
		return s.index.noModules()
	}
	s.index.checkDevices()
	s.index.translate()
	defer cache.save(s.index)()
	s.index.resolve(s.cfg.Kernel)
	if err := s.index.sort(); err != nil {
		return err
	}
	return s.builtins()
}

// list determines which files are the modules, in the order of the index.
func (s *scanner) list() error {
	var chosen []candidate
	var err error
	if s.cfg.Files != nil {
		chosen, err = s.named()
	} else if chosen, err = s.find(); err == nil {
		chosen = s.choose(chosen)
	}
	if err == nil && len(chosen) == 0 {
		err = s.index.checkLost()
	}
	if err != nil {
		return err
	}
	s.index.modules, err = s.order(chosen)
	return err
}

// find lists the module files of the module directory, then those of the
// external directories.
func (s *scanner) find() ([]candidate, error) {
	w := &walker{ctx: s.ctx, tree: s.tree, conf: s.conf, report: &s.index.Report}
	if s.cfg.Cache != "" {
		w.stamps = newStamper(s.tree.Show)
	}
	err := s.walk(w)
	if stampErr := w.stamps.wait(); err == nil {
		err = stampErr
	}
	return w.found, err
}

// walk visits the module directory and the external ones.
func (s *scanner) walk(w *walker) error {
	if err := w.walk(s.dir, "", s.index.home.host); err != nil {
		return err
	}
	for _, external := range s.conf.ExternalsFor(s.index.release) {
		dir, ok := tree.Local(strings.TrimLeft(external.Dir, "/"))
		if _, err := s.statDir(dir, ok); openfile.MachineFailed(err) {
			return &FileError{external.Dir, err}
		} else if err != nil {
			note(&s.index.Report.Externals, &s.index.Report.Unlisted.Externals, FileError{external.Dir, err})
			continue
		}
		w.external = true
		host, _ := s.tree.Outside(dir)
		if err := w.walk(dir, "/"+dir, host); err != nil {
			return err
		}
	}
	return nil
}

// statDir checks that a name in the tree, if it is one, is a directory.
func (s *scanner) statDir(name string, isName bool) (fs.FileInfo, error) {
	if !isName {
		return nil, ErrOutside
	}
	info, err := fs.Stat(s.tree.FS, name)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	return info, openfile.Cause(err)
}

// keepReadable leaves out the modules that could not be read, and the values of
// others that no index can hold.
func (s *scanner) keepReadable(errs []error) {
	kept := s.index.modules[:0]
	for i, m := range s.index.modules {
		if errs[i] != nil {
			s.index.Report.unreadable(s.tree.Show(m.file), errs[i])
			continue
		}
		if err := m.record.badVersions; err != nil {
			note(&s.index.Report.BadVersions, &s.index.Report.Unlisted.BadVersions, FileError{s.tree.Show(m.file), err})
		}
		m.Aliases = s.valid(m.Name, m.Path, "alias", m.record.aliases, checkAlias)
		m.Softdeps = s.valid(m.Name, m.Path, "softdep", m.record.softdeps, checkLine)
		m.Weakdeps = s.valid(m.Name, m.Path, "weakdep", m.record.weakdeps, checkLine)
		if m.host != "" {
			s.index.Report.HostFiles = append(s.index.Report.HostFiles, HostFile{m.Path, m.host})
		}
		kept = append(kept, m)
	}
	s.index.modules = kept
}
