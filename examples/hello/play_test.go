package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// fakeLog is a kernel log, given as the result of each call.
type fakeLog [][]string

func (l *fakeLog) Lines() ([]string, error) {
	if len(*l) == 0 {
		return nil, errors.New("the log has ended")
	}
	lines := (*l)[0]
	*l = (*l)[1:]
	return lines, nil
}

// helloModule is a module like that made from hello.c.
func helloModule() *modtest.Module {
	m := modtest.Named("hello", nil, nil)
	m.Modinfo = append(m.Modinfo, "author=Shakespeare", "description=A Hello, World Module",
		"parmtype=times:int", "parm=times:How many times to greet")
	return m
}

func writeModule(t *testing.T, m *modtest.Module) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "hello.ko")
	if err := os.WriteFile(name, m.Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestPlay(t *testing.T) {
	life := "[    1.000000] " + greeting
	candle := "[    2.000000] " + farewell
	good := fakeLog{{"[    1.000000] hello: taints", life, life}, {candle}}
	tests := []struct {
		name  string
		log   fakeLog
		times string
		setUp func(k *kmodtest.Kernel)
		err   string
	}{
		{name: "all well", log: good, times: "2"},
		{name: "greeting once", log: fakeLog{{life}, {candle}}, times: "2", err: `"I bear a charmed life." 1 times`},
		{name: "greeting as a part", log: fakeLog{{life, life + "x"}, {candle}}, times: "2", err: "1 times"},
		{name: "no farewell", log: fakeLog{{life, life}, nil}, times: "2", err: "Out, out"},
		{name: "log ends", log: fakeLog{{life, life}}, times: "2", err: "the log has ended"},
		{name: "other parameter", log: good, times: "1", err: "has times=1"},
		{
			name: "refused", log: good, times: "2", err: "init function failed",
			setUp: func(k *kmodtest.Kernel) { k.Fail("hello", syscall.ENODEV) },
		},
		{
			name: "no capability", log: good, times: "2", err: "CAP_SYS_MODULE",
			setUp: func(k *kmodtest.Kernel) { k.NoCapability = true },
		},
	}
	path := writeModule(t, helloModule())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := kmodtest.New("1.2.3")
			if test.setUp != nil {
				test.setUp(k)
			}
			var out strings.Builder
			log := append(fakeLog(nil), test.log...)
			p := &stage{
				screen: &screen{&out},
				path:   path,
				loader: kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k}),
				sys:    fstest.MapFS{"module/hello/parameters/times": {Data: []byte(test.times + "\n")}},
				log:    &log,
			}
			err := p.play()
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want %q; output:\n%s", err, test.err, out.String())
			}
			if left := k.Modules(); len(left) != 0 {
				t.Errorf("%q are left in the kernel", left)
			}
		})
	}
}

func TestPlayWithoutParameter(t *testing.T) {
	p := &stage{screen: &screen{&strings.Builder{}}, sys: fstest.MapFS{}}
	if err := p.parameter(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
