package depmod

import (
	"path/filepath"
	"strings"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/tree"
)

// configTree is the tree that configuration is read from; modules is that of
// the modules.
func configTree(modules *tree.Tree, cfg *Config) (*tree.Tree, error) {
	if cfg.ConfigRoot == "" {
		return modules, nil
	}
	return tree.Open(cfg.ConfigRoot)
}

// readConfig reads depmod.d.
func readConfig(t *tree.Tree, cfg *Config) *modconf.DepmodConfig {
	sources := modconf.DepmodSources{FS: t.FS, Prefix: t.Prefix}
	for _, f := range cfg.ConfigFiles {
		sources.Files = append(sources.Files, modconf.File(f))
	}
	switch {
	case cfg.NoConfig:
	case cfg.ConfigDirs == nil:
		sources.Dirs = modconf.DepmodDirs()
	default:
		for _, dir := range cfg.ConfigDirs {
			sources.Dirs = append(sources.Dirs, strings.TrimLeft(filepath.ToSlash(filepath.Clean(dir)), "/"))
		}
	}
	return modconf.ReadDepmod(sources)
}
