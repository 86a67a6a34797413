package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// softTree has top, which needs mid, which needs base, and around top the
// modules pre and post, of which pre needs low.
func softTree() fstest.MapFS {
	files := modtest.Tree([]string{"inside"},
		modtest.TreeModule{Path: "kernel/top.ko", File: module("top", nil, []string{"mid_fn"}, "mid,base"), Deps: []string{"kernel/mid.ko", "kernel/base.ko"}, Aliases: []string{"x:*"}},
		modtest.TreeModule{Path: "kernel/mid.ko", File: module("mid", []string{"mid_fn"}, []string{"base_fn"}, "base"), Deps: []string{"kernel/base.ko"}},
		modtest.TreeModule{Path: "kernel/base.ko", File: module("base", []string{"base_fn"}, []string{"printk"}, "")},
		modtest.TreeModule{Path: "kernel/pre.ko", File: module("pre", nil, []string{"low_fn"}, "low"), Deps: []string{"kernel/low.ko"}},
		modtest.TreeModule{Path: "kernel/low.ko", File: module("low", []string{"low_fn"}, []string{"printk"}, "")},
		modtest.TreeModule{Path: "kernel/post.ko", File: module("post", nil, []string{"printk"}, "")})
	files["lib/modules/"+modtest.Release+"/modules.softdep"] = &fstest.MapFile{Data: []byte("softdep top pre: pre post: post\n")}
	return files
}

// loadedSoft loads all of softTree.
func loadedSoft(t *testing.T, config string) (*kmod.Loader, *kmodtest.Kernel) {
	t.Helper()
	k := kmodtest.New(modtest.Release)
	k.Symbols = []string{"printk"}
	db := dbtest.Open(t, &kmod.Config{FS: softTree(), Release: modtest.Release, ConfigFiles: []kmod.ConfigFile{{Name: "a.conf", Text: config}}})
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, Parallel: 1})
	if _, err := loader.Load(context.Background(), "top"); err != nil {
		t.Fatal(err)
	}
	want := []string{"base", "mid", "low", "pre", "top", "post"}
	if !slices.Equal(k.Modules(), want) {
		t.Fatalf("the kernel has %v, want %v", k.Modules(), want)
	}
	return loader, k
}

// history returns what happened to each module of an unload.
func history(r *kmod.UnloadResult) []string {
	var lines []string
	for _, m := range r.Removals {
		lines = append(lines, fmt.Sprintf("%s %v (%v of %s)", m.Module, m.Outcome, m.Reason, m.Of))
	}
	return lines
}

func TestUnloadOrder(t *testing.T) {
	all := []string{"post removed (soft dependency of top)", "top removed (requested of x:7)", "mid removed (unused of top)",
		"base removed (unused of top)", "pre removed (soft dependency of top)", "low removed (unused of pre)"}
	tests := []struct {
		name  string
		opts  *kmod.UnloadOptions
		setup func(*kmodtest.Kernel)
		names []string
		want  []string
		left  []string
		err   error
	}{
		{"by alias", nil, nil, []string{"x:7"}, all, nil, nil},
		{"keep", &kmod.UnloadOptions{KeepUnused: true}, nil, []string{"top"}, []string{"top removed (requested of top)"},
			[]string{"base", "mid", "low", "pre", "post"}, nil},
		{"used dependency stays", nil, func(k *kmodtest.Kernel) { k.Hold("base", 1) }, []string{"x:7"},
			slices.DeleteFunc(slices.Clone(all), func(s string) bool { return strings.HasPrefix(s, "base") }), []string{"base"}, nil},
		{"used soft dependency stays", nil, func(k *kmodtest.Kernel) { k.Hold("post", 1) }, []string{"x:7"}, all[1:], []string{"post"}, nil},
		{"in use", nil, nil, []string{"mid"}, []string{"mid failed (requested of mid)"},
			[]string{"base", "mid", "low", "pre", "top", "post"}, kmod.ErrInUse},
		{"holders", &kmod.UnloadOptions{Holders: true}, nil, []string{"base"}, []string{
			"post removed (soft dependency of top)", "top removed (holder of mid)", "pre removed (soft dependency of top)", "low removed (unused of pre)",
			"mid removed (holder of base)", "base removed (requested of base)"}, nil, nil},
		{"all in any order", nil, nil, []string{"base", "low", "top", "mid", "pre", "post"}, []string{
			"top removed (requested of top)", "mid removed (requested of mid)", "base removed (requested of base)",
			"pre removed (requested of pre)", "low removed (requested of low)", "post removed (requested of post)"}, nil, nil},
		{"stops", nil, func(k *kmodtest.Kernel) { k.Hold("pre", 1) }, []string{"pre", "post"}, []string{
			"pre failed (requested of pre)", "post not reached (requested of post)"}, []string{"base", "mid", "low", "pre", "top", "post"}, kmod.ErrInUse},
		{"goes on", &kmod.UnloadOptions{KeepGoing: true}, func(k *kmodtest.Kernel) { k.Hold("pre", 1) }, []string{"pre", "post"}, []string{
			"post removed (requested of post)", "pre failed (requested of pre)"}, []string{"base", "mid", "low", "pre", "top"}, kmod.ErrInUse},
		{"built in", nil, nil, []string{"inside"}, nil, []string{"base", "mid", "low", "pre", "top", "post"}, kmod.ErrBuiltin},
		{"unknown", nil, nil, []string{"nosuch"}, nil, []string{"base", "mid", "low", "pre", "top", "post"}, kmod.ErrNotFound},
	}
	for _, test := range tests {
		for _, dry := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, dry %v", test.name, dry), func(t *testing.T) {
				loader, k := loadedSoft(t, "")
				if test.setup != nil {
					test.setup(k)
				}
				opts := kmod.UnloadOptions{}
				if test.opts != nil {
					opts = *test.opts
				}
				opts.DryRun = dry
				var started, ended []string
				opts.Start = func(r *kmod.Removal) { started = append(started, r.Module) }
				opts.Done = func(r *kmod.RemovalResult) { ended = append(ended, r.Module) }
				before := len(k.Calls())
				result, err := loader.Unload(context.Background(), &opts, test.names...)
				if !errors.Is(err, test.err) {
					t.Errorf("error is %v, want %v", err, test.err)
				}
				if got := history(result); !slices.Equal(got, test.want) {
					t.Errorf("removals are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
				}
				if len(started) != len(ended) || test.name != "goes on" && !slices.Equal(started, ended) {
					t.Errorf("begun %v, ended %v", started, ended)
				}
				if dry {
					if len(k.Calls()) != before {
						t.Errorf("a dry run made calls: %v", k.Calls()[before:])
					}
				} else if !slices.Equal(k.Modules(), test.left) {
					t.Errorf("the kernel has %v, want %v", k.Modules(), test.left)
				}
			})
		}
	}
}

