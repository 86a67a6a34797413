package depmod

import (
	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/tree"
)

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
		sources.Dirs = tree.Names(cfg.ConfigDirs)
	}
	return modconf.ReadDepmod(sources)
}
