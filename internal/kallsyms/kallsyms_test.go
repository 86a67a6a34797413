package kallsyms

import (
	"slices"
	"testing"
	"testing/fstest"
)

// proc is a file system with the given list of symbols.
func proc(list string) fstest.MapFS { return fstest.MapFS{"kallsyms": {Data: []byte(list)}} }

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
