package closure_test

import (
	"context"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod/closure"
)

func TestClosureSelect(t *testing.T) {
	path := func(p string) closure.Selection { return closure.Selection{Path: p} }
	tests := []struct {
		name     string
		config   string
		chosen   []closure.Selection
		want     string
		warnings string
	}{
		{"directory with all in it", "", []closure.Selection{path("kernel/lib/**")}, "base mid", ""},
		{"directory", "", []closure.Selection{path("kernel/lib/")}, "base mid", ""},
		{"star in a directory", "", []closure.Selection{path("./kernel/drivers/*/disk*")}, "disk", ""},
		{"star is one directory", "", []closure.Selection{{Path: "kernel/drivers/*/net.ko", Optional: true}}, "", "selection:kernel/drivers/*/net.ko"},
		{"any directories", "", []closure.Selection{path("**/net.ko")}, "net", ""},
		{"extension of a compressed one", "", []closure.Selection{path("kernel/*/base")}, "base", ""},
		{"built in by path", "", []closure.Selection{path("kernel/fs/inside.ko")}, "inside=", ""},
		{"alias", "", []closure.Selection{{Alias: "fs-*"}}, "other d:base d:mid top inside=", ""},
		{"alias as a text", "", []closure.Selection{{Alias: "pci:*bc02*"}}, "net", ""},
		{"both", "", []closure.Selection{{Alias: "net-?", Path: "kernel/drivers/block"}}, "disk net", ""},
		{"block drivers", "", []closure.Selection{{Drivers: closure.BlockDrivers}}, "disk", ""},
		{"file systems", "", []closure.Selection{{Drivers: closure.FileSystems}}, "other d:base d:mid top inside=", ""},
		{"network drivers", "", []closure.Selection{{Drivers: closure.NetworkDrivers}}, "net", ""},
		{"algorithms", "", []closure.Selection{{Drivers: closure.CryptoAlgorithms}}, "x_fast x_slow", ""},
		{"no input drivers", "", []closure.Selection{{Drivers: closure.InputDrivers}}, "", ""},
		{"nothing need be there", "", []closure.Selection{{Path: "a", Alias: "b", Optional: true}}, "", "selection:a selection:b"},
		{"blacklisted by alias", "blacklist other\n", []closure.Selection{{Alias: "fs-o*"}}, "", "blacklisted:other"},
		{"blacklisted by path", "blacklist disk\n", []closure.Selection{path("kernel/drivers/block/*")}, "disk", ""},
		{"excluded", "", []closure.Selection{path("kernel/drivers/**"), {Alias: "crypto-*"}}, "disk x_fast x_slow", "excluded:net"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			opts := &closure.Options{Select: test.chosen, NoSoftdeps: true, NoWeakdeps: true}
			if test.name == "excluded" {
				opts.Exclude = []string{"net"}
			}
			c, err := closure.Collect(context.Background(), dbtest.Tree(t, dbtest.Wide(), test.config, nil), opts)
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
	for _, kind := range []closure.DriverKind{
		0, closure.BlockDrivers, closure.FileSystems, closure.NetworkDrivers, closure.InputDrivers, closure.CryptoAlgorithms,
	} {
		text, err := kind.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var again closure.DriverKind
		if err := again.UnmarshalText(text); err != nil || again != kind {
			t.Errorf("%s is read as %v, %v", text, again, err)
		}
	}
	var kind closure.DriverKind
	for _, text := range []string{" ", "disk"} {
		if err := kind.UnmarshalText([]byte(text)); err == nil || kind != 0 {
			t.Errorf("%q is taken for %v", text, kind)
		}
	}
}

// TestSelectNothing: an empty selection is an error.
func TestSelectNothing(t *testing.T) {
	opts := &closure.Options{Select: []closure.Selection{{Optional: true}}}
	if c, err := closure.Collect(context.Background(), dbtest.Tree(t, dbtest.Wide(), "", nil), opts, "top"); c != nil || err == nil {
		t.Errorf("got %v, %v", c, err)
	}
}
