package kmod_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestLateSys: /sys is asked whether the kernel unpacks until it is mounted and tells, and
// never again after that.
func TestLateSys(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	tells, tellsNot := fstest.MapFS{"module/compression": file("xz\n")}, fstest.MapFS{"module/a/initstate": file("")}
	const packed, image = "finit_module", "init_module"
	for _, test := range []struct {
		name  string
		first fs.FS
		then  fs.FS
		want  string // the second call
	}{
		{"not mounted", fstest.MapFS{}, tells, packed},
		{"nothing said", fstest.MapFS{"module/compression": file("")}, tells, packed},
		{"not in this kernel", tellsNot, tells, image},
		{"known", tells, fstest.MapFS{}, packed},
	} {
		files := modtest.Tree(nil)
		for _, name := range []string{"a", "b"} {
			files["lib/modules/"+modtest.Release+"/kernel/"+name+".ko.xz"] = &fstest.MapFile{
				Data: dbtest.Compress(t, "xz", modtest.Named(name, nil, nil).Build())}
		}
		root := modtest.Write(t, files)
		k := kmodtest.New(modtest.Release)
		k.Compression = "xz"
		late := &lateKernel{Kernel: k, sys: test.first}
		loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: late, Unpack: kmod.UnpackKernel})
		for _, name := range []string{"a", "b"} {
			if err := loader.Insert(t.Context(), root+"/lib/modules/"+modtest.Release+"/kernel/"+name+".ko.xz", "", 0); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			late.sys = test.then
		}
		if calls := k.Calls(); len(calls) != 2 || calls[1].Name != test.want {
			t.Errorf("%s: the calls are %v", test.name, calls)
		}
	}
}

// lateKernel is a kernel whose /sys is mounted when the test says so.
type lateKernel struct {
	*kmodtest.Kernel
	sys fs.FS // nil when mounted
}

func (k *lateKernel) Sys() fs.FS {
	if k.sys != nil {
		return k.sys
	}
	return k.Kernel.Sys()
}
