package main

import (
	"errors"
	"strings"
	"testing"
)

func TestObstacles(t *testing.T) {
	tests := []struct {
		name  string
		user  int
		files map[string]string
		want  string // part of each obstacle
	}{
		{"none", 0, map[string]string{"proc/modules": "", "proc/sys/kernel/modules_disabled": "0\n"}, ""},
		{"no module support", 0, nil, "CONFIG_MODULES"},
		{"disabled", 0, map[string]string{"proc/modules": "", "proc/sys/kernel/modules_disabled": "1\n"}, "until the next boot"},
		{"user", 1000, map[string]string{"proc/modules": ""}, "only root"},
		{"user, no module support", 1000, nil, "CONFIG_MODULES|only root"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := fakeMachine(t, nil, test.files)
			m.user = test.user
			got := m.obstacles()
			var want []string
			if test.want != "" {
				want = strings.Split(test.want, "|")
			}
			if len(got) != len(want) {
				t.Fatalf("got %q, want %q", got, want)
			}
			for i := range want {
				if !strings.Contains(got[i], want[i]) {
					t.Errorf("got %q, want %q", got[i], want[i])
				}
			}
		})
	}
}

func TestSetUpHere(t *testing.T) {
	t.Run("all here", func(t *testing.T) {
		files := headerFiles("1.2.3")
		files["proc/modules"] = ""
		m := fakeMachine(t, []string{"make", "gcc-12"}, files)
		m.user = 0
		if err := setUpHere(t.Context(), &screen{&strings.Builder{}}, m); err != nil {
			t.Error(err)
		}
	})
	t.Run("no kernel", func(t *testing.T) {
		m := fakeMachine(t, nil, nil)
		m.release = ""
		if err := setUpHere(t.Context(), &screen{&strings.Builder{}}, m); err == nil {
			t.Error("goes on without a kernel")
		}
	})
	t.Run("obstacles and needs together", func(t *testing.T) {
		m := fakeMachine(t, nil, nil)
		err := setUpHere(t.Context(), &screen{&strings.Builder{}}, m)
		var here *hereError
		if !errors.As(err, &here) {
			t.Fatalf("error %v", err)
		}
		want := `the running kernel, Linux 1.2.3, cannot be used:
  - the kernel has no support for modules: there is no /proc/modules (CONFIG_MODULES)
  - only root may insert modules
  - missing: the command make
  - missing: the headers of the kernel 1.2.3 (/lib/modules/1.2.3/build)
Without -here a virtual machine is used instead.`
		if err.Error() != want {
			t.Errorf("got:\n%v\nwant:\n%s", err, want)
		}
	})
}
