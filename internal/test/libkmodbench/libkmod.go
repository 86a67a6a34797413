//go:build libkmod && cgo

// Package libkmodbench looks modules up with the system's libkmod, for speed to compare
// with. It is built only with the tag libkmod and needs the headers of libkmod.
package libkmodbench

/*
#cgo LDFLAGS: -lkmod
#include <libkmod.h>
#include <stdlib.h>

static struct kmod_ctx *open_db(const char *dir) {
	const char *no_config = NULL;
	struct kmod_ctx *ctx = kmod_new(dir, &no_config);
	if (ctx != NULL)
		kmod_load_resources(ctx);
	return ctx;
}

// lookup resolves a name n times and returns how many modules with a file it
// found, -1 on error.
static long lookup(struct kmod_ctx *ctx, const char *name, long n) {
	long found = 0;
	for (long i = 0; i < n; i++) {
		struct kmod_list *l, *list = NULL;
		if (kmod_module_new_from_lookup(ctx, name, &list) < 0)
			return -1;
		for (l = list; l != NULL; l = kmod_list_next(list, l)) {
			struct kmod_module *mod = kmod_module_get_module(l);
			found += kmod_module_get_path(mod) != NULL;
			kmod_module_unref(mod);
		}
		kmod_module_unref_list(list);
	}
	return found;
}

// cold opens a context, resolves a name with its dependencies, and closes it.
static long cold(const char *dir, const char *name) {
	long found = 0;
	struct kmod_list *l, *list = NULL;
	struct kmod_ctx *ctx = open_db(dir);
	if (ctx == NULL || kmod_module_new_from_lookup(ctx, name, &list) < 0)
		return -1;
	for (l = list; l != NULL; l = kmod_list_next(list, l)) {
		struct kmod_module *mod = kmod_module_get_module(l);
		struct kmod_list *d, *deps = kmod_module_get_dependencies(mod);
		found += kmod_module_get_path(mod) != NULL;
		for (d = deps; d != NULL; d = kmod_list_next(deps, d))
			found++;
		kmod_module_unref_list(deps);
		kmod_module_unref(mod);
	}
	kmod_module_unref_list(list);
	kmod_unref(ctx);
	return found;
}
*/
import "C"

import "unsafe"

// DB is a libkmod context with its indexes loaded and no configuration.
type DB struct{ ctx *C.struct_kmod_ctx }

// Open makes a DB of a module directory. It returns nil on failure.
func Open(dir string) *DB {
	cdir := C.CString(dir)
	defer C.free(unsafe.Pointer(cdir))
	ctx := C.open_db(cdir)
	if ctx == nil {
		return nil
	}
	return &DB{ctx}
}

// Close releases the DB.
func (db *DB) Close() { C.kmod_unref(db.ctx) }

// Lookup resolves a name n times and returns how many modules it found in all,
// -1 on error.
func (db *DB) Lookup(name string, n int) int {
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	return int(C.lookup(db.ctx, cname, C.long(n)))
}

// Cold opens a module directory, resolves a name with its dependencies and
// closes it. It returns the number of modules, -1 on error.
func Cold(dir, name string) int {
	cdir, cname := C.CString(dir), C.CString(name)
	defer C.free(unsafe.Pointer(cdir))
	defer C.free(unsafe.Pointer(cname))
	return int(C.cold(cdir, cname))
}
