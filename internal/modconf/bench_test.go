package modconf

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/openfile"
)

// nonblockingFS is the tree below a directory, opened as package kmod does.
type nonblockingFS string

func (root nonblockingFS) Open(name string) (fs.File, error) {
	return os.OpenFile(filepath.Join(string(root), filepath.FromSlash(name)), openfile.Flags, 0)
}

func (root nonblockingFS) Stat(name string) (fs.FileInfo, error) {
	return os.Stat(filepath.Join(string(root), filepath.FromSlash(name)))
}

func (nonblockingFS) OpensNonblocking() {}

// typical is the configuration of a Debian system: files of two packages, two
// of the administrator's, and a hundred soft dependencies from modules.
func typical(t testing.TB) Sources {
	t.Helper()
	var softdeps strings.Builder
	softdeps.WriteString("# Soft dependencies extracted from modules themselves.\n")
	for i := range 100 {
		fmt.Fprintf(&softdeps, "softdep module_%d pre: crypto-%d crc32c\n", i, i%7)
	}
	root := t.TempDir()
	for name, text := range map[string]string{
		"usr/lib/modprobe.d/aliases.conf":   strings.Repeat("# These are the standard aliases\nalias net-pf-3 off\n", 12),
		"usr/lib/modprobe.d/systemd.conf":   "#  SPDX\n\noptions bonding max_bonds=0\noptions dummy numdummies=0\n",
		"etc/modprobe.d/blacklist.conf":     strings.Repeat("# why\nblacklist pcspkr\n\n", 20),
		"etc/modprobe.d/local.conf":         "options snd-hda-intel power_save=1 \\\n  model=auto\ninstall usb-storage /bin/true\n",
		"lib/modules/1/modules.softdep":     softdeps.String(),
		"lib/modules/1/modules.weakdep":     "# Weak dependencies extracted from modules themselves.\n",
		"usr/lib/modprobe.d/README.ignored": "nothing",
	} {
		writeFile(t, filepath.Join(root, name), text)
	}
	return Sources{FS: nonblockingFS(root), Prefix: root + "/", Dirs: StandardDirs(), ModuleDir: "lib/modules/1",
		Cmdline: "BOOT_IMAGE=/boot/vmlinuz-6.1.0-56-amd64 root=UUID=0d6c ro quiet modprobe.blacklist=floppy nvme.poll_queues=4\n"}
}

func writeFile(t testing.TB, name, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkRead(b *testing.B) {
	s := typical(b)
	b.ReportAllocs()
	for b.Loop() {
		if c := Read(s); len(c.Softdeps) != 100 || len(c.Warnings) != 0 {
			b.Fatal(len(c.Softdeps), c.Warnings)
		}
	}
}

// BenchmarkParse is Read without the file system.
func BenchmarkParse(b *testing.B) {
	src := typical(b)
	var inMemory Sources
	for _, name := range []string{"usr/lib/modprobe.d/aliases.conf", "usr/lib/modprobe.d/systemd.conf",
		"etc/modprobe.d/blacklist.conf", "etc/modprobe.d/local.conf", "lib/modules/1/modules.softdep"} {
		text, err := fs.ReadFile(src.FS, name)
		if err != nil {
			b.Fatal(err)
		}
		inMemory.Files = append(inMemory.Files, File{name, string(text)})
		b.SetBytes(int64(len(text)))
	}
	b.ReportAllocs()
	for b.Loop() {
		Read(inMemory)
	}
}

func BenchmarkLookup(b *testing.B) {
	c := Read(typical(b))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = c.MatchAliases(nil, "net_pf_4")
		c.OptionsFor("snd_hda_intel", "pci:v00008086d00002668sv*")
		c.SoftdepsOf("xfs")
		c.Install("xfs")
		c.Blacklisted("xfs")
	}
}
