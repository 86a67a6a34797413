package kmod

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/textindex"
	"github.com/gokmod/gokmod/internal/tree"
)

// DB is what the disk says about the modules of one kernel release. It is safe
// for concurrent use. Each index file is opened when it is first needed and kept
// until Close, and configuration is read once, when it is first needed. A DB
// therefore does not see later changes: open a new one after depmod has run or
// configuration has changed.
type DB struct {
	tree          *tree.Tree
	config        *tree.Tree // where configuration lies, often the same
	release       string
	dir           string     // module directory, as a name in tree
	indexes       moddir.Dir // where depmod's files lie, often the module directory
	allowExternal bool
	maxModuleSize int64

	deps           lazyIndex // modules.dep.bin
	symbols        lazyIndex // modules.symbols.bin
	aliases        lazyIndex // modules.alias.bin
	builtins       lazyIndex // modules.builtin.bin
	builtinAliases lazyIndex // modules.builtin.alias.bin

	conf     func() *modconf.Config // reads it once, when first called
	fileConf func() *modconf.Config // the same without the kernel command line

	cfg Config // as given to Open

	own ownNames
}

// Open makes a DB. nil means the running kernel of this machine. It reads no files;
// if the module directory does not exist, later calls say so. Open fails when Root
// or ConfigRoot cannot be opened, when Release is empty on a system other than
// Linux, and when Release or ModuleDir is not a usable name.
func Open(cfg *Config) (*DB, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	t, err := tree.Of(cfg.FS, cfg.Root, cfg.HostLinks)
	if err != nil {
		return nil, err
	}
	db := &DB{tree: t, allowExternal: cfg.AllowExternal, maxModuleSize: cfg.MaxModuleSize}
	db.release, db.dir, err = moddir.Place(t, cfg.Release, cfg.ModuleDir)
	if errors.Is(err, tree.ErrOutside) {
		err = fmt.Errorf("module directory %s: %w", cfg.ModuleDir, ErrPath)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	if db.config, err = t.ForConfig(cfg.FS, cfg.Root, cfg.ConfigRoot, cfg.HostLinks); err != nil {
		t.Close()
		return nil, err
	}
	db.indexes = moddir.Dir{Tree: t, Name: db.dir}
	if cfg.Indexes != nil {
		db.indexes = moddir.Dir{Tree: tree.New(cfg.Indexes), Name: "."}
	}
	db.cfg = *cfg
	db.conf = sync.OnceValue(func() *modconf.Config { return db.readConfig(&db.cfg) })
	noCmdline := *cfg
	noCmdline.NoCmdline = true
	db.fileConf = sync.OnceValue(func() *modconf.Config { return db.readConfig(&noCmdline) })
	db.placeIndexes()
	return db, nil
}

// placeIndexes says where each index file lies, and the text file that takes its place.
// Not every depmod writes those of built-ins, whose text files are the kernel's build's.
func (db *DB) placeIndexes() {
	made, built := db.indexes, moddir.Dir{Tree: db.tree, Name: db.dir}
	db.deps.text = textFile{made, moddir.Dep, textindex.Dep}
	db.symbols.text = textFile{made, moddir.Symbols, textindex.Symbols}
	db.aliases.text = textFile{made, moddir.Alias, textindex.Aliases}
	db.builtins.text = textFile{built, moddir.Builtin, textindex.Builtin}
	db.builtinAliases.text = textFile{built, moddir.BuiltinModinfo, readBuiltinAliases}
	db.deps.name, db.symbols.name, db.aliases.name = moddir.DepBin, moddir.SymbolsBin, moddir.AliasBin
	db.builtins.name, db.builtinAliases.name = moddir.BuiltinBin, moddir.BuiltinAliasBin
	db.builtins.optional, db.builtinAliases.optional = true, true
	for _, l := range db.lazyIndexes() {
		l.dir = made
	}
}

func (db *DB) lazyIndexes() []*lazyIndex {
	return []*lazyIndex{&db.deps, &db.symbols, &db.aliases, &db.builtins, &db.builtinAliases}
}

// Close releases the index files once the calls that read them have ended. Later
// calls fail with an error that wraps fs.ErrClosed; what the DB has returned stays
// valid.
func (db *DB) Close() error {
	var errs []error
	for _, l := range db.lazyIndexes() {
		errs = append(errs, l.close())
	}
	if db.config != db.tree {
		errs = append(errs, db.config.Close())
	}
	return errors.Join(append(errs, db.tree.Close())...)
}

// Release is the kernel release that the DB describes.
func (db *DB) Release() string { return db.release }

// Dir is the module directory, with the root it lies under. [DB.Rel] gives the paths of
// modules relative to it.
func (db *DB) Dir() string { return db.tree.Show(db.dir) }
