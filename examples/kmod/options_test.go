package main

import (
	"strings"
	"testing"
)

// manualOptions are the options in the manual pages and help texts of the newest
// kmod, each with a value if it takes one.
var manualOptions = map[string]string{
	"kmod":   "-V --version -h --help",
	"lsmod":  "-s --syslog -v --verbose -V --version -h --help",
	"rmmod":  "-f --force -s --syslog -v --verbose -V --version -h --help",
	"insmod": "-f --force -s --syslog -v --verbose -V --version -h --help",
	"modinfo": "-a --author -d --description -l --license -p --parameters -n --filename -0 --null -m --modname " +
		"-Fx --field=x -kx --set-version=x -bx --basedir=x -V --version -h --help",
	"modprobe": "-a --all -b --use-blacklist -Cx --config=x -c --showconfig --show-config -dx --dirname=x " +
		"--dump-modversions --show-modversions --show-exports --first-time --force-vermagic --force-modversion " +
		"-f --force -i --ignore-install --ignore-remove -n --dry-run --show -q --quiet -R --resolve-alias --show-alias " +
		"-r --remove --remove-holders --remove-dependencies -w1 --wait=1 -Sx --set-version=x -D --show-depends " +
		"-s --syslog -v --verbose -V --version -h --help",
	"depmod": "-a --all -A --quick -bx --basedir=x -mx --moduledir=x -ox --outdir=x -Cx --config=x -e --errsyms " +
		"-Ex --symvers=x -Fx --filesyms=x -n --show --dry-run -P_ --symbol-prefix=_ -v --verbose -w --warn " +
		"-V --version -h --help",
}

// TestOptionsOfManual: every option is accepted. When asked for help, a tool
// does nothing else.
func TestOptionsOfManual(t *testing.T) {
	for tool, options := range manualOptions {
		for _, option := range strings.Fields(options) {
			got := newWorld().run("/sbin/"+tool, option, "--help")
			isHelp := strings.Contains(got.stdout, "Usage:\n\t"+tool+" ")
			isVersion := strings.HasPrefix(got.stdout, "kmod version ")
			if got.status != success || got.stderr != "" || !isHelp && !isVersion {
				t.Errorf("%s %s: %+v", tool, option, got)
			}
		}
	}
}

// TestOptionsInUsage: the help text has them too, except for one that kmod's
// lacks as well.
func TestOptionsInUsage(t *testing.T) {
	silent := map[string]bool{"depmod --dry-run": true}
	for tool, options := range manualOptions {
		usage := newWorld().run(tool, "-h").stdout
		for _, option := range strings.Fields(options) {
			name, _, _ := strings.Cut(option, "=")
			if !strings.HasPrefix(name, "--") {
				name = name[:2]
			}
			if !strings.Contains(usage, name) && !silent[tool+" "+name] {
				t.Errorf("the help of %s says nothing of %s", tool, name)
			}
		}
	}
}
