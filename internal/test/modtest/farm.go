package modtest

import (
	"os"
	"path/filepath"
	"strings"
)

// Farm is a root with a module vendor.ko, which needs the module cdrom of a kernel
// whose modules are reached through symbolic links.
type Farm struct {
	Root      string // the root
	Host      string // the root that holds the kernel's modules, outside of Root
	ModuleDir string // below Root
	Cdrom     string // the file of cdrom, in ModuleDir
	Inside    bool   // the links lead to files below Root
}

// farmLinks has the content of the root for each layout: symbolic links by name,
// with an empty target for a file of the kernel. @ stands for the host's path, and
// % for the module directory lib/modules/RELEASE.
var farmLinks = map[string]struct {
	dir   string
	links map[string]string
}{
	"kernel":          {"%", map[string]string{"%/kernel": "@/%/kernel"}},
	"kernel relative": {"%", map[string]string{"%/kernel": "../../../../host/%/kernel"}},
	"host":            {"%", map[string]string{"%/host": "@/%"}},
	"host itself":     {"@/%", map[string]string{"@/%/host": "@/%"}},
	"files": {"%", map[string]string{
		"%/kernel/cdrom.ko": "@/%/kernel/cdrom.ko", "%/kernel/sr.ko": "@/%/kernel/sr.ko",
	}},
	"files relative": {"%", map[string]string{
		"%/kernel/cdrom.ko": "../../../../../host/%/kernel/cdrom.ko",
		"%/kernel/sr.ko":    "../../../../../host/%/kernel/sr.ko",
	}},
	"merged": {"%", map[string]string{"lib": "usr/lib", "usr/%/kernel": "@/%/kernel"}},
	"inside": {"%", map[string]string{
		"%": "/store/v", "store/v/kernel": "/%/../../../store/k", "store/k/cdrom.ko": "", "store/k/sr.ko": "",
	}},
	"inside relative": {"%", map[string]string{
		"lib": "../../usr/lib", "usr/%/kernel/cdrom.ko": "/k/cdrom.ko", "usr/%/kernel/sr.ko": "../../../../../k/sr.ko",
		"k/cdrom.ko": "", "k/sr.ko": "",
	}},
}

// Farms makes the layouts of module trees with symbolic links, by name.
func Farms(t TB) map[string]Farm {
	t.Helper()
	farms := map[string]Farm{}
	for name := range farmLinks {
		farms[name] = newFarm(t, name)
	}
	return farms
}

func newFarm(t TB, name string) Farm {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	layout := farmLinks[name]
	f := Farm{Root: base + "/root", Host: base + "/host", Cdrom: "kernel/cdrom.ko"}
	f.Inside = strings.HasPrefix(name, "inside")
	if strings.HasPrefix(name, "host") {
		f.Cdrom = "host/kernel/cdrom.ko"
	}
	put := strings.NewReplacer("@", f.Host, "%", "lib/modules/"+Release)
	f.ModuleDir = strings.TrimPrefix(put.Replace(layout.dir), "/")
	kernel := map[string][]byte{
		"cdrom.ko": Named("cdrom", []string{"register_cdrom"}, nil).Build(),
		"sr.ko":    Named("sr", nil, []string{"register_cdrom"}).Build(),
	}
	for file, data := range kernel {
		f.write(t, put.Replace(f.Host+"/%/kernel/"+file), data)
	}
	for link, text := range layout.links {
		link = filepath.Join(f.Root, put.Replace(link))
		if text == "" {
			f.write(t, link, kernel[filepath.Base(link)])
			continue
		}
		err := os.MkdirAll(filepath.Dir(link), 0o755)
		if err == nil {
			err = os.Symlink(put.Replace(text), link)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	real := map[string]string{"inside": "store/v", "inside relative": "usr/%", "merged": "usr/%"}[name]
	if real == "" {
		real = layout.dir
	}
	dir := filepath.Join(f.Root, put.Replace(real))
	f.write(t, dir+"/vendor.ko", Named("vendor", nil, []string{"register_cdrom"}).Build())
	f.write(t, dir+"/modules.order", []byte(f.Cdrom+"\n"+strings.Replace(f.Cdrom, "cdrom", "sr", 1)+"\nvendor.ko\n"))
	f.write(t, dir+"/modules.builtin", nil)
	f.write(t, dir+"/modules.builtin.modinfo", nil)
	return f
}

func (f *Farm) write(t TB, name string, data []byte) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.WriteFile(name, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
