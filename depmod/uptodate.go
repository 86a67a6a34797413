package depmod

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/tree"
)

// UpToDate tells from names and times, without reading modules, whether the index
// files in the module directory are those that Scan and [Index.Write] would make:
// all of them exist, modules.dep lists the same files in the same order, and none
// of these, nor the files of the kernel's build, is newer than it. As it goes by
// times, it does not notice a module that was replaced by an older file; a scan
// with a cache does. The error is that of Scan, or wraps [ErrOutside] if Write
// would not write.
func UpToDate(ctx context.Context, cfg *Config) (bool, error) {
	return upToDate(ctx, cfg, func(s *scanner) (bool, error) {
		if s.index.home.host != "" {
			return false, fmt.Errorf("look for the index files in %s: %w", s.index.dir, ErrOutside)
		}
		return s.describedBy(s.tree, s.dir), nil
	})
}

// UpToDateAt is UpToDate for index files that [Index.WriteTo] would write.
func UpToDateAt(ctx context.Context, cfg *Config, root, dir string) (bool, error) {
	return upToDate(ctx, cfg, func(s *scanner) (bool, error) {
		t, name, err := openOutput(root, dir, s.index.release)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil // Write creates it
		}
		if err != nil {
			return false, err
		}
		defer t.Close()
		return s.describedBy(t, name), nil
	})
}

// upToDate lists the modules and asks whether the index files describe them.
func upToDate(ctx context.Context, cfg *Config, described func(*scanner) (bool, error)) (bool, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	s, err := newScanner(ctx, cfg)
	if err != nil {
		return false, err
	}
	defer s.tree.Close()
	if err := s.list(); err != nil {
		return false, err
	}
	return described(s)
}

// describedBy reports whether the index files in a directory are those of the
// modules found.
func (s *scanner) describedBy(t *tree.Tree, dir string) bool {
	for _, name := range moddir.Indexes() {
		if info, err := fs.Stat(t.FS, path.Join(dir, name)); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	dep, info, err := t.OpenFile(path.Join(dir, moddir.Dep))
	if err != nil {
		return false
	}
	defer dep.Close()
	return s.listedIn(dep) && !s.newer(info.ModTime())
}

// listedIn reports whether a modules.dep has exactly the modules found.
func (s *scanner) listedIn(dep fs.File) bool {
	lines := bufio.NewReader(dep)
	for _, m := range s.index.modules {
		line, err := lines.ReadString('\n')
		if err != nil {
			return false
		}
		if file, _, _ := strings.Cut(line, ":"); file != m.Path {
			return false
		}
	}
	_, err := lines.ReadByte()
	return err != nil
}

// newer reports whether any of the inputs is newer than the given time, or the
// machine cannot tell.
func (s *scanner) newer(than time.Time) bool {
	for _, name := range moddir.BuildFiles() {
		info, err := fs.Stat(s.tree.FS, path.Join(s.dir, name))
		if openfile.MachineFailed(err) || err == nil && info.ModTime().After(than) {
			return true
		}
	}
	for _, m := range s.index.modules {
		info, err := fs.Stat(s.tree.FS, m.file)
		if err != nil || info.ModTime().After(than) {
			return true
		}
	}
	return false
}
