package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestSetUpGuestChangesNothing(t *testing.T) {
	tests := []struct {
		name    string
		change  func(m *machine)
		headers string // as the error names them
	}{
		{"user", func(*machine) {}, "package linux-headers-1.2.4"},
		{"user, apt knows no kernel", func(m *machine) {
			m.current = func(context.Context, string) (string, error) { return "", errors.New("no lists") }
		}, "package linux-headers-amd64"},
		{"Fedora's root", func(m *machine) { m.user, m.distro = 0, nil }, "the headers of the distribution's kernel"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := fakeMachine(t, []string{"apt-get"}, nil)
			test.change(m)
			var out strings.Builder
			k, err := setUpGuest(t.Context(), &screen{&out}, m)
			var missing *missingError
			if k != nil || !errors.As(err, &missing) || len(missing.needs) != 4 {
				t.Errorf("kernel %v, error %v", k, err)
			}
			if err != nil && !strings.Contains(err.Error(), test.headers) {
				t.Errorf("error %v does not name %s", err, test.headers)
			}
			if strings.Contains(out.String(), "$") {
				t.Errorf("a command ran:\n%s", out.String())
			}
		})
	}
}

func TestRunInGuestElsewhere(t *testing.T) {
	m := fakeMachine(t, nil, nil)
	m.system = "plan9/arm"
	if err := hello(t.Context(), &screen{&strings.Builder{}}, m, false); err == nil || !strings.Contains(err.Error(), "plan9/arm") {
		t.Errorf("error %v", err)
	}
}
