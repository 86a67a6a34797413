package main

import (
	"errors"
	"iter"

	"github.com/gokmod/gokmod/kmod"
)

// warnOfConfig complains about configuration as libkmod does, whatever -q and
// -s say.
func (c *command) warnOfConfig(db *kmod.DB) {
	for _, w := range db.Warnings() {
		c.complain("libkmod: ERROR: kmod_config_parse: " + w.String() + "\n")
	}
}

// showConfig prints the configuration, and then the indexes in the same form.
func (p *prober) showConfig() int {
	if p.db == nil {
		return success
	}
	p.db.WriteConfig(p.c.stdout) // no error before the last Flush
	p.c.stdout.WriteString("\n# End of configuration files. Dumping indexes now:\n\n")
	for _, entries := range []iter.Seq2[kmod.Alias, error]{p.db.Aliases(), p.db.Symbols()} {
		if err := p.showAliases(entries); err != nil {
			p.c.say(levelError, "could not dump indexes: %s", err)
			return failure
		}
	}
	return success
}

// showAliases prints the aliases of modules. As kmod does, it prints what is there.
func (p *prober) showAliases(entries iter.Seq2[kmod.Alias, error]) error {
	for alias, err := range entries {
		if errors.Is(err, kmod.ErrNoModuleDir) || errors.Is(err, kmod.ErrNoIndexes) {
			break
		}
		if err != nil {
			return err
		}
		if !alias.Builtin {
			p.c.stdout.WriteString("alias " + alias.Pattern + " " + alias.Module + "\n")
		}
	}
	return nil
}