// TestUnloadWithoutFiles: it does not matter what is on the disk, or whether an index
// lists the module.
func TestUnloadWithoutFiles(t *testing.T) {
	_, k := loadedSoft(t, "")
	empty := dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Release: modtest.Release})
	for _, loader := range []*kmod.Loader{
		kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k}),
		kmod.NewLoader(empty, &kmod.LoaderConfig{Kernel: k}),
	} {
		result, err := loader.Unload(context.Background(), nil, "pre", "top")
		if err != nil {
			t.Fatal(err)
		}
		if loader.DB() == nil && !slices.Equal(result.Removed(), []string{"pre", "low", "top", "mid", "base"}) {
			t.Errorf("removed %v", result.Removed())
		}
		if _, err := kmod.NewLoader(dbtest.Open(t, &kmod.Config{FS: softTree(), Release: modtest.Release}),
			&kmod.LoaderConfig{Kernel: k}).Load(context.Background(), "top"); err != nil {
			t.Fatal(err)
		}
	}
}

// sysKernel is one whose /proc is not mounted.
type sysKernel struct{ *kmodtest.Kernel }

func (sysKernel) Proc() fs.FS { return fstest.MapFS{} }

// TestUnloadWithoutProc: /sys shows modules too, including those that no index lists.
func TestUnloadWithoutProc(t *testing.T) {
	_, k := loadedSoft(t, "")
	empty := dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Release: modtest.Release})
	loader := kmod.NewLoader(empty, &kmod.LoaderConfig{Kernel: sysKernel{k}})
	result, err := loader.Unload(context.Background(), nil, "top")
	if err != nil || !slices.Equal(result.Removed(), []string{"top", "mid", "base"}) {
		t.Errorf("removed %v, %v", result.Removed(), err)
	}
}

// TestUnloadHostileSoftdeps: a list of soft dependencies with patterns to match
// each of them with.
func TestUnloadHostileSoftdeps(t *testing.T) {
	_, k := loadedSoft(t, "")
	db := dbtest.Configured(t, softTree(), dbtest.Numbered(10000, "alias *q# b\n")+"softdep mid post:"+dbtest.Numbered(100000, " n#")+"\n")
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k})
	if _, err := loader.Unload(context.Background(), nil, "top", "mid"); err != nil || slices.Contains(k.Modules(), "mid") {
		t.Errorf("%v, %v", k.Modules(), err)
	}
}

