package closure_test

import (
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod/closure"
)

func TestKindNames(t *testing.T) {
	dbtest.CheckNames(t, closure.WarnMissing, closure.WarnMachine)
	dbtest.CheckNames(t, closure.BlockDrivers, closure.CryptoAlgorithms)
}

// TestJSON: what one program writes, another can read.
func TestJSON(t *testing.T) {
	db := dbtest.Tree(t, dbtest.Wide(), "blacklist crypto_x\noptions top a=1\nblacklist x-fast\n",
		fstest.MapFS{"lib/firmware/x.bin": {Data: []byte("x")}})
	c, err := closure.Collect(t.Context(), db, nil, "top")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.CheckJSON(t, c)
	if len(c.Warnings) == 0 || len(c.Config) == 0 {
		t.Errorf("the closure has too little to test with: %+v", c)
	}
}
