package diagnose_test

import (
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/diagnose"
)

func TestKindNames(t *testing.T) {
	dbtest.CheckNames(t, diagnose.SeverityNote, diagnose.SeverityWould)
	dbtest.CheckNames(t, diagnose.FindingFile, diagnose.FindingName)
}

// TestJSON: what one program writes, another can read.
func TestJSON(t *testing.T) {
	test := &diagnosed{params: "nosuch=1", module: func(m *modtest.Module) { m.Needed = append(m.Needed, modtest.Needed{Name: "nowhere"}) }}
	dbtest.CheckJSON(t, test.run(t))
}