// TestUnloadWaits: a module that is in use is tried again, with growing pauses,
// until it is free, the time is over, or the context ends.
func TestUnloadWaits(t *testing.T) {
	for _, test := range []struct {
		name   string
		wait   time.Duration
		freeAt int // the try before which the user goes
		want   int // tries
		err    error
	}{
		{"no time", 0, 3, 1, kmod.ErrInUse},
		{"in time", time.Minute, 4, 4, nil},
		{"too short", 7 * time.Millisecond, 9, 4, kmod.ErrInUse}, // pauses of 1, 2, 4
	} {
		t.Run(test.name, func(t *testing.T) {
			loader, k := loadTop(t)
			k.Hold("top", 1)
			counting := &busyKernel{Kernel: k, freeAt: test.freeAt}
			loader = kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: counting})
			result, err := loader.Unload(context.Background(), &kmod.UnloadOptions{Wait: test.wait}, "top")
			if !errors.Is(err, test.err) || counting.tries != test.want {
				t.Errorf("%d tries, want %d, error %v", counting.tries, test.want, err)
			}
			if err == nil && !slices.Equal(result.Removed(), []string{"top", "mid", "base"}) {
				t.Errorf("removed %v", result.Removed())
			}
		})
	}
	t.Run("context", func(t *testing.T) {
		loader, k := loadTop(t)
		k.Hold("top", 1)
		ctx, cancel := context.WithCancel(context.Background())
		loader = kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: &busyKernel{Kernel: k, onTry: cancel}})
		result, err := loader.Unload(ctx, &kmod.UnloadOptions{Wait: time.Hour, KeepGoing: true}, "top", "mid")
		if !errors.Is(err, context.Canceled) || !errors.Is(err, kmod.ErrInUse) || len(result.Removals) != 2 {
			t.Errorf("%v, error %v", history(result), err)
		}
	})
}

// busyKernel counts the tries to remove top.
type busyKernel struct {
	*kmodtest.Kernel
	tries, freeAt int
	onTry         func()
}

func (b *busyKernel) DeleteModule(name string, flags live.RemoveFlags) error {
	if name == "top" {
		if b.tries++; b.tries == b.freeAt {
			b.Hold("top", -1)
		}
		if b.onTry != nil {
			b.onTry()
		}
	}
	return b.Kernel.DeleteModule(name, flags)
}

// TestRemoveCommand: remove lines, with and without a function to run them.
func TestRemoveCommand(t *testing.T) {
	const config = "options top a=1\nremove top /bin/rm top $CMDLINE_OPTS\nremove mid false\n"
	loader, k := loadedSoft(t, config)
	_, err := loader.Unload(context.Background(), nil, "top")
	var command *kmod.Error
	if !errors.Is(err, kmod.ErrNoCommand) || !errors.Is(err, errors.ErrUnsupported) || !failedTo(err, "run", &command) ||
		command.Module != "top" || command.Command.Origin != (kmod.Origin{File: "a.conf", Line: 2}) || !strings.Contains(err.Error(), "a.conf line 2") {
		t.Errorf("error is %v", err)
	}
	var ran []string
	loader = kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: k, Command: func(_ context.Context, c *kmod.Command) error {
		ran = append(ran, c.Line())
		if c.Module == "mid" {
			return fs.ErrPermission
		}
		return k.DeleteModule(c.Module, 0)
	}})
	result, err := loader.Unload(context.Background(), nil, "top")
	if err != nil || !slices.Equal(ran, []string{"/bin/rm top "}) {
		t.Errorf("ran %q, %v: %v", ran, history(result), err)
	}
	if !slices.Equal(k.Modules(), []string{"base", "mid"}) {
		t.Errorf("the kernel has %v", k.Modules())
	}
	if _, err := loader.Unload(context.Background(), nil, "mid"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("ran %q: %v", ran, err)
	}
	if _, err := loader.Unload(context.Background(), &kmod.UnloadOptions{IgnoreCommands: true}, "mid"); err != nil || len(k.Modules()) != 0 {
		t.Errorf("the kernel has %v, %v", k.Modules(), err)
	}
}

// TestUnloadKernelAnswers: the kernel's own refusals.
func TestUnloadKernelAnswers(t *testing.T) {
	loader, k := loadTop(t)
	k.NoCapability = true
	if _, err := loader.Unload(context.Background(), nil, "top"); !errors.Is(err, syscall.EPERM) || !errors.Is(err, kmod.ErrCapability) {
		t.Errorf("error is %v", err)
	}
}

// TestUnloadAnotherTurn: a module that another one uses, without the kernel listing it
// as a holder, has its turn after that one.
func TestUnloadAnotherTurn(t *testing.T) {
	for _, held := range []int{0, 1} { // by others too
		loader, k := loadedSoft(t, "")
		k.Hold("post", 1+held)
		k.Hold("low", 1)
		users := map[string]string{"pre": "post", "post": "low"}
		opts := &kmod.UnloadOptions{KeepGoing: true, Wait: time.Millisecond, Done: func(r *kmod.RemovalResult) {
			if used := users[r.Module]; r.Outcome == kmod.RemovalDone && used != "" {
				k.Hold(used, -1)
			}
		}}
		result, err := loader.Unload(context.Background(), opts, "low", "post", "pre")
		want := []string{"pre removed (requested of pre)", "post removed (requested of post)", "low removed (requested of low)"}
		if held > 0 {
			want = []string{want[0], "low failed (requested of low)", "post failed (requested of post)"}
		}
		if got := history(result); !slices.Equal(got, want) || errors.Is(err, kmod.ErrInUse) != (held > 0) {
			t.Errorf("held %d times more: %q, %v", held, got, err)
		}
	}
}
