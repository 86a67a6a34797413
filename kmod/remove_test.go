package kmod_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

func loadTop(t *testing.T) (*kmod.Loader, *kmodtest.Kernel) {
	t.Helper()
	loader, k := dbtest.Loader(t, chainTree(), true)
	if _, err := loader.Load(context.Background(), "top"); err != nil {
		t.Fatal(err)
	}
	return loader, k
}

func TestRemove(t *testing.T) {
	loader, k := loadTop(t)
	err := loader.Remove(t.Context(), "mid", 0)
	var remove *kmod.Error
	if !errors.Is(err, kmod.ErrInUse) || !errors.Is(err, syscall.EAGAIN) || !failedTo(err, "remove", &remove) {
		t.Fatalf("error is %v", err)
	}
	var use *kmod.InUseError
	if !errors.As(err, &use) || use.Refcount != 1 || !slices.Equal(use.Holders, []string{"top"}) || !strings.Contains(err.Error(), "in use by top") {
		t.Errorf("error is %+v, %v", remove, err)
	}
	if err := loader.Remove(t.Context(), "top", 0); err != nil {
		t.Fatal(err)
	}
	if err := loader.Remove(t.Context(), "top", 0); !errors.Is(err, kmod.ErrNotLoaded) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the second time: %v", err)
	}
	if !slices.Equal(k.Modules(), []string{"base", "mid"}) {
		t.Errorf("the kernel has %v", k.Modules())
	}
	k.Hold("mid", 1)
	if err := loader.Remove(t.Context(), "mid", 0); !errors.As(err, &use) || use.Refcount != 1 || use.Holders != nil {
		t.Errorf("a held module gives %v", err)
	}
	k.ModulesDisabled = true
	if err := loader.Remove(t.Context(), "base", 0); !errors.Is(err, kmod.ErrModulesDisabled) {
		t.Errorf("with modules disabled: %v", err)
	}
}

func TestUnload(t *testing.T) {
	loader, k := loadTop(t)
	result, err := loader.Unload(context.Background(), nil, "x:5")
	if removed := result.Removed(); err != nil || !slices.Equal(removed, []string{"top", "mid", "base"}) || len(k.Modules()) != 0 {
		t.Errorf("removed %v, %v, the kernel has %v", removed, err, k.Modules())
	}
}

func TestUnloadKeepsWhatIsUsed(t *testing.T) {
	loader, k := loadTop(t)
	k.Hold("base", 1)
	result, err := loader.Unload(context.Background(), nil, "top")
	if removed := result.Removed(); err != nil || !slices.Equal(removed, []string{"top", "mid"}) || !slices.Equal(k.Modules(), []string{"base"}) {
		t.Errorf("removed %v, %v, the kernel has %v", removed, err, k.Modules())
	}
	again, err := loader.Unload(context.Background(), nil, "top")
	if err != nil || len(again.Removals) != 1 || again.Removals[0].Outcome != kmod.RemovalNotLoaded {
		t.Errorf("a module that is not loaded gives %v, %v", again, err)
	}
}

func TestStatus(t *testing.T) {
	loader, k := loadTop(t)
	k.Builtin = []string{"in_kernel"}
	if err := loader.Remove(t.Context(), "top", 0); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]kmod.Status{
		"base": kmod.StatusLive, "top": kmod.StatusLoadable, "inside": kmod.StatusBuiltin, "in-kernel": kmod.StatusBuiltin,
		"nosuch": kmod.StatusAbsent, "../base": kmod.StatusAbsent,
	} {
		if got, err := loader.Status(name); got != want || err != nil {
			t.Errorf("%s is %v, %v, want %v", name, got, err, want)
		}
	}
	bare := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k})
	if got, err := bare.Status("nosuch"); got != kmod.StatusUnknown || err != nil {
		t.Errorf("without a DB nosuch is %v, %v", got, err)
	}
}
