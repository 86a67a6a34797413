package main

import (
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

func TestDescribe(t *testing.T) {
	release, _, _ := strings.Cut(modtest.Vermagic, " ")
	tests := []struct {
		name     string
		old, new string // a field to change
		release  string
		err      string
	}{
		{"all well", "", "", release, ""},
		{"license", "license=GPL", "license=MIT", release, `license is "MIT", it should be "GPL"`},
		{"parameter", "parmtype=times:int", "parmtype=times:uint", release, `parameter is "times uint"`},
		{"another kernel", "", "", "9.9", `it should be "9.9"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := helloModule()
			for i, field := range m.Modinfo {
				if field == test.old {
					m.Modinfo[i] = test.new
				}
			}
			var out strings.Builder
			err := describe(&screen{&out}, writeModule(t, m), test.release)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want %q", err, test.err)
			}
			if !strings.Contains(out.String(), "author:      Shakespeare\n") {
				t.Errorf("output:\n%s", out.String())
			}
		})
	}
}
