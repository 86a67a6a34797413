package depmod

import (
	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/tree"
)

// readConfig reads depmod.d. Only failures of the machine are errors.
func readConfig(t *tree.Tree, cfg *Config) (*modconf.DepmodConfig, error) {
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
	config := modconf.ReadDepmod(sources)
	if config.Err != nil {
		return nil, &FileError{config.Err.Path, config.Err.Err}
	}
	return config, nil
}
