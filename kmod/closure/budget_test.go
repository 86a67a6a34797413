package closure_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestBudget: a name or a device that takes too much work is an error that names the
// file.
func TestBudget(t *testing.T) {
	db := dbtest.Tree(t, &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m", Aliases: dbtest.CostlyPatterns()}}}, "", nil)
	_, byName := closure.Collect(t.Context(), db, nil, dbtest.CostlyName)
	devices := slices.Values([]string{dbtest.CostlyName})
	_, byDevice := closure.Collect(t.Context(), db, &closure.Options{Modaliases: devices}, "m")
	for _, err := range []error{byName, byDevice} {
		if !errors.Is(err, kmod.ErrBudget) || errors.Is(err, kmod.ErrNotFound) || !strings.Contains(err.Error(), "modules.alias.bin: ") {
			t.Errorf("got %.300v", err)
		}
	}
}

// TestBudgetNames: what many names take is bounded too.
func TestBudgetNames(t *testing.T) {
	db := dbtest.Tree(t, &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m", Aliases: dbtest.CostlyPatterns()}}}, "", nil)
	names := make([]string, 20000)
	for i := range names {
		names[i] = fmt.Sprint("x:", i, strings.Repeat("ab", 50))
	}
	if _, err := closure.Collect(t.Context(), db, nil, names...); !errors.Is(err, kmod.ErrBudget) {
		t.Errorf("got %.300v", err)
	}
}

// TestBudgetFirmware: patterns for firmware that are costly to compare.
func TestBudgetFirmware(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 2000 {
		files[fmt.Sprintf("lib/firmware/%04d%s", i, strings.Repeat("ab", 100))] = &fstest.MapFile{}
	}
	pattern := "firmware=" + strings.Repeat("*[ab][ab][ab][ab][ab][ab][ab][ab]", 25) + "Z"
	fields := make([]string, 32)
	for i := range fields {
		fields[i] = pattern + fmt.Sprint(i)
	}
	db := dbtest.Tree(t, &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "m", Fields: fields}}}, "", files)
	if _, err := closure.Collect(context.Background(), db, nil, "m"); !errors.Is(err, kmod.ErrBudget) {
		t.Errorf("got %.300v", err)
	}
}
