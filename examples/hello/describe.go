package main

import (
	"fmt"
	"strings"

	"github.com/gokmod/gokmod/modinfo"
)

// describe shows what a module file says about itself, and checks that it
// matches hello.c and the kernel's release.
func describe(s *screen, path, release string) error {
	s.heading("What the module says about itself")
	s.call("modinfo.ReadFile(%q)", path)
	info, err := modinfo.ReadFile(path)
	if err != nil {
		return err
	}
	for _, f := range info.Fields {
		if f.Key != "parmtype" && f.Key != "parm" {
			s.show("%-12s %s", f.Key+":", f.Value)
		}
	}
	for _, p := range info.Params() {
		s.show("%-12s %s", "parm:", p)
	}
	return checkInfo(info, release)
}

// checkInfo compares a module's information with what it should be.
func checkInfo(info *modinfo.Info, release string) error {
	vermagic, _, _ := strings.Cut(info.Vermagic(), " ")
	var params []string
	for _, p := range info.Params() {
		params = append(params, p.Name+" "+p.Type)
	}
	for _, check := range []struct{ what, got, want string }{
		{"name", info.Name(), "hello"},
		{"license", info.License(), "GPL"},
		{"author", strings.Join(info.Authors(), ", "), "Shakespeare"},
		{"description", info.Description(), "A Hello, World Module"},
		{"parameter", strings.Join(params, ", "), "times int"},
		{"kernel", vermagic, release},
	} {
		if check.got != check.want {
			return fmt.Errorf("the module's %s is %q, it should be %q", check.what, check.got, check.want)
		}
	}
	return nil
}
