package kmod_test

import (
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
)

func TestKindNames(t *testing.T) {
	dbtest.CheckNames(t, kmod.ActionInsert, kmod.ActionSkip)
	dbtest.CheckNames(t, kmod.SkipBlacklisted, kmod.SkipExcluded)
	dbtest.CheckNames(t, kmod.ReasonRequested, kmod.ReasonWeak)
}

// TestJSON: what one program writes, another can read.
func TestJSON(t *testing.T) {
	dbtest.CheckJSON(t, pictured(t))
	db := dbtest.Tree(t, dbtest.Wide(), "blacklist crypto_x\noptions top a=1\nblacklist x-fast\n",
		nil)
	plan, err := db.PlanRequests(&kmod.PlanOptions{UseBlacklist: true}, kmod.Request{Name: "crypto-x"})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.CheckJSON(t, plan)
}
