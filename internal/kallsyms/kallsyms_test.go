package kallsyms

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// proc is a file system with the given list of symbols.
func proc(list string) fstest.MapFS { return fstest.MapFS{"kallsyms": {Data: []byte(list)}} }

// TestWithout: what the list shows of the kernel image, and how much it has.
func TestWithout(t *testing.T) {
	for _, test := range []struct {
		name, list, others string
		lists              Listing
	}{
		{"entries of exports", "0 T printk\n0 t hidden\n0 r __ksymtab_printk\n0 r __ksymtab_jiffies\n", "hidden nowhere", ListsAll},
		{"no entries", "0 T printk\n0 t hidden\n0 D jiffies\n", "nowhere", ListsAll},
		{"functions", "0 T printk\n0 t hidden\n", "jiffies nowhere", ListsFunctions},
		{"functions, and what lies among them", strings.Repeat("0 T printk\n", 30) + "0 D __init_begin\n", "jiffies hidden nowhere", ListsFunctions},
		{"few variables", strings.Repeat("0 T printk\n", 15) + "0 D jiffies\n", "hidden nowhere", ListsFunctions},
		{"enough variables", strings.Repeat("0 T printk\n", 14) + "0 D jiffies\n", "hidden nowhere", ListsAll},
		{"variables of each kind", "0 b nowhere\n", "printk jiffies hidden", ListsAll},
		{"of a module", "0 T printk\n0 r __ksymtab_nowhere\t[foreign]\n", "jiffies hidden nowhere", ListsFunctions},
		{"nothing", "", "printk jiffies hidden nowhere", ListsNothing},
		{"no list", "printk\n0 TT printk\n\x00\x00", "printk jiffies hidden nowhere", ListsNothing},
	} {
		var image Image
		others, lists, err := image.Without(proc(test.list), []string{"printk", "jiffies", "hidden", "nowhere"})
		if strings.Join(others, " ") != test.others || lists != test.lists || err != nil {
			t.Errorf("%s: %v, %d, %v", test.name, others, lists, err)
		}
	}
}

// TestWithoutOnce: a list that is not empty is read once.
func TestWithoutOnce(t *testing.T) {
	var image Image
	if _, _, err := image.Without(fstest.MapFS{}, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no list: %v", err)
	}
	for i, list := range []string{"", "0 T a\n", "0 T b\n"} {
		others, _, err := image.Without(proc(list), []string{"a"})
		if (len(others) == 0) != (i > 0) || err != nil {
			t.Errorf("%q: %v, %v", list, others, err)
		}
	}
}

func TestEach(t *testing.T) {
	var got []string
	err := Each(proc("ffff T a\n0 d b\t[mod]\n0 t c [x]\t[other]\nodd\n0 U d\n"), func(y Symbol) bool {
		got = append(got, string(y.Kind)+" "+string(y.Name)+" "+y.Module)
		return string(y.Name) != "c [x]"
	})
	if want := []string{"T a ", "d b mod", "t c [x] other"}; !slices.Equal(got, want) || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if ListsNothing.Why() == ListsFunctions.Why() {
		t.Error("both have the same text")
	}
}
