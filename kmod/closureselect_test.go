package kmod_test

import (
	"context"
	"testing"

	"github.com/gokmod/gokmod/kmod"
)

func TestClosureSelect(t *testing.T) {
	path := func(p string) kmod.Selection { return kmod.Selection{Path: p} }
	tests := []struct {
		name     string
		config   string
		chosen   []kmod.Selection
		want     string
		warnings string
	}{
		{"folder with all in it", "", []kmod.Selection{path("kernel/lib/**")}, "base mid", ""},
		{"folder", "", []kmod.Selection{path("kernel/lib/")}, "base mid", ""},
		{"star in a folder", "", []kmod.Selection{path("./kernel/drivers/*/disk*")}, "disk", ""},
		{"star is one folder", "", []kmod.Selection{{Path: "kernel/drivers/*/net.ko", Optional: true}}, "", "selection:kernel/drivers/*/net.ko"},
		{"any folders", "", []kmod.Selection{path("**/net.ko")}, "net", ""},
		{"extension of a compressed one", "", []kmod.Selection{path("kernel/*/base")}, "base", ""},
		{"built in by path", "", []kmod.Selection{path("kernel/fs/inside.ko")}, "inside=", ""},
		{"alias", "", []kmod.Selection{{Alias: "fs-*"}}, "other d:base d:mid top inside=", ""},
		{"alias as a text", "", []kmod.Selection{{Alias: "pci:*bc02*"}}, "net", ""},
		{"both", "", []kmod.Selection{{Alias: "net-?", Path: "kernel/drivers/block"}}, "disk net", ""},
		{"block drivers", "", []kmod.Selection{{Drivers: kmod.BlockDrivers}}, "disk", ""},
		{"file systems", "", []kmod.Selection{{Drivers: kmod.FileSystems}}, "other d:base d:mid top inside=", ""},
		{"network drivers", "", []kmod.Selection{{Drivers: kmod.NetworkDrivers}}, "net", ""},
		{"algorithms", "", []kmod.Selection{{Drivers: kmod.CryptoAlgorithms}}, "x_fast x_slow", ""},
		{"no input drivers", "", []kmod.Selection{{Drivers: kmod.InputDrivers}}, "", ""},
		{"nothing need be there", "", []kmod.Selection{{Path: "a", Alias: "b", Optional: true}}, "", "selection:a selection:b"},
		{"blacklisted by alias", "blacklist other\n", []kmod.Selection{{Alias: "fs-o*"}}, "", "blacklisted:other"},
		{"blacklisted by path", "blacklist disk\n", []kmod.Selection{path("kernel/drivers/block/*")}, "disk", ""},
		{"excluded", "", []kmod.Selection{path("kernel/drivers/**"), {Alias: "crypto-*"}}, "disk x_fast x_slow", "excluded:net"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			opts := &kmod.ClosureOptions{Select: test.chosen, NoSoftdeps: true, NoWeakdeps: true}
			if test.name == "excluded" {
				opts.Exclude = []string{"net"}
			}
			c, err := openTreeWith(t, wideTree(), test.config, nil).Closure(context.Background(), opts)
			if err != nil {
				t.Fatal(err)
			}
			if got := words(c); got != test.want {
				t.Errorf("modules are %s, want %s", got, test.want)
			}
			if got := warnings(c); got != test.warnings {
				t.Errorf("warnings are %s, want %s", got, test.warnings)
			}
		})
	}
}

func TestDriverKindText(t *testing.T) {
	for _, kind := range []kmod.DriverKind{
		0, kmod.BlockDrivers, kmod.FileSystems, kmod.NetworkDrivers, kmod.InputDrivers, kmod.CryptoAlgorithms,
	} {
		text, err := kind.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var again kmod.DriverKind
		if err := again.UnmarshalText(text); err != nil || again != kind {
			t.Errorf("%s is read as %v, %v", text, again, err)
		}
	}
	var kind kmod.DriverKind
	for _, text := range []string{" ", "disk"} {
		if err := kind.UnmarshalText([]byte(text)); err == nil || kind != 0 {
			t.Errorf("%q is taken for %v", text, kind)
		}
	}
}

// TestSelectNothing: a selection that says nothing is a mistake.
func TestSelectNothing(t *testing.T) {
	opts := &kmod.ClosureOptions{Select: []kmod.Selection{{Optional: true}}}
	if c, err := openTreeWith(t, wideTree(), "", nil).Closure(context.Background(), opts, "top"); c != nil || err == nil {
		t.Errorf("got %v, %v", c, err)
	}
}
