package closure_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod/closure"
)

func TestClosureConfig(t *testing.T) {
	const config = `# comment
options disk a=1 b="c d"
options other a=1
options fs-top x=1
options fs-other x=1
blacklist disk
blacklist other
install mid true \
  && false
remove fs-top x
install other x
alias my-disk disk
alias my-other other
alias char-major-10-1 off
softdep disk pre: base
softdep other pre: base
weakdep disk base
bad line
`
	db := dbtest.Tree(t, dbtest.Wide(), config, fstest.MapFS{"proc/cmdline": {Data: []byte("disk.c=1 modprobe.blacklist=top other.c=1")}})
	c, err := closure.Collect(context.Background(), db, &closure.Options{NoWeakdeps: true}, "top", "disk")
	if err != nil {
		t.Fatal(err)
	}
	const file, own = "etc/modprobe.d/kmodtest.conf", "lib/modules/6.1.0-test/"
	want := []string{
		file + " line 6: blacklist disk",
		file + " line 8: install mid true   && false",
		file + " line 10: remove fs_top x",
		file + " line 12: alias my_disk disk",
		file + " line 14: alias char_major_10_1 off",
		file + ` line 2: options disk a=1 b="c d"`,
		file + " line 4: options fs_top x=1",
		file + " line 15: softdep disk pre: base",
		own + "modules.softdep line 1: softdep top pre: before nosuch post: after",
		own + "modules.softdep line 2: softdep before pre: inside",
		file + " line 17: weakdep disk base",
		own + "modules.weakdep line 1: weakdep top helper crypto-x nosuch2",
	}
	var got []string
	for _, line := range c.Config {
		got = append(got, line.String())
		if word, _, _ := strings.Cut(line.Text, " "); line.Keyword != word {
			t.Errorf("%s has the keyword %q", line, line.Keyword)
		}
	}
	if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("got\n%s\nwant\n%s", a, b)
	}
	if got := fmt.Sprint(c.Config[6].Module); got != "fs_top" {
		t.Errorf("an alias is called %s", got)
	}
}

// TestClosureCmdline: the kernel command line is that of another machine.
func TestClosureCmdline(t *testing.T) {
	files := fstest.MapFS{"proc/cmdline": {Data: []byte("disk.c=1 modprobe.blacklist=x_slow\n")}}
	db := dbtest.Tree(t, dbtest.Wide(), "", files)
	for _, test := range []struct {
		opts           *closure.Options
		modules, lines string
	}{
		{nil, "disk x_fast x_slow", "[]"},
		{&closure.Options{Cmdline: true}, "disk x_fast", "[proc/cmdline: options disk c=1]"},
	} {
		c, err := closure.Collect(context.Background(), db, test.opts, "disk", "crypto-x")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(c.Config); words(c) != test.modules || got != test.lines {
			t.Errorf("with %+v: %s, %s", test.opts, words(c), got)
		}
	}
}
