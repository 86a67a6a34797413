package kmodtest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
	"github.com/gokmod/gokmod/modinfo"
)

// TestModuleFields: the fields of a built file, with given fields replacing the
// usual ones.
func TestModuleFields(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{
		Name: "a", Params: []modinfo.Param{{Name: "p", Type: "int"}, {Name: "q", Desc: "text"}, {Name: "r"},
			{Name: "s", Type: "bool", Desc: "both"}},
		Fields: []string{"name=own", "license=MIT", "intree=N", "vermagic=x ", "author=me", "author=you"},
	}}}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	info, err := modinfo.ReadFS(files, "lib/modules/6.1.0-test/kernel/a.ko")
	if err != nil {
		t.Fatal(err)
	}
	const want = "[{name own} {vermagic x } {depends } {license MIT} {intree N} {parmtype p:int} {parm q:text} {parm r:} " +
		"{parmtype s:bool} {parm s:both} {author me} {author you}]"
	if got := fmt.Sprint(info.Fields); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestLoseEventsWakes: a waiting listener learns of a loss.
func TestLoseEventsWakes(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	waits := make(chan struct{})
	ctx := waitedFor{t.Context(), waits}
	gap := make(chan error)
	go func() {
		for _, err := range k.Events(ctx) {
			gap <- err
			return
		}
	}()
	<-waits
	k.LoseEvents()
	if err := <-gap; !errors.Is(err, uevent.ErrGap) {
		t.Errorf("got %v", err)
	}
}

// waitedFor is a context that tells when it is first waited for.
type waitedFor struct {
	context.Context
	waits chan struct{}
}

func (w waitedFor) Done() <-chan struct{} {
	close(w.waits)
	return nil
}
