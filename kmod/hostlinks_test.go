package kmod_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestHostLinks loads modules from trees that consist of links: files outside the root
// only with HostLinks.
func TestHostLinks(t *testing.T) {
	ctx := context.Background()
	for name, farm := range modtest.Farms(t) {
		t.Run(name, func(t *testing.T) {
			index, err := depmod.Scan(ctx, &depmod.Config{Root: farm.Root, ModuleDir: farm.ModuleDir, HostLinks: true})
			if err == nil {
				err = index.Write(nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, hostLinks := range []bool{false, true} {
				db := dbtest.Open(t, &kmod.Config{Root: farm.Root, ModuleDir: farm.ModuleDir, HostLinks: hostLinks, NoConfig: true})
				if hostLinks || farm.Inside {
					checkFarm(t, db, farm)
				} else if info, err := db.Info("cdrom"); err == nil {
					t.Errorf("without host links cdrom is %v", info)
				}
			}
		})
	}
}

// checkFarm loads, diagnoses and collects vendor, which needs cdrom.
func checkFarm(t *testing.T, db *kmod.DB, farm modtest.Farm) {
	t.Helper()
	ctx := context.Background()
	info, err := db.Info("cdrom")
	if want := farm.Root + "/" + farm.ModuleDir + "/" + farm.Cdrom; err != nil || info.Path != want ||
		info.Name() != "cdrom" {
		t.Errorf("cdrom is %v, %v, want %s", info, err, want)
	}
	kernel := kmodtest.New(modtest.Release)
	result, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel}).Load(ctx, "vendor")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(result.Inserted(), " "); got != "cdrom vendor" {
		t.Errorf("inserted were %s", got)
	}
	diagnoser, err := diagnose.New(db, &diagnose.Options{Vermagic: modtest.Vermagic})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := diagnoser.Diagnose(kmod.Request{Name: "vendor"}); err != nil || !found.Loads() {
		t.Errorf("the diagnosis is %+v, %v", found, err)
	}
	closure, err := closure.Collect(ctx, db, nil, "vendor")
	if err != nil {
		t.Fatal(err)
	}
	image, err := closure.FS(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(image, "lib/modules/"+modtest.Release+"/"+farm.Cdrom)
	if err != nil || string(data) != string(modtest.Named("cdrom", []string{"register_cdrom"}, nil).Build()) {
		t.Errorf("in the image cdrom has %d bytes, %v", len(data), err)
	}
}
